//! Old messages go by the clock.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::Arc;

use gantry_messaging::retention::run;
use serde_json::{Value, json};

use crate::world::{Actor, World, worlds};

const DAY: i64 = 86_400_000;

async fn channel(alice: &Actor<'_>, name: &str) -> String {
    let room = alice.post("channels.create", json!({ "name": name })).await.ok();
    room["channel"]["_id"].as_str().unwrap().to_owned()
}

async fn say(actor: &Actor<'_>, rid: &str, text: &str) -> String {
    let sent = actor.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok();
    sent["message"]["_id"].as_str().unwrap().to_owned()
}

async fn applies(world: &World, days: i64) {
    world.set("RetentionPolicy_Enabled", json!(true)).await;
    world.set("RetentionPolicy_AppliesToChannels", json!(true)).await;
    world.set("RetentionPolicy_TTL_Channels", json!(days * DAY)).await;
}

async fn prune(world: &World) -> i64 {
    run(&Arc::clone(&world.kernel)).await.unwrap()
}

#[tokio::test]
async fn old_messages_go_and_new_ones_stay() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = channel(&alice, "talk").await;
        say(&alice, &rid, "old").await;
        world.wait(40 * DAY);
        say(&alice, &rid, "new").await;
        assert_eq!(prune(&world).await, 0, "no rule, nothing goes");
        applies(&world, 30).await;
        assert_eq!(prune(&world).await, 1);
        assert_eq!(world.texts(&rid).await, ["new"]);
        let info = alice.get("channels.info", &format!("roomId={rid}")).await.ok();
        assert_eq!(info["channel"]["msgs"], 1);
        assert_eq!(prune(&world).await, 0, "a second run finds nothing");
    }
}

#[tokio::test]
async fn a_room_has_its_own_rule_and_pinned_messages_and_threads_stay_by_default() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let rid = channel(&alice, "talk").await;
        let pinned = say(&alice, &rid, "pinned").await;
        alice.post("chat.pinMessage", json!({ "messageId": pinned })).await.ok();
        let parent = say(&alice, &rid, "parent").await;
        let reply = json!({ "message": { "rid": rid, "tmid": parent, "msg": "reply" } });
        alice.post("chat.sendMessage", reply).await.ok();
        say(&alice, &rid, "plain").await;
        let own = json!({ "rid": rid, "retentionEnabled": true, "retentionOverrideGlobal": true, "retentionMaxAge": 5,
            "retentionExcludePinned": true, "retentionIgnoreThreads": true, "retentionFilesOnly": false });
        admin.post("rooms.saveRoomSettings", own).await.ok();
        world.wait(10 * DAY);
        applies(&world, 30).await;
        prune(&world).await;
        let mut left = world.texts(&rid).await;
        left.retain(|text| !text.is_empty());
        left.sort();
        assert_eq!(left, ["parent", "pinned", "reply"]);
    }
}

#[tokio::test]
async fn a_room_can_be_left_out() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let rid = channel(&alice, "talk").await;
        say(&alice, &rid, "kept").await;
        admin.post("rooms.saveRoomSettings", json!({ "rid": rid, "retentionEnabled": false })).await.ok();
        world.wait(40 * DAY);
        applies(&world, 30).await;
        prune(&world).await;
        assert!(world.texts(&rid).await.contains(&"kept".to_owned()));
    }
}

#[tokio::test]
async fn wishes_for_translations_are_kept_and_answers_are_those_without_a_service() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let on =
            json!({ "roomId": "GENERAL", "field": "autoTranslate", "value": true, "defaultLanguage": "de" });
        assert_eq!(
            admin.post("autotranslate.saveSettings", on.clone()).await.refused(),
            "AutoTranslate is disabled."
        );
        world.set("AutoTranslate_Enabled", json!(true)).await;
        assert_eq!(
            alice.post("autotranslate.saveSettings", on.clone()).await.refused(),
            "error-action-not-allowed"
        );
        assert_eq!(
            admin.post("autotranslate.saveSettings", on.clone()).await.refused(),
            "error-invalid-subscription"
        );
        let rid = channel(&admin, "talk").await;
        let mut wish = on;
        wish["roomId"] = json!(rid);
        admin.post("autotranslate.saveSettings", wish.clone()).await.ok();
        let sub = admin.get("subscriptions.getOne", &format!("roomId={rid}")).await.ok();
        assert_eq!(
            (&sub["subscription"]["autoTranslate"], &sub["subscription"]["autoTranslateLanguage"]),
            (&json!(true), &json!("de"))
        );
        wish["value"] = json!("yes");
        admin.post("autotranslate.saveSettings", wish).await.refused();
        let languages = admin.get("autotranslate.getSupportedLanguages", "targetLanguage=en").await.ok();
        assert_eq!(languages["languages"], json!([]));
        let mid = say(&admin, &rid, "hello").await;
        admin.post("autotranslate.translateMessage", json!({ "messageId": mid })).await.ok();
        assert_eq!(
            admin.post("autotranslate.translateMessage", json!({ "messageId": "none" })).await.refused(),
            "Message not found."
        );
        let services = admin.method("autoTranslate.getProviderUiMetadata", json!([])).await.unwrap();
        assert_eq!(services["deepl-translate"]["displayName"], "DeepL");
        assert_eq!(
            admin.method("autoTranslate.translateMessage", json!([{}, "de"])).await.unwrap(),
            Value::Null
        );
    }
}

#[tokio::test]
async fn a_room_that_is_encrypted_is_no_longer_translated() {
    for world in worlds().await {
        let (admin, ..) = world.people().await;
        world.set("AutoTranslate_Enabled", json!(true)).await;
        world.set("E2E_Enable", json!(true)).await;
        let rid = admin.post("groups.create", json!({ "name": "quiet" })).await.ok()["group"]["_id"].clone();
        let wish =
            json!({ "roomId": rid, "field": "autoTranslate", "value": "true", "defaultLanguage": "de" });
        admin.post("autotranslate.saveSettings", wish).await.ok();
        let query = format!("roomId={}", rid.as_str().unwrap());
        let sub = admin.get("subscriptions.getOne", &query).await.ok()["subscription"].clone();
        assert_eq!(sub["autoTranslate"], true);
        let encrypt = json!({ "roomId": rid, "encrypted": true });
        admin.post("groups.setEncrypted", encrypt).await.ok();
        let sub = admin.get("subscriptions.getOne", &query).await.ok()["subscription"].clone();
        assert!(sub.get("autoTranslate").is_none(), "{sub}");
        assert_eq!(sub["autoTranslateLanguage"], "de");
    }
}
