//! Slash commands over DDP. Upstream: `apps/meteor/app/utils/server/slashCommand.ts`.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::call::{self, Call};
use super::catalogue::{self, Command};
use super::endpoints::no_previews;

const TAG: &str = "miscellaneous";

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Run>().method::<Previews>().method::<RunPreview>();
}

#[derive(Deserialize)]
struct Wanted {
    cmd: Option<String>,
    params: Option<String>,
    msg: Option<Map<String, Value>>,
}

impl Wanted {
    fn command(&self) -> Result<Command> {
        let found = self.cmd.as_deref().and_then(catalogue::find);
        found.ok_or_else(|| {
            Error::new("error-invalid-command", "Invalid Command Provided")
                .with_details(json!({ "method": "executeSlashCommandPreview" }))
        })
    }
}

/// `slashCommand({cmd, params, msg, triggerId})`.
#[derive(Deserialize)]
struct Run {
    wanted: Option<Wanted>,
}

fn known(wanted: Option<Wanted>) -> Result<(Wanted, Command)> {
    let wanted = wanted.unwrap_or(Wanted { cmd: None, params: None, msg: None });
    let command = wanted.command()?;
    Ok((wanted, command))
}

impl Method for Run {
    const SPEC: MethodSpec = MethodSpec::new("slashCommand", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (wanted, command) = known(self.wanted)?;
        let call = Call {
            command,
            params: wanted.params.unwrap_or_default(),
            message: wanted.msg.unwrap_or_default(),
        };
        call::run(ctx, &call).await
    }
}

/// `getSlashCommandPreviews({cmd, params, msg})`.
#[derive(Deserialize)]
struct Previews {
    wanted: Option<Wanted>,
}

impl Method for Previews {
    const SPEC: MethodSpec = MethodSpec::new("getSlashCommandPreviews", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        known(self.wanted)?;
        Err(no_previews())
    }
}

/// `executeSlashCommandPreview({cmd, params, msg, triggerId}, preview)`.
#[derive(Deserialize)]
struct RunPreview {
    wanted: Option<Wanted>,
}

impl Method for RunPreview {
    const SPEC: MethodSpec = MethodSpec::new("executeSlashCommandPreview", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        known(self.wanted)?;
        Err(no_previews())
    }
}
