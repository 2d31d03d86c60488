//! Devices and what notifications say.

use crate::integrations::receiver::{Receiver, Reply};
use crate::world::{World, worlds};
use gantry_kernel::caller::Ctx;
use gantry_workspace::push::tokens;
use serde_json::json;

async fn devices(world: &World, uid: &'static str) -> i64 {
    Ctx::internal(&world.kernel)
        .read(async move |tx| tokens::count(tx, uid).await)
        .await
        .expect("the database answers")
}

#[tokio::test]
async fn a_device_is_registered_and_removed_by_its_owner() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let device = json!({ "id": "phone", "type": "gcm", "value": "token", "appName": "app" });
        let result = alice.post("push.token", device.clone()).await.ok()["result"].clone();
        assert_eq!(
            (&result["_id"], &result["token"], &result["userId"], &result["enabled"]),
            (&json!("phone"), &json!({ "gcm": "token" }), &json!("alice"), &json!(true))
        );
        assert!(result.get("authToken").is_none());
        let newer = json!({ "id": "phone", "type": "apn", "value": "other", "appName": "app" });
        let result = alice.post("push.token", newer).await.ok()["result"].clone();
        assert_eq!((&result["_id"], &result["token"]), (&json!("phone"), &json!({ "apn": "other" })));
        let stolen = bob.post("push.token", device).await;
        assert_eq!(stolen.refused(), "403", "a device is not taken by naming its id");
        assert_eq!(bob.delete_with("push.token", json!({ "token": "other" })).await.status, 404);
        alice.delete_with("push.token", json!({ "token": "other" })).await.ok();
        assert_eq!(alice.delete_with("push.token", json!({ "token": "other" })).await.status, 404);
        for (body, code) in [
            (json!({ "type": "x", "value": "v", "appName": "a" }), "error-type-param-not-valid"),
            (json!({ "type": "gcm", "appName": "a" }), "error-token-param-not-valid"),
            (json!({ "type": "gcm", "value": "v" }), "error-appName-param-not-valid"),
            (json!({ "id": 1, "type": "gcm", "value": "v", "appName": "a" }), "error-id-param-not-valid"),
        ] {
            assert_eq!(alice.post("push.token", body).await.refused(), code);
        }
    }
}

#[tokio::test]
async fn a_notification_is_looked_up_by_its_message() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let nothing = alice.get("push.get", "").await;
        assert_eq!(
            (nothing.status, &nothing.body),
            (400, &json!({ "success": false, "error": "Match error: Missing key 'id'" }))
        );
        let unknown = alice.get("push.get", "id=nope").await;
        assert_eq!((unknown.status, &unknown.body["error"]), (400, &json!("error-message-not-found")));
    }
}

#[tokio::test]
async fn a_phone_that_changes_hands_leaves_its_former_owner() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let device = json!({ "type": "gcm", "value": "token", "appName": "app" });
        alice.post("push.token", device.clone()).await.ok();
        bob.post("push.token", device).await.ok();
        assert_eq!((devices(&world, "alice").await, devices(&world, "bob").await), (0, 1));
        world.set("Push_enable", json!(false)).await;
        let info = bob.get("push.info", "").await.ok();
        assert_eq!((&info["pushGatewayEnabled"], &info["defaultPushGateway"]), (&json!(false), &json!(true)));
    }
}

#[tokio::test]
async fn devices_are_registered_over_the_socket_too() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let options = |user: Option<&str>| json!([{ "token": { "apn": "t" }, "authToken": "secret", "appName": "app", "userId": user }]);
        let refused = bob.method("raix:push-update", options(Some("alice"))).await.unwrap_err();
        assert!(refused.is("403"));
        let device = alice.method("raix:push-update", options(None)).await.unwrap();
        assert_eq!(device["userId"], json!(null));
        assert!(!device.to_string().contains("secret"));
        alice.method("raix:push-setuser", json!([device["_id"]])).await.unwrap();
        assert_eq!(devices(&world, "alice").await, 1);
        bob.method("raix:push-setuser", json!([device["_id"]])).await.unwrap();
        assert_eq!(devices(&world, "bob").await, 0);
        let both = json!([{ "token": { "apn": "t", "gcm": "t" }, "authToken": "s", "appName": "a" }]);
        assert!(alice.method("raix:push-update", both).await.unwrap_err().is("400"));
    }
}

