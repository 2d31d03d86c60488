//! `botRequest`: helpers for bots written against the Realtime API.
//! Upstream: `apps/meteor/app/bot-helpers/server/index.ts`.

use gantry_accounts::users::{list, view};
use gantry_kernel::dispatch;
use gantry_kernel::prelude::*;
use serde_json::Map;

use crate::rooms::rows;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<BotRequest>();
}

/// Users read at a time.
const BATCH: i64 = 500;

/// `botRequest(helper, ...)`: calls a helper or reads a list; nothing for a name that there is not.
#[derive(Deserialize)]
struct BotRequest {
    helper: String,
    /// Mostly a username.
    first: Option<String>,
    /// A role, or a room's id or name.
    second: Option<String>,
}

impl Method for BotRequest {
    const SPEC: MethodSpec = MethodSpec::new("botRequest", "users");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Value> {
        if !caller.has_role("bot") {
            return Err(Error::new("error-invalid-user", "Invalid user")
                .with_details(json!({ "method": "botRequest" })));
        }
        let (user, other) = (self.first.unwrap_or_default(), self.second.unwrap_or_default());
        match self.helper.as_str() {
            "addUserToRole" => forward(ctx, "authorization:addUserToRole", json!([other, user])).await,
            "removeUserFromRole" => {
                forward(ctx, "authorization:removeUserFromRole", json!([other, user])).await
            }
            "addUserToRoom" => {
                let rid = room_id(ctx, other).await?;
                forward(ctx, "addUsersToRoom", json!([{ "rid": rid, "users": [user] }])).await
            }
            "removeUserFromRoom" => {
                let rid = room_id(ctx, other).await?;
                forward(ctx, "removeUserFromRoom", json!([{ "rid": rid, "username": user }])).await
            }
            "requestError" => Err(not_allowed()),
            list => people(ctx, list).await,
        }
    }
}

/// Calls another method as the bot; it has its own rules.
async fn forward(ctx: &Ctx, method: &str, params: Value) -> Result<Value> {
    let Value::Array(params) = params else { return Ok(Value::Null) };
    Box::pin(dispatch::call_method(method, params, &mut ctx.clone())).await?;
    Ok(Value::Null)
}

async fn room_id(ctx: &Ctx, room: String) -> Result<String> {
    let found = ctx.read(async move |tx| rows::by_id_or_name(tx, &room).await).await?;
    found.map(|room| room.id).ok_or_else(|| Error::code("invalid-channel"))
}

fn not_allowed() -> Error {
    Error::new("error-not-allowed", "Bot request not allowed")
        .with_details(json!({ "method": "botRequest", "action": "bot_request" }))
}

/// What a list shows of a user, and the fields that the workspace has to allow for it.
fn shown(what: &str) -> Option<&'static [&'static str]> {
    match what {
        "Users" => Some(&[]),
        "Usernames" => Some(&["username"]),
        "Names" => Some(&["name"]),
        "IDs" => Some(&["_id", "username"]),
        _ => None,
    }
}

/// A list of all users or of those who are not offline, without bots: `allUsers`, `onlineNames`, ...
async fn people(ctx: &Ctx, name: &str) -> Result<Value> {
    let (online, what) = match (name.strip_prefix("all"), name.strip_prefix("online")) {
        (Some(what), _) => (false, what),
        (_, Some(what)) => (true, what),
        _ => return Ok(Value::Null),
    };
    let Some(needed) = shown(what) else { return Ok(Value::Null) };
    let allowed = ctx.settings.text_by_id("BotHelpers_userFields");
    let allowed: Vec<String> =
        allowed.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect();
    if allowed.is_empty() || !needed.iter().all(|field| allowed.iter().any(|one| one == field)) {
        return Err(not_allowed());
    }
    let mut users = Vec::new();
    for offset in (0..).step_by(500) {
        let window = Window { offset, count: BATCH };
        let read = async move |tx: &Tx| list::page(tx, &list::Filter::default(), "u.id ASC", window).await;
        let (page, _) = ctx.read(read).await?;
        if page.is_empty() {
            break;
        }
        let bot = |roles: &[String]| roles.iter().any(|role| role == "bot");
        users.extend(page.into_iter().filter(|user| !bot(&user.roles)));
    }
    users.retain(|user| !online || user.status.is_some_and(|status| status.as_str() != "offline"));
    let entries = users.iter().map(|user| {
        Ok(match what {
            "Usernames" => json!(user.username),
            "Names" => json!(user.name),
            "IDs" => json!({ "id": user.id, "name": user.username }),
            _ => Value::Object(fields(view::document(user)?, &allowed)),
        })
    });
    entries.collect::<Result<Vec<_>>>().map(Value::Array)
}

/// The fields that bots may see. Credentials are none of them, whatever the setting names.
fn fields(mut document: Map<String, Value>, allowed: &[String]) -> Map<String, Value> {
    const NEVER: [&str; 3] = ["services", "e2e", "inviteToken"];
    document.retain(|field, _| {
        field == "_id" || (allowed.iter().any(|one| one == field) && !NEVER.contains(&field.as_str()))
    });
    document
}
