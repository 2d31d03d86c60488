//! Who may make, see, change and remove integrations.

use gantry_accounts::users::UserDeleting;
use gantry_accounts::users::events::ErasureType;
use gantry_protocol::objects::User;
use serde_json::{Value, json};

use super::{incoming_of, knock, permit, text, with_bot};
use crate::world::worlds;

fn outgoing() -> Value {
    json!({
        "type": "webhook-outgoing", "name": "out", "enabled": true, "username": "rocket.cat",
        "channel": "#general", "scriptEnabled": false, "event": "sendMessage", "urls": ["https://example.org/x"],
        "token": "t",
    })
}

#[tokio::test]
async fn strangers_may_do_nothing() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let eve = world.user("eve", &["user"]).await;
        let hook = incoming_of(&admin, json!({})).await;
        let id = hook["_id"].as_str().unwrap();
        let out = admin.post("integrations.create", outgoing()).await.ok()["integration"].clone();
        let out_id = out["_id"].as_str().unwrap();
        assert_eq!(eve.post("integrations.create", outgoing()).await.refused(), "not_authorized");
        assert_eq!(eve.get("integrations.list", "").await.refused(), "error-unauthorized");
        assert_eq!(
            eve.get("integrations.history", &format!("id={out_id}")).await.refused(),
            "error-unauthorized"
        );
        assert_eq!(
            eve.get("integrations.get", &format!("integrationId={id}")).await.refused(),
            "not-authorized"
        );
        let remove = json!({ "type": "webhook-incoming", "integrationId": id });
        assert_eq!(eve.post("integrations.remove", remove).await.refused(), "error-unauthorized");
        let clear = json!({ "integrationId": out_id });
        assert_eq!(eve.post("integrations.clearHistory", clear).await.refused(), "not_authorized");
        let replay = json!({ "integrationId": out_id, "historyId": "x" });
        assert_eq!(
            eve.post("integrations.replayOutgoing", replay).await.refused(),
            "error-invalid-integration"
        );
        let methods: [(&str, Value); 8] = [
            ("addIncomingIntegration", json!([hook])),
            ("updateIncomingIntegration", json!([id, { "channel": "#general", "name": "x" }])),
            ("deleteIncomingIntegration", json!([id])),
            ("addOutgoingIntegration", json!([outgoing()])),
            ("updateOutgoingIntegration", json!([out_id, outgoing()])),
            ("deleteOutgoingIntegration", json!([out_id])),
            ("clearIntegrationHistory", json!([out_id])),
            ("replayOutgoingIntegration", json!([{ "integrationId": out_id, "historyId": "x" }])),
        ];
        for (method, mut params) in methods {
            if let Some(object) = params[0].as_object_mut() {
                object.insert("username".into(), "rocket.cat".into());
                if let Some(Value::Array(list)) = object.get("channel").cloned() {
                    object.insert("channel".into(), list[0].clone());
                }
            }
            let error = eve.method(method, params).await.unwrap_err();
            assert!(error.is("not_authorized") || error.is("error-invalid-integration"), "{method}: {error}");
        }
        assert_eq!(admin.get("integrations.list", "").await.ok()["total"], 2);
    }
}

#[tokio::test]
async fn who_manages_their_own_sees_and_changes_only_those() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let eve = world.user("eve", &["user"]).await;
        eve.post("channels.join", json!({ "roomId": "GENERAL" })).await.ok();
        for permission in ["manage-own-incoming-integrations", "manage-own-outgoing-integrations"] {
            permit(&world, permission, &["admin", "user"]).await;
        }
        let foreign = incoming_of(&admin, json!({})).await;
        let own = incoming_of(&eve, json!({ "name": "Own" })).await;
        let listed = eve.get("integrations.list", "").await.ok();
        assert_eq!((&listed["total"], &listed["integrations"][0]["_id"]), (&json!(1), &own["_id"]));
        let remove = json!({ "type": "webhook-incoming", "integrationId": foreign["_id"] });
        assert_eq!(eve.post("integrations.remove", remove).await.refused(), "error-invalid-integration");
        assert_eq!(eve.get("channels.getIntegrations", "roomName=general").await.ok()["total"], 1);
        assert_eq!(admin.get("channels.getIntegrations", "roomName=general").await.ok()["total"], 2);
        assert_eq!(admin.get("integrations.list", "name=own").await.ok()["total"], 1);
        assert_eq!(admin.get("integrations.list", "type=webhook-outgoing").await.ok()["total"], 0);
        // A room of which she is no member is no destination.
        admin.post("channels.create", json!({ "name": "other" })).await.ok();
        let elsewhere = json!({
            "type": "webhook-incoming", "name": "x", "enabled": true, "username": "rocket.cat",
            "channel": "#other", "scriptEnabled": false,
        });
        assert_eq!(eve.post("integrations.create", elsewhere).await.refused(), "error-invalid-channel");
        let mut every = outgoing();
        every["channel"] = json!("all_private_groups");
        assert_eq!(eve.post("integrations.create", every).await.refused(), "error-invalid-channel");
        let mut created = outgoing();
        created["event"] = json!("roomCreated");
        assert_eq!(eve.post("integrations.create", created).await.refused(), "error-invalid-permissions");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let cases = [
            ("channel", json!("general"), "error-invalid-channel-start-with-chars"),
            ("channel", json!("#nowhere"), "error-invalid-room"),
            ("channel", json!("  "), "error-invalid-channel"),
            ("event", json!("sunrise"), "error-invalid-event-type"),
            ("username", json!("nobody"), "error-invalid-user"),
            ("urls", json!([" "]), "error-invalid-urls"),
        ];
        for (field, value, code) in cases {
            let mut wish = outgoing();
            wish[field] = value;
            assert_eq!(admin.post("integrations.create", wish).await.refused(), code, "{field}");
        }
        let mut target = outgoing();
        target["event"] = json!("userCreated");
        assert_eq!(admin.post("integrations.create", target).await.refused(), "error-invalid-targetRoom");
        let mut kind = outgoing();
        kind["type"] = json!("webhook-sideways");
        let refused = admin.post("integrations.create", kind).await;
        assert!(refused.body["error"].as_str().unwrap().contains("must match exactly one schema in oneOf"));
        for (list, query) in [("integrations.list", "user=x"), ("integrations.history", "id=x&user=x")] {
            assert_eq!(admin.get(list, query).await.refused(), "invalid-params", "{list}");
            admin.get(list, &query.replace("user=x", "query=x")).await.ok();
        }
    }
}

