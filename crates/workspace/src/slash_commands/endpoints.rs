//! `commands.*`. Upstream: `apps/meteor/app/api/server/v1/commands.ts`.

use gantry_kernel::prelude::*;
use gantry_messaging::messages::rows;
use serde_json::Map;

use super::call::{self, Call};
use super::catalogue::{self, Shown};

const TAG: &str = "miscellaneous";

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Get>()
        .endpoint::<List>()
        .endpoint::<Run>()
        .endpoint::<Preview>()
        .endpoint::<RunPreview>();
}

/// Describes a slash command.
#[derive(Debug, Deserialize, JsonSchema)]
struct Get {
    /// Its name, without the slash.
    command: Option<String>,
}

/// A command.
#[derive(Debug, Serialize, JsonSchema)]
struct One {
    command: Shown,
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("commands.get", TAG);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<One> {
        let Some(name) = self.command else {
            return Err(Error::message("The query param \"command\" must be provided."));
        };
        let found = catalogue::find(&name.to_lowercase());
        let found = found.ok_or_else(|| {
            Error::message(format!("There is no command in the system by the name of: {name}"))
        })?;
        Ok(One { command: found.shown() })
    }
}

/// Lists the slash commands.
#[derive(Debug, Deserialize, JsonSchema)]
struct List {
    #[serde(flatten)]
    page: Page,
    /// `{"command": name}` as JSON, for the one of that name.
    query: Option<String>,
}

/// A page of commands, by name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Commands {
    commands: Vec<Shown>,
    offset: i64,
    count: usize,
    total: usize,
    apps_loaded: bool,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("commands.list", TAG);
    type Guard = LoggedIn;
    type Reply = Commands;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Commands> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(&[("command", "command"), ("name", "command")], "command ASC")?;
        let mut all = catalogue::all();
        if let Some(query) = self.query.as_deref().filter(|query| !query.is_empty()) {
            let query: Value = serde_json::from_str(query).map_err(|_| {
                Error::new("error-invalid-query", format!("Invalid query parameter provided: \"{query}\""))
            })?;
            if let Some(name) = query.get("command").and_then(Value::as_str) {
                all.retain(|command| command.name() == name);
            }
        }
        if order.ends_with("DESC") {
            all.reverse();
        }
        let total = all.len();
        let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(window.count).unwrap_or(usize::MAX);
        let commands: Vec<_> = all.into_iter().skip(skip).take(take).collect();
        Ok(Commands { offset: window.offset, count: commands.len(), commands, total, apps_loaded: true })
    }
}

/// Words of the refusals, which differ from operation to operation.
struct Words {
    command: &'static str,
    room: &'static str,
}

/// The parameters as they came: anything, so that the refusals are upstream's own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// The command's name, without the slash.
    command: Option<Value>,
    /// What stands after it.
    params: Option<Value>,
    /// The room.
    room_id: Option<Value>,
    /// The thread.
    tmid: Option<Value>,
    /// Id with which the client recognises what comes of it.
    trigger_id: Option<Value>,
}

fn truthy(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Bool(false)))
        && value.and_then(Value::as_str) != Some("")
        && value.and_then(Value::as_f64) != Some(0.0)
}

/// What a refusal says of a parameter that is given and no text.
const TMID: &str = "The tmid parameter when provided must be a string.";
const TRIGGER: &str = "The triggerId parameter when provided must be a string.";

/// The text, or nothing where the parameter is missing or empty.
fn text(value: Option<&Value>, refusal: &'static str) -> Result<Option<String>> {
    match value {
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        value if truthy(value) => Err(Error::message(refusal)),
        _ => Ok(None),
    }
}

/// The command, what stands after it, and the room.
struct Named {
    command: String,
    params: String,
    rid: String,
}

