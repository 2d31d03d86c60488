//! The subscription by which clients watch the users on their screen.

use gantry_kernel::prelude::*;

use crate::Accounts;

/// `stream-user-presence` with `["", {added, removed}]`. The first one of a connection stays open; each
/// further one only changes who is watched and ends at once.
pub(super) struct UserPresence;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    added: Option<Vec<String>>,
    removed: Option<Vec<String>>,
}

impl Publication for UserPresence {
    const NAME: &'static str = "stream-user-presence";

    async fn start(params: Vec<Value>, sub_id: &str, ctx: &Ctx) -> Result<Started> {
        let Some(connection) = ctx.origin.connection.as_ref().filter(|_| ctx.caller.is_some()) else {
            return Err(Error::new("not-allowed", "Not allowed"));
        };
        let options: Options = match params.into_iter().nth(1) {
            None | Some(Value::Null | Value::Bool(_)) => Options::default(),
            Some(options) => serde_json::from_value(options).map_err(|_| Error::match_failed())?,
        };
        let watch = &Accounts::of(ctx).presence.watch;
        let added = options.added.unwrap_or_default();
        let opened = watch.change(connection.id(), sub_id, added, &options.removed.unwrap_or_default());
        Ok(Started { ended: !opened, ..Started::default() })
    }
}