#[tokio::test]
async fn a_notification_is_for_those_who_may_read_the_message() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group = alice.post("groups.create", json!({ "name": "secret" })).await.ok();
        let message = json!({ "message": { "rid": group["group"]["_id"], "msg": "hello" } });
        let message = alice.post("chat.sendMessage", message).await.ok()["message"].clone();
        let query = format!("id={}", message["_id"].as_str().unwrap());
        let data = alice.get("push.get", &query).await.ok()["data"].clone();
        assert_eq!(data["message"]["msg"], "hello");
        let notification = &data["notification"];
        assert_eq!(
            (&notification["title"], &notification["text"], &notification["payload"]["rid"]),
            (&json!("#secret"), &json!("alice: hello"), &group["group"]["_id"])
        );
        assert_eq!(bob.get("push.get", &query).await.refused(), "error-not-allowed");
        assert_eq!(alice.get("push.get", "id=nothing").await.refused(), "error-message-not-found");
    }
}

#[tokio::test]
async fn people_try_their_devices_and_no_failure_is_a_success() {
    for world in worlds().await {
        let (admin, nobody) = (world.user("admin", &["admin"]).await, world.user("nobody", &["guest"]).await);
        let trial = async || admin.post("push.test", json!({})).await;
        assert_eq!(nobody.post("push.test", json!({})).await.refused(), "error-unauthorized");
        assert!(nobody.method("push_test", json!([])).await.unwrap_err().is("error-not-allowed"));
        world.set("Push_enable", json!(false)).await;
        assert_eq!(trial().await.refused(), "error-push-disabled");
        world.set("Push_enable", json!(true)).await;
        assert_eq!(trial().await.refused(), "error-no-tokens-for-this-user");
        let device = json!({ "type": "apn", "value": "token", "appName": "app" });
        admin.post("push.token", device).await.ok();
        assert_eq!(trial().await.refused(), "error-push-not-configured");
        let mut gateway =
            Receiver::start(vec![Reply::json(401, &json!({})), Reply::json(200, &json!({}))]).await;
        world.set("Push_gateway", json!(gateway.url)).await;
        world.set("SSRF_Allowlist", json!("127.0.0.1")).await;
        for agreed in ["Push_enable_gateway", "Register_Server", "Cloud_Service_Agree_PrivacyTerms"] {
            world.set(agreed, json!(true)).await;
        }
        assert_eq!(trial().await.refused(), "error-push-not-sent");
        assert_eq!(trial().await.ok()["tokensCount"], 1);
        let call = gateway.next().await;
        assert!(call.head.starts_with("POST /hook/push/apn/send HTTP/1.1"), "{}", call.head);
        assert_eq!((&call.body["token"], &call.body["options"]["topic"]), (&json!("token"), &json!("app")));
        assert_eq!(call.body["options"]["title"], "@admin");
    }
}

#[tokio::test]
async fn nobody_fills_the_workspace_with_devices() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for number in 0..105 {
            world.wait(1);
            let device = json!({ "type": "gcm", "value": format!("token {number}"), "appName": "app" });
            alice.post("push.token", device).await.ok();
        }
        assert!(devices(&world, "alice").await <= 101);
        let newest = json!({ "token": "token 104" });
        alice.delete_with("push.token", newest).await.ok();
        let long = json!({ "type": "gcm", "value": "x".repeat(5000), "appName": "app" });
        assert_eq!(alice.post("push.token", long).await.refused(), "error-token-param-not-valid");
    }
}
