//! Who is told of messages.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::Arc;

use gantry_accounts::mail::Mail;
use gantry_accounts::users::events::PreferencesChanged;
use gantry_kernel::caller::Ctx;
use gantry_protocol::objects::User;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::world::{Actor, World, worlds};

async fn channel(alice: &Actor<'_>, members: &[&str]) -> String {
    let room = alice.post("channels.create", json!({ "name": "talk", "members": members })).await.ok();
    room["channel"]["_id"].as_str().unwrap().to_owned()
}

async fn say(actor: &Actor<'_>, rid: &str, text: &str) {
    actor.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok();
}

async fn subscription(actor: &Actor<'_>, rid: &str) -> Value {
    actor.get("subscriptions.getOne", &format!("roomId={rid}")).await.ok()["subscription"].clone()
}

/// The mails that leave from now on.
async fn mails(world: &World) -> Arc<Mutex<Vec<Mail>>> {
    world.set("SMTP_Host", json!("mail.example")).await;
    let sent = Arc::<Mutex<Vec<Mail>>>::default();
    let list = sent.clone();
    world.kernel.events.on::<Mail, _>(move |_, mail| {
        list.lock().push(mail.clone());
        Box::pin(async {})
    });
    sent
}

/// Whom the mails of until now went to.
async fn taken(world: &World, sent: &Mutex<Vec<Mail>>) -> Vec<String> {
    world.kernel.events.quiesce().await;
    let mut to: Vec<String> = sent.lock().drain(..).map(|mail| mail.to).collect();
    to.sort();
    to
}

async fn address(world: &World, uid: &str) {
    let (ctx, uid) = (Ctx::internal(&world.kernel), uid.to_owned());
    ctx.write(async move |tx| {
        let mut user = gantry_accounts::users::by_id(tx, &uid).await?.unwrap();
        let email = json!([{ "address": format!("{uid}@example.com"), "verified": true }]);
        user.emails = serde_json::from_value(email).unwrap();
        gantry_accounts::users::save(tx, &user).await
    })
    .await
    .unwrap();
}

async fn prefers(world: &World, actor: &Actor<'_>, chosen: Value) {
    let user = User { id: actor.uid.clone(), ..User::default() };
    let chosen = chosen.as_object().unwrap().clone();
    world.kernel.events.publish(PreferencesChanged { user, before: Default::default(), chosen });
    world.kernel.events.quiesce().await;
}

#[tokio::test]
async fn people_who_are_away_get_mail_about_what_concerns_them() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        for uid in ["admin", "alice", "bob"] {
            address(&world, uid).await;
        }
        let sent = mails(&world).await;
        let rid = channel(&alice, &["bob", "admin"]).await;
        say(&alice, &rid, "hello").await;
        assert_eq!(taken(&world, &sent).await, [""; 0], "a plain message concerns nobody");
        say(&alice, &rid, "hello @bob").await;
        assert_eq!(taken(&world, &sent).await, ["bob@example.com"]);
        say(&alice, &rid, "@all listen").await;
        assert_eq!(taken(&world, &sent).await, ["admin@example.com", "bob@example.com"]);
        let nothing = json!({ "roomId": rid, "notifications": { "emailNotifications": "nothing" } });
        bob.post("rooms.saveNotification", nothing).await.ok();
        say(&alice, &rid, "hello @bob").await;
        assert_eq!(taken(&world, &sent).await, [""; 0]);
        let all = json!({ "roomId": rid, "notifications": { "emailNotifications": "all" } });
        admin.post("rooms.saveNotification", all).await.ok();
        say(&alice, &rid, "plain").await;
        assert_eq!(taken(&world, &sent).await, ["admin@example.com"]);
        let mute = json!({ "roomId": rid, "notifications": { "muteGroupMentions": "1" } });
        admin.post("rooms.saveNotification", mute).await.ok();
        say(&alice, &rid, "@all again").await;
        assert_eq!(taken(&world, &sent).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_crowded_room_sends_no_mail_about_everybody() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for uid in ["admin", "bob"] {
            address(&world, uid).await;
        }
        let sent = mails(&world).await;
        let rid = channel(&alice, &["bob", "admin"]).await;
        world.set("Notifications_Max_Room_Members", json!(2)).await;
        say(&alice, &rid, "@all listen").await;
        assert_eq!(taken(&world, &sent).await, [""; 0]);
        say(&alice, &rid, "@bob listen").await;
        assert_eq!(taken(&world, &sent).await, ["bob@example.com"]);
    }
}

#[tokio::test]
async fn ignored_people_bring_no_mail() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        address(&world, "bob").await;
        let sent = mails(&world).await;
        let rid = channel(&alice, &["bob"]).await;
        bob.get("chat.ignoreUser", &format!("rid={rid}&userId=alice&ignore=true")).await.ok();
        say(&alice, &rid, "hello @bob").await;
        assert_eq!(taken(&world, &sent).await, [""; 0]);
    }
}

#[tokio::test]
async fn highlighted_words_count_as_mentions_wherever_they_were_chosen() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, &["bob"]).await;
        prefers(&world, &bob, json!({ "highlights": ["deploy"] })).await;
        assert_eq!(subscription(&bob, &rid).await["userHighlights"], json!(["deploy"]));
        say(&alice, &rid, "redeploy").await;
        assert_eq!(subscription(&bob, &rid).await["userMentions"], 0);
        say(&alice, &rid, "Deploy now").await;
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["userMentions"], &sub["unread"], &sub["alert"]),
            (&json!(1), &json!(1), &json!(true))
        );
        prefers(&world, &bob, json!({ "highlights": [] })).await;
        say(&alice, &rid, "deploy again").await;
        assert_eq!(subscription(&bob, &rid).await["userMentions"], 1);
    }
}

#[tokio::test]
async fn a_general_wish_is_taken_over_unless_the_room_has_its_own() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, &["bob"]).await;
        prefers(
            &world,
            &bob,
            json!({ "desktopNotifications": "nothing", "emailNotificationMode": "mentions" }),
        )
        .await;
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["desktopNotifications"], &sub["desktopPrefOrigin"]),
            (&json!("nothing"), &json!("user"))
        );
        let own = json!({ "roomId": rid, "notifications": { "desktopNotifications": "all" } });
        bob.post("rooms.saveNotification", own).await.ok();
        prefers(&world, &bob, json!({ "desktopNotifications": "mentions" })).await;
        assert_eq!(subscription(&bob, &rid).await["desktopNotifications"], "all");
        prefers(&world, &bob, json!({ "emailNotificationMode": "default" })).await;
        assert_eq!(subscription(&bob, &rid).await["emailNotifications"], Value::Null);
    }
}

#[tokio::test]
async fn looking_for_the_attentive_passes_over_everybody_else() {
    for world in worlds().await {
        let ctx = gantry_kernel::caller::Ctx::internal(&world.kernel);
        if world.kernel.db.engine() != gantry_store::Engine::Sqlite {
            continue;
        }
        let plan = ctx.read(async move |tx| {
            let sql = "EXPLAIN QUERY PLAN SELECT uid, doc FROM subscriptions WHERE rid = ?1 AND attentive ORDER BY uid";
            let rows = tx.query_dyn(sql, &gantry_store::vals!["GENERAL"]).await?;
            rows.iter().map(|row| Ok(row.text(3)?)).collect::<gantry_kernel::error::Result<Vec<_>>>()
        });
        let plan = plan.await.unwrap().join("; ");
        assert!(plan.contains("subscriptions_attentive"), "{plan}");
    }
}