#[tokio::test]
async fn an_update_keeps_what_a_client_cannot_set() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({ "alias": "a" })).await;
        assert_eq!(hook["overrideDestinationChannelEnabled"], false);
        let update = json!({
            "type": "webhook-incoming", "integrationId": hook["_id"], "channel": "@admin, #general",
            "scriptEnabled": true, "script": "class Script {", "name": "renamed", "enabled": true,
            "token": "chosen", "userId": "admin",
        });
        let changed = admin.put("integrations.update", update).await.ok()["integration"].clone();
        assert_eq!(changed["name"], "renamed");
        assert_eq!(changed["channel"], json!(["@admin", "#general"]));
        assert_eq!((&changed["token"], &changed["userId"]), (&hook["token"], &hook["userId"]));
        assert_eq!(changed["_updatedBy"]["username"], "admin");
        assert!(changed.get("alias").is_none() && changed.get("scriptCompiled").is_none());
        assert_eq!(changed["scriptError"]["name"], "SyntaxError");
        let out = admin.post("integrations.create", outgoing()).await.ok()["integration"].clone();
        let mut update = outgoing();
        update["target_url"] = json!("https://example.org/x");
        update["retryFailedCalls"] = json!(true);
        let changed = admin.put("integrations.update", update).await.ok()["integration"].clone();
        assert_eq!((&changed["_id"], &changed["retryCount"]), (&out["_id"], &json!(4)));
        assert_eq!(changed["retryDelay"], "powers-of-ten");
        let remove = json!({ "type": "webhook-outgoing", "target_url": "https://example.org/x" });
        admin.post("integrations.remove", remove.clone()).await.ok();
        assert_eq!(admin.post("integrations.remove", remove).await.refused(), "No integration found.");
    }
}

#[tokio::test]
async fn integrations_follow_their_room_to_its_new_name() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let wish = json!({ "name": "before", "members": ["rocket.cat"] });
        let group = admin.post("groups.create", wish).await.ok()["group"].clone();
        let hook = incoming_of(&admin, json!({ "channel": "#before" })).await;
        admin.post("groups.rename", json!({ "roomId": group["_id"], "name": "after" })).await.ok();
        let query = format!("roomId={}", text(&group, "_id"));
        let listed = admin.get("groups.getIntegrations", &query).await.ok();
        assert_eq!(listed["integrations"][0]["_id"], hook["_id"]);
        assert_eq!(listed["integrations"][0]["channel"], json!(["#after"]));
        knock(&world, &hook, json!({ "text": "still here" })).await;
        assert!(world.texts(text(&group, "_id")).await.contains(&"still here".to_owned()));
        // Whoever takes the old name gets nothing of it.
        let other = admin.post("groups.create", json!({ "name": "before" })).await.ok()["group"].clone();
        let query = format!("roomId={}&includeAllPrivateGroups=", text(&other, "_id"));
        assert_eq!(admin.get("groups.getIntegrations", &query).await.ok()["total"], 0);
    }
}

#[tokio::test]
async fn integrations_of_a_deleted_user_are_switched_off() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let poster = world.user("poster", &["bot"]).await;
        let hook = incoming_of(&admin, json!({ "username": "poster" })).await;
        let other = incoming_of(&admin, json!({})).await;
        let user = User { id: poster.uid.clone(), username: Some("poster".into()), ..User::default() };
        let (messages, by) = (ErasureType::Delete, admin.uid.clone());
        world.happens(UserDeleting { user, messages, confirm_relinquish: true, by }).await.unwrap();
        for (hook, enabled) in [(hook, false), (other, true)] {
            let query = format!("integrationId={}", text(&hook, "_id"));
            assert_eq!(admin.get("integrations.get", &query).await.ok()["integration"]["enabled"], enabled);
        }
    }
}
