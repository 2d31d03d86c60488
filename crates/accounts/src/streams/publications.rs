//! What Meteor's own client subscribes to by itself when it starts.

use gantry_kernel::prelude::*;

/// The build of the web client. There is none that could be out of date, so it stays empty.
pub(super) struct ClientVersions;

impl Publication for ClientVersions {
    const NAME: &'static str = "meteor_autoupdate_clientVersions";

    async fn start(_params: Vec<Value>, _sub_id: &str, _ctx: &Ctx) -> Result<Started> {
        Ok(Started::default())
    }
}
