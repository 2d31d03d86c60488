//! Webhooks, incoming and outgoing.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod incoming;
mod managing;
mod outgoing;
pub(crate) mod receiver;
mod scripts;

use gantry_kernel::caller::{Ctx, Origin};
use gantry_kernel::error::Error;
use gantry_workspace::integrations::incoming::{Answer, Knock, Route, answer};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::world::{Actor, World};

/// Makes an incoming webhook for `#general` that posts as `rocket.cat`, with `more` fields.
async fn incoming_of(who: &Actor<'_>, more: Value) -> Value {
    let mut wish = json!({
        "type": "webhook-incoming", "name": "in", "enabled": true, "username": "rocket.cat",
        "channel": "#general", "scriptEnabled": false,
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("integrations.create", wish).await.ok()["integration"].clone()
}

/// The same with a script.
async fn scripted(who: &Actor<'_>, script: &str) -> Value {
    incoming_of(who, json!({ "scriptEnabled": true, "script": script })).await
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap()
}

/// Posts JSON to a webhook's address.
async fn knock(world: &World, hook: &Value, body: Value) -> Answer {
    knock_with(world, hook, "application/json", body.to_string()).await
}

async fn knock_with(world: &World, hook: &Value, kind: &str, body: String) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", kind.parse().unwrap());
    let (id, token) = (text(hook, "_id").to_owned(), text(hook, "token").to_owned());
    let knock = Knock {
        route: Route::Post,
        target: format!("/hooks/{id}/{token}?a=1"),
        integration_id: id,
        user_id: None,
        token,
        headers,
        body: body.into_bytes(),
        origin: Origin::internal(),
    };
    answer(&world.kernel, knock).await
}

/// An administrator, and a bot that posts.
async fn with_bot(world: &World) -> Actor<'_> {
    world.user("rocket.cat", &["bot"]).await;
    let admin = world.user("admin", &["admin"]).await;
    admin.post("channels.join", json!({ "roomId": "GENERAL" })).await.ok();
    admin
}

/// The newest message of a room that somebody wrote.
async fn newest(who: &Actor<'_>, rid: &str) -> Value {
    let found = who.get("channels.messages", &format!("roomId={rid}")).await.ok();
    let mut messages = found["messages"].as_array().unwrap().iter();
    messages.find(|message| message.get("t").is_none()).unwrap().clone()
}

/// The texts of all messages that are stored of a room.
async fn texts(world: &World, rid: &str) -> Vec<String> {
    let (ctx, rid) = (Ctx::internal(&world.kernel), rid.to_owned());
    let read = ctx.read(async move |tx| {
        let sql = "SELECT doc FROM messages WHERE rid = ?1 ORDER BY ts, id";
        let rows = tx.query(sql, &gantry_store::vals![&rid]).await?;
        Ok(rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>())
    });
    let docs = read.await.unwrap();
    docs.iter().map(|doc| text(&serde_json::from_str(doc).unwrap(), "msg").to_owned()).collect()
}

/// Lets these roles do something.
async fn permit(world: &World, permission: &'static str, roles: &[&str]) {
    let ctx = Ctx::internal(&world.kernel);
    let (inner, roles) = (ctx.clone(), roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>());
    let change = ctx
        .write(async move |tx| {
            let changed = inner.permissions.set_roles(tx, permission, &roles, inner.now).await;
            changed.map_err(Error::internal)
        })
        .await
        .unwrap();
    world.kernel.permissions.apply(&change);
}
