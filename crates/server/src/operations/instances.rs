//! `instances.get`: the nodes that clients may be connected to.
//!
//! Upstream: `apps/meteor/app/api/server/v1/instances.ts`.

use gantry_kernel::prelude::*;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<GetInstances>();
}

/// Lists the nodes of the workspace that hold connections.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetInstances {}

/// The nodes.
#[derive(Debug, Serialize, JsonSchema)]
struct Instances {
    /// One entry per node: its record, and whether this node reaches it.
    instances: Vec<Value>,
}

impl Endpoint for GetInstances {
    const SPEC: Spec = Spec::get("instances.get", "settings").needs_all(&["view-statistics"]);
    type Guard = LoggedIn;
    type Reply = Instances;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Instances> {
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let began = ctx.now.millis() - i64::try_from(ctx.clock.elapsed().as_millis()).unwrap_or(0);
        Ok(Instances {
            instances: vec![json!({
                "address": "127.0.0.1",
                "currentStatus": { "connected": true, "lastHeartbeatTime": 0, "local": true },
                "instanceRecord": {
                    "_id": ctx.settings.get(keys::uniqueID).to_string(),
                    // The name under which upstream lists whatever holds the sockets.
                    "name": "ddp-streamer",
                    "pid": std::process::id(),
                    "extraInformation": {
                        "host": "127.0.0.1",
                        "port": "",
                        "os": { "type": std::env::consts::OS, "arch": std::env::consts::ARCH, "cpus": cpus },
                        "nodeVersion": "",
                        "conns": ctx.hub.stats().connections,
                    },
                    "_createdAt": Timestamp::from_millis(began),
                    "_updatedAt": ctx.now,
                },
                "broadcastAuth": true,
            })],
        })
    }
}
