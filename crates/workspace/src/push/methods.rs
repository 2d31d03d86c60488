//! Push over DDP. Upstream: `apps/meteor/app/push/server/methods.ts`, `apps/meteor/server/lib/pushConfig.ts`.

use gantry_accounts::hashing::token_hash;
use gantry_kernel::prelude::*;

use super::tokens::{self, Device, Registration};
use super::trial;

const TAG: &str = "push";

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Update>().method::<SetUser>().method::<Test>();
}

/// `raix:push-update({id?, token: {apn} | {gcm}, authToken, appName, userId, metadata?})`: stores a device.
#[derive(Deserialize)]
struct Update {
    options: Options,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    id: Option<String>,
    token: TokenOf,
    auth_token: String,
    app_name: String,
    user_id: Option<String>,
    metadata: Option<serde_json::Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenOf {
    apn: Option<String>,
    gcm: Option<String>,
}

impl Method for Update {
    const SPEC: MethodSpec = MethodSpec::new("raix:push-update", TAG);
    type Guard = LoggedIn;
    type Reply = Device;

    async fn call(self, guard: LoggedIn, ctx: &Ctx) -> Result<Device> {
        let Options { id, token, auth_token, app_name, user_id, metadata } = self.options;
        let (kind, value) = match token {
            TokenOf { apn: Some(value), gcm: None } => ("apn", value),
            TokenOf { apn: None, gcm: Some(value) } => ("gcm", value),
            TokenOf { .. } => return Err(Error::match_failed()),
        };
        if user_id.as_ref().is_some_and(|uid| !uid.is_empty() && *uid != guard.0.uid) {
            return Err(Error::new("403", "Forbidden access"));
        }
        let given = Registration {
            id: id.filter(|id| !id.is_empty()),
            kind,
            value,
            app_name,
            owned: user_id.is_some_and(|uid| !uid.is_empty()),
            login: token_hash(&auth_token),
            voip_token: None,
            metadata: metadata.map(Value::Object),
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| tokens::register(&inner, tx, &given).await).await
    }
}

/// `raix:push-setuser(id)`: a device that was stored before the login is the caller's.
#[derive(Deserialize)]
struct SetUser {
    id: String,
}

impl Method for SetUser {
    const SPEC: MethodSpec = MethodSpec::new("raix:push-setuser", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| tokens::take(&inner, tx, &self.id).await).await.map(|()| true)
    }
}

/// `push_test()`: sends a notification to the caller's own devices.
#[derive(Deserialize)]
struct Test {}

impl Method for Test {
    const SPEC: MethodSpec = MethodSpec::new("push_test", TAG).rate(1, 1000);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        if !ctx.may("test-push-notifications") {
            return Err(
                Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": "push_test" }))
            );
        }
        let count = trial::send(ctx).await?;
        Ok(json!({ "message": "Your_push_was_sent_to_s_devices", "params": [count] }))
    }
}
