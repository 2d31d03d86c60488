//! A request to a webhook's address becomes a message.

use gantry_kernel::caller::Origin;
use gantry_workspace::integrations::incoming::{Answer, Knock, Route, answer};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{incoming_of, knock, knock_with, newest, permit, text, texts, with_bot};
use crate::world::{World, worlds};

#[tokio::test]
async fn a_request_becomes_a_message_in_the_webhooks_name() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({ "alias": "Build", "emoji": ":robot:" })).await;
        let answer =
            knock(&world, &hook, json!({ "text": " done ", "attachments": [{ "msg": "more" }] })).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({ "success": true })));
        let message = newest(&admin, "GENERAL").await;
        assert_eq!(message["msg"], "done");
        assert_eq!(message["u"]["username"], "rocket.cat");
        assert_eq!((&message["alias"], &message["emoji"]), (&json!("Build"), &json!(":robot:")));
        assert_eq!(message["bot"], json!({ "i": hook["_id"] }));
        assert_eq!(message["attachments"][0]["text"], "more");
    }
}

#[tokio::test]
async fn a_picture_of_the_request_replaces_the_emoji_of_the_webhook() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({ "emoji": ":robot:" })).await;
        let avatar = "https://example.org/a.png";
        knock(&world, &hook, json!({ "text": "x", "icon_url": avatar, "username": "Other" })).await;
        let message = newest(&admin, "GENERAL").await;
        assert_eq!((&message["avatar"], &message["alias"]), (&json!(avatar), &json!("Other")));
        assert!(message.get("emoji").is_none());
    }
}

#[tokio::test]
async fn forms_are_taken_too() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({})).await;
        let form = "application/x-www-form-urlencoded";
        let payload = "payload=%7B%22text%22%3A%22from+a+form%22%7D".to_owned();
        assert_eq!(knock_with(&world, &hook, form, payload).await.status, 200);
        assert_eq!(newest(&admin, "GENERAL").await["msg"], "from a form");
        assert_eq!(knock_with(&world, &hook, form, "text=plain%21".to_owned()).await.status, 200);
        assert_eq!(newest(&admin, "GENERAL").await["msg"], "plain!");
        let broken = knock_with(&world, &hook, form, "payload={".to_owned()).await;
        assert_eq!((broken.status, &broken.body["success"]), (400, &json!(false)));
        assert_eq!(knock_with(&world, &hook, "application/json", "{".to_owned()).await.status, 400);
    }
}

#[tokio::test]
async fn the_room_is_the_webhooks_unless_it_allows_another() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        admin.post("channels.create", json!({ "name": "other" })).await.ok();
        let closed = incoming_of(&admin, json!({})).await;
        for wish in
            [json!({ "channel": "#other" }), json!({ "roomId": "x" }), json!({ "channel": ["other"] })]
        {
            let mut body = wish.clone();
            body["text"] = json!("x");
            let answer = knock(&world, &closed, body).await;
            assert_eq!(answer.status, 400);
            assert_eq!(
                answer.body["error"],
                "overriding destination channel is disabled for this integration"
            );
        }
        let open = incoming_of(&admin, json!({ "overrideDestinationChannelEnabled": true })).await;
        assert_eq!(knock(&world, &open, json!({ "text": "hi", "channel": ["#other"] })).await.status, 200);
        let other = admin.get("channels.info", "roomName=other").await.ok()["channel"]["_id"].clone();
        assert_eq!(newest(&admin, other.as_str().unwrap()).await["msg"], "hi");
        let nowhere = knock(&world, &open, json!({ "text": "hi", "channel": "#nowhere" })).await;
        assert_eq!((nowhere.status, &nowhere.body["error"]), (400, &json!("invalid-channel")));
    }
}

#[tokio::test]
async fn rooms_answer_one_by_one_if_asked_to() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({ "overrideDestinationChannelEnabled": true })).await;
        let body = json!({ "text": "x", "channel": ["#general", "#nowhere"], "separateResponse": true });
        let answer = knock(&world, &hook, body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["responses"][0]["message"]["msg"], "x");
        assert_eq!(answer.body["responses"][1], json!({ "channel": "#nowhere", "error": "invalid-channel" }));
    }
}

#[tokio::test]
async fn a_wrong_secret_or_a_switched_off_webhook_posts_nothing() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let hook = incoming_of(&admin, json!({})).await;
        let mut wrong = hook.clone();
        wrong["token"] = json!("guess");
        let answer = knock(&world, &wrong, json!({ "text": "x" })).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body["error"], "Invalid integration id or token provided.");
        let off = incoming_of(&admin, json!({ "enabled": false })).await;
        assert_eq!(knock(&world, &off, json!({ "text": "x" })).await.status, 503);
        assert!(!texts(&world, "GENERAL").await.contains(&"x".to_owned()));
        assert_eq!(knock(&world, &hook, json!({})).await.body, json!({ "success": true }));
    }
}

#[tokio::test]
async fn a_webhook_cannot_write_where_its_user_cannot() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let group = admin.post("groups.create", json!({ "name": "secret" })).await.ok()["group"].clone();
        let hook = incoming_of(&admin, json!({ "channel": "#secret" })).await;
        let answer = knock(&world, &hook, json!({ "text": "x" })).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("error-not-allowed")));
        assert!(!texts(&world, group["_id"].as_str().unwrap()).await.contains(&"x".to_owned()));
    }
}

/// Asks at a webhook's address for an outgoing webhook.
async fn asks_for_outgoing(world: &World, hook: &Value) -> Answer {
    let body = json!({
        "event": "newMessageOnChannel", "name": "out", "target_url": "https://example.org/x",
        "data": { "channel_name": "secret" },
    });
    let knock = Knock {
        route: Route::Add,
        target: "/hooks/add".to_owned(),
        integration_id: text(hook, "_id").to_owned(),
        user_id: None,
        token: text(hook, "token").to_owned(),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]),
        body: body.to_string().into_bytes(),
        origin: Origin::internal(),
    };
    answer(&world.kernel, knock).await
}

#[tokio::test]
async fn a_webhook_makes_others_for_nobody_but_its_maker() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let eve = world.user("eve", &["user"]).await;
        eve.post("channels.join", json!({ "roomId": "GENERAL" })).await.ok();
        permit(&world, "manage-own-incoming-integrations", &["admin", "user"]).await;
        admin.post("groups.create", json!({ "name": "secret" })).await.ok();
        // Messages in an administrator's name are one thing, an administrator's rights another.
        let borrowed = incoming_of(&eve, json!({ "username": "admin" })).await;
        let refused = asks_for_outgoing(&world, &borrowed).await;
        assert_eq!((refused.status, &refused.body["error"]), (400, &json!("not_authorized")));
        assert_eq!(admin.get("integrations.list", "type=webhook-outgoing").await.ok()["total"], 0);
        let off = incoming_of(&admin, json!({ "username": "admin", "enabled": false })).await;
        assert_eq!(asks_for_outgoing(&world, &off).await.status, 503);
        let own = incoming_of(&admin, json!({ "username": "admin" })).await;
        assert_eq!(asks_for_outgoing(&world, &own).await.body["channel"], json!(["#secret"]));
    }
}