impl Wanted {
    /// The parameters that every one of these operations looks at first.
    fn named(&self, words: &Words) -> Result<Named> {
        let command = self.command.as_ref().and_then(Value::as_str);
        let command = command.ok_or_else(|| Error::message(words.command))?.to_lowercase();
        let params = text(self.params.as_ref(), "The parameters for the command must be a single string.")?;
        let rid = self.room_id.as_ref().and_then(Value::as_str);
        let rid = rid.ok_or_else(|| Error::message(words.room))?.to_owned();
        Ok(Named { command, params: params.unwrap_or_default(), rid })
    }
}

impl Named {
    /// Looks up the command, the room and the thread, and makes it a call.
    async fn into_call(self, ctx: &Ctx, tmid: Option<String>) -> Result<Call> {
        let Self { command, params, rid } = self;
        let command = catalogue::find(&command)
            .ok_or_else(|| Error::message("The command provided does not exist (or is disabled)."))?;
        if !call::may_use(ctx, &rid).await? {
            return Err(Error::unauthorized());
        }
        let mut message = Map::new();
        if let Some(tmid) = tmid {
            let id = tmid.clone();
            let parent = ctx.read(async move |tx| rows::by_id(tx, &id).await).await?;
            if parent.is_none_or(|parent| parent.rid != rid) {
                return Err(Error::message("Invalid thread."));
            }
            message.insert("tmid".into(), tmid.into());
        }
        message.insert("_id".into(), ctx.ids.id().into());
        message.insert("rid".into(), rid.into());
        Ok(Call { command, params, message })
    }
}

/// Runs a slash command in a room, as the caller.
#[derive(Debug, Deserialize, JsonSchema)]
struct Run {
    #[serde(flatten)]
    wanted: Wanted,
}

impl Endpoint for Run {
    const SPEC: Spec = Spec::post("commands.run", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let words = Words {
            command: "You must provide a command to run.",
            room: "The room's id where to execute this command must be provided and be a string.",
        };
        let named = self.wanted.named(&words)?;
        let tmid = text(self.wanted.tmid.as_ref(), TMID)?;
        text(self.wanted.trigger_id.as_ref(), TRIGGER)?;
        call::run(ctx, &named.into_call(ctx, tmid).await?).await
    }
}

/// The refusal of a command without previews. Upstream has previews for commands of apps alone.
pub(super) fn no_previews() -> Error {
    Error::new("error-invalid-command", "Command Does Not Provide Previews")
        .with_details(json!({ "method": "executeSlashCommandPreview" }))
}

/// Previews what a slash command would send, for commands that can.
#[derive(Debug, Deserialize, JsonSchema)]
struct Preview {
    #[serde(flatten)]
    wanted: Wanted,
}

impl Endpoint for Preview {
    const SPEC: Spec = Spec::get("commands.preview", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let words = Words {
            command: "You must provide a command to get the previews from.",
            room: "The room's id where the previews are being displayed must be provided and be a string.",
        };
        self.wanted.named(&words)?.into_call(ctx, None).await?;
        Err(no_previews())
    }
}

/// Runs a slash command with one of its previews, for commands that have them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RunPreview {
    #[serde(flatten)]
    wanted: Wanted,
    /// The preview that was chosen: `{id, type, value}`.
    preview_item: Option<Value>,
}

impl Endpoint for RunPreview {
    const SPEC: Spec = Spec::post("commands.preview", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let words = Words {
            command: "You must provide a command to run the preview item on.",
            room: "The room's id where the preview is being executed in must be provided and be a string.",
        };
        let named = self.wanted.named(&words)?;
        let Some(item) = &self.preview_item else {
            return Err(Error::message("The preview item being executed must be provided."));
        };
        if !truthy(item.get("id")) || !truthy(item.get("type")) || item.get("value").is_none() {
            return Err(Error::message("The preview item being executed is in the wrong format."));
        }
        let tmid = text(self.wanted.tmid.as_ref(), TMID)?;
        text(self.wanted.trigger_id.as_ref(), TRIGGER)?;
        named.into_call(ctx, tmid).await?;
        Err(no_previews())
    }
}
