//! Messages as clients send, change and read them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use serde_json::{Value, json};

async fn channel(who: &Actor<'_>, name: &str, members: &[&str]) -> String {
    let body = who.post("channels.create", json!({ "name": name, "members": members })).await.ok();
    body["channel"]["_id"].as_str().unwrap().to_owned()
}

async fn says(who: &Actor<'_>, rid: &str, text: &str) -> Value {
    who.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok()["message"]
        .clone()
}

async fn subscription(who: &Actor<'_>, rid: &str) -> Value {
    who.get("subscriptions.getOne", &format!("roomId={rid}")).await.ok()["subscription"].clone()
}

fn id(message: &Value) -> &str {
    message["_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_carries_what_its_text_says() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let text = "hi @bob and @nobody in #general: https://a.example `https://b.example`";
        let message = says(&alice, &rid, text).await;
        assert_eq!(
            message["mentions"],
            json!([{ "_id": "bob", "username": "bob", "name": "bob Real", "type": "user" }])
        );
        assert_eq!(message["channels"][0]["name"], "general");
        assert_eq!(message["urls"], json!([{ "url": "https://a.example", "meta": {} }]));
        assert_eq!(message["md"][0]["type"], "PARAGRAPH");
        assert_eq!(message["u"], json!({ "_id": "alice", "username": "alice", "name": "alice Real" }));
        assert!(message.get("unread").is_none() && message.get("t").is_none());
        let read = alice.get("chat.getMessage", &format!("msgId={}", id(&message))).await.ok();
        assert_eq!(read["message"], message);
    }
}

#[tokio::test]
async fn the_same_id_is_sent_once() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let wish = json!({ "message": { "_id": "chosen", "rid": rid, "msg": "once" } });
        let first = alice.post("chat.sendMessage", wish.clone()).await.ok();
        let second = alice.post("chat.sendMessage", wish.clone()).await.ok();
        assert_eq!(first["message"], second["message"]);
        assert_eq!(alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"]["msgs"], 1);
        assert_eq!(bob.post("chat.sendMessage", wish).await.refused(), "error-invalid-message");
    }
}

#[tokio::test]
async fn post_message_finds_its_room_and_joins_it() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &[]).await;
        for target in [json!({ "channel": "#dev" }), json!({ "channel": "dev" }), json!({ "roomId": rid })] {
            let mut wish = target.clone();
            wish["text"] = json!(" trimmed ");
            let posted = bob.post("chat.postMessage", wish).await.ok();
            assert_eq!(
                (&posted["message"]["msg"], &posted["message"]["rid"]),
                (&json!("trimmed"), &json!(rid))
            );
            assert_eq!(posted["message"]["groupable"], false);
            assert!(posted["ts"].is_i64());
        }
        assert!(subscription(&bob, &rid).await.is_object(), "bob has joined");
        let direct = bob.post("chat.postMessage", json!({ "channel": "@alice", "text": "hello" })).await.ok();
        let dm = direct["message"]["rid"].as_str().unwrap().to_owned();
        assert_eq!(subscription(&alice, &dm).await["unread"], 1);
        let both = bob
            .post("chat.postMessage", json!({ "channel": ["#dev", "@alice"], "text": "twice" }))
            .await
            .ok();
        assert_eq!(both["channel"], "#dev");
        assert_eq!(subscription(&alice, &dm).await["unread"], 2);
        for nowhere in [json!({}), json!({ "channel": "#nowhere" }), json!({ "channel": "nobody" })] {
            let answer = bob.post("chat.postMessage", nowhere).await;
            assert_eq!(answer.body["error"], "[invalid-channel]");
        }
    }
}

#[tokio::test]
async fn several_rooms_get_a_message_all_or_none() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = channel(&alice, "dev", &[]).await;
        let wish = json!({ "channel": ["#dev", "#nowhere"], "text": "x" });
        assert_eq!(alice.post("chat.postMessage", wish).await.refused(), "invalid-channel");
        assert_eq!(alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"]["msgs"], 0);
    }
}

#[tokio::test]
async fn clients_cannot_say_what_only_the_server_knows() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let rid = channel(&alice, "dev", &[]).await;
        let wish = json!({ "message": {
            "rid": rid, "msg": "x", "u": { "_id": "admin" }, "pinned": true, "tcount": 9, "reactions": { ":x:": { "usernames": ["admin"] } },
            "editedAt": "2020-01-01T00:00:00.000Z", "mentions": [{ "_id": "all" }], "_hidden": true, "drid": "GENERAL",
        } });
        let message = alice.post("chat.sendMessage", wish).await.ok()["message"].clone();
        assert_eq!((&message["u"]["_id"], &message["mentions"]), (&json!("alice"), &json!([])));
        for field in ["pinned", "tcount", "reactions", "editedAt", "_hidden", "drid"] {
            assert!(message.get(field).is_none(), "{field}");
        }
        let system = json!({ "message": { "rid": rid, "msg": "x", "t": "uj" } });
        assert_eq!(alice.post("chat.sendMessage", system).await.status, 400);
        for key in ["alias", "avatar"] {
            let mut wish = json!({ "message": { "rid": rid, "msg": "x" } });
            wish["message"][key] = json!("https://example.com/x.png");
            assert_eq!(alice.post("chat.sendMessage", wish).await.refused(), "Not enough permission");
        }
    }
}

#[tokio::test]
async fn who_may_not_post_is_told_why() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let group =
            alice.post("groups.create", json!({ "name": "closed" })).await.ok()["group"]["_id"].clone();
        let to = |rid: &Value| json!({ "message": { "rid": rid, "msg": "x" } });
        assert_eq!(bob.post("chat.sendMessage", to(&group)).await.refused(), "error-not-allowed");
        assert_eq!(bob.post("chat.sendMessage", to(&json!("nowhere"))).await.refused(), "error-invalid-room");
        let missing = bob.post("chat.sendMessage", json!({ "message": { "msg": "x" } })).await.refused();
        assert_eq!(missing, "The 'rid' property on the message object is missing.");
        let wish = json!({ "name": "news", "members": ["bob"], "readOnly": true });
        let news = alice.post("channels.create", wish).await.ok()["channel"]["_id"].clone();
        assert_eq!(
            bob.post("chat.sendMessage", to(&news)).await.refused(),
            "You can't send messages because the room is readonly."
        );
        alice.post("chat.sendMessage", to(&news)).await.ok();
        world.set("Message_MaxAllowedSize", json!(5)).await;
        let long = json!({ "message": { "rid": news, "msg": "123456" } });
        assert_eq!(alice.post("chat.sendMessage", long).await.refused(), "error-message-size-exceeded");
        let posted = alice.post("chat.postMessage", json!({ "roomId": news, "text": "123456" })).await;
        assert_eq!(posted.body["error"], "error-message-size-exceeded");
    }
}

#[tokio::test]
async fn mentions_count_and_everybody_needs_permission() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = channel(&admin, "dev", &["alice", "bob"]).await;
        alice.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        bob.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        says(&alice, &rid, "plain").await;
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["alert"], &sub["unread"], &sub["userMentions"]),
            (&json!(true), &json!(0), &json!(0))
        );
        says(&alice, &rid, "@bob look").await;
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["unread"], &sub["userMentions"], &sub["groupMentions"]),
            (&json!(1), &json!(1), &json!(0))
        );
        says(&admin, &rid, "@all look").await;
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["unread"], &sub["userMentions"], &sub["groupMentions"]),
            (&json!(2), &json!(1), &json!(1))
        );
        assert_eq!(subscription(&admin, &rid).await["unread"], 0);
        let list = bob.get("chat.getMentionedMessages", &format!("roomId={rid}")).await.ok();
        assert_eq!((&list["total"], &list["messages"][0]["msg"]), (&json!(1), &json!("@bob look")));
        world.set("Message_MaxAll", json!(2)).await;
        let wish = json!({ "message": { "rid": rid, "msg": "@here x" } });
        assert_eq!(admin.post("chat.sendMessage", wish).await.refused(), "error-action-not-allowed");
        bob.post("subscriptions.read", json!({ "roomId": rid })).await.ok();
        let sub = subscription(&bob, &rid).await;
        assert_eq!(
            (&sub["unread"], &sub["userMentions"], &sub["alert"]),
            (&json!(0), &json!(0), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_link_to_a_message_quotes_it_for_those_who_may_read_it() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.set("Site_Url", json!("http://chat.example")).await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let secret =
            alice.post("groups.create", json!({ "name": "closed" })).await.ok()["group"]["_id"].clone();
        let hidden = says(&alice, secret.as_str().unwrap(), "the secret").await;
        let link = format!("http://chat.example/group/closed?msg={}", id(&hidden));
        let quote = says(&alice, &rid, &format!("see {link}")).await;
        assert_eq!(quote["attachments"][0]["text"], "the secret");
        assert_eq!(quote["attachments"][0]["message_link"], json!(link));
        assert_eq!(quote["urls"][0]["ignoreParse"], true);
        let blind = says(&bob, &rid, &format!("see {link}")).await;
        assert!(blind.get("attachments").is_none());
        let edited = alice
            .post("chat.update", json!({ "roomId": rid, "msgId": id(&quote), "text": "no link" }))
            .await
            .ok();
        assert_eq!(edited["message"]["attachments"], json!([]));
    }
}

#[tokio::test]
async fn an_edit_changes_the_message_and_the_last_message() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let message = says(&alice, &rid, "teh").await;
        let wish = json!({ "roomId": rid, "msgId": id(&message), "text": "the @bob" });
        let refused = bob.post("chat.update", wish.clone()).await.refused();
        assert_eq!(refused, "error-action-not-allowed");
        let edited = alice.post("chat.update", wish.clone()).await.ok()["message"].clone();
        assert_eq!((&edited["msg"], &edited["editedBy"]["username"]), (&json!("the @bob"), &json!("alice")));
        assert_eq!(edited["ts"], message["ts"]);
        let room = alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"].clone();
        assert_eq!(room["lastMessage"]["msg"], "the @bob");
        let mentions = bob.get("chat.getMentionedMessages", &format!("roomId={rid}")).await.ok();
        assert_eq!(mentions["total"], 1, "a mention that is edited in is found");
        let same = alice.post("chat.update", wish).await.ok()["message"].clone();
        assert_eq!(same["_updatedAt"], edited["_updatedAt"], "nothing to change");
        world.set("Message_AllowEditing_BlockEditInMinutes", json!(1)).await;
        world.wait(61_000);
        let late = json!({ "roomId": rid, "msgId": id(&message), "text": "later" });
        assert_eq!(alice.post("chat.update", late).await.refused(), "error-message-editing-blocked");
        let elsewhere = json!({ "roomId": "GENERAL", "msgId": id(&message), "text": "x" });
        let refused = alice.post("chat.update", elsewhere).await.refused();
        assert_eq!(refused, "The room id provided does not match where the message is from.");
    }
}

#[tokio::test]
async fn a_deleted_message_is_gone_from_everywhere() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob", "admin"]).await;
        let first = says(&alice, &rid, "first").await;
        let second = says(&alice, &rid, "second @bob").await;
        alice.post("chat.starMessage", json!({ "messageId": id(&second) })).await.ok();
        let wish = json!({ "roomId": rid, "msgId": id(&second) });
        assert_eq!(bob.post("chat.delete", wish.clone()).await.refused(), "error-action-not-allowed");
        let deleted = alice.post("chat.delete", wish).await.ok();
        assert_eq!((&deleted["_id"], &deleted["message"]["u"]["_id"]), (&second["_id"], &json!("alice")));
        assert_eq!(
            alice.get("chat.getMessage", &format!("msgId={}", id(&second))).await.body,
            json!({ "success": false })
        );
        let room = alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"].clone();
        assert_eq!(room["lastMessage"]["_id"], first["_id"]);
        for list in ["chat.getStarredMessages", "chat.getMentionedMessages"] {
            assert_eq!(bob.get(list, &format!("roomId={rid}")).await.ok()["total"], 0, "{list}");
        }
        let gone = bob
            .get("chat.getDeletedMessages", &format!("roomId={rid}&since=2020-01-01T00:00:00.000Z"))
            .await
            .ok();
        assert_eq!((&gone["total"], &gone["messages"][0]["_id"]), (&json!(1), &second["_id"]));
        let as_alice = json!({ "roomId": rid, "msgId": id(&first), "asUser": true });
        assert_eq!(bob.post("chat.delete", as_alice.clone()).await.status, 400);
        world.set("Message_ShowDeletedStatus", json!(true)).await;
        admin.post("chat.delete", as_alice).await.ok();
        let marker =
            alice.get("chat.getMessage", &format!("msgId={}", id(&first))).await.ok()["message"].clone();
        assert_eq!(
            (&marker["t"], &marker["msg"], &marker["editedBy"]["_id"]),
            (&json!("rm"), &json!(""), &json!("alice"))
        );
    }
}

#[tokio::test]
async fn history_of_edits_is_kept_when_asked_for() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        world.set("Message_KeepHistory", json!(true)).await;
        let rid = channel(&alice, "dev", &[]).await;
        let message = says(&alice, &rid, "before").await;
        alice
            .post("chat.update", json!({ "roomId": rid, "msgId": id(&message), "text": "after" }))
            .await
            .ok();
        alice.post("chat.delete", json!({ "roomId": rid, "msgId": id(&message) })).await.ok();
        let shown = alice.get("channels.history", &format!("roomId={rid}")).await.ok();
        assert_eq!(shown["messages"], json!([]));
        let kept = world.texts(&rid).await;
        assert_eq!(kept, ["after", "before"]);
    }
}

#[tokio::test]
async fn reactions_switch_and_name_their_people() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let message = says(&alice, &rid, "x").await;
        let react = |emoji: &str, should: Value| json!({ "messageId": id(&message), "emoji": emoji, "shouldReact": should });
        alice.post("chat.react", react("smile", Value::Null)).await.ok();
        bob.post("chat.react", react(":smile:", json!(true))).await.ok();
        bob.post("chat.react", react(":smile:", json!(true))).await.ok();
        bob.method("setReaction", json!([":wave:", id(&message)])).await.unwrap();
        let read = async || {
            alice.get("chat.getMessage", &format!("msgId={}", id(&message))).await.ok()["message"].clone()
        };
        assert_eq!(read().await["reactions"][":smile:"]["usernames"], json!(["alice", "bob"]));
        assert_eq!(read().await["reactions"][":wave:"]["usernames"], json!(["bob"]));
        let room = alice.get("channels.info", &format!("roomId={rid}")).await.ok()["channel"].clone();
        assert_eq!(room["lastMessage"]["reactions"], read().await["reactions"]);
        alice.post("chat.react", react("smile", json!(false))).await.ok();
        bob.post("chat.react", react("smile", Value::Null)).await.ok();
        bob.post("chat.react", react("wave", Value::Null)).await.ok();
        assert!(read().await.get("reactions").is_none());
        assert_eq!(
            bob.post("chat.react", json!({ "emoji": "x" })).await.refused(),
            "error-messageid-param-not-provided"
        );
        let unknown = json!({ "emoji": "x", "messageId": "nothing" });
        assert_eq!(bob.post("chat.react", unknown).await.refused(), "error-message-not-found");
    }
}

#[tokio::test]
async fn pins_are_said_and_stars_are_ones_own() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let message = says(&alice, &rid, "important").await;
        let mid = json!({ "messageId": id(&message) });
        assert_eq!(bob.post("chat.pinMessage", mid.clone()).await.refused(), "not-authorized");
        let note = alice.post("chat.pinMessage", mid.clone()).await.ok()["message"].clone();
        assert_eq!(
            (&note["t"], &note["attachments"][0]["text"]),
            (&json!("message_pinned"), &json!("important"))
        );
        let pinned = bob.get("chat.getPinnedMessages", &format!("roomId={rid}")).await.ok();
        assert_eq!(
            (&pinned["total"], &pinned["messages"][0]["pinnedBy"]["_id"]),
            (&json!(1), &json!("alice"))
        );
        alice.post("chat.unPinMessage", mid.clone()).await.ok();
        assert_eq!(bob.get("chat.getPinnedMessages", &format!("roomId={rid}")).await.ok()["total"], 0);
        alice.post("chat.starMessage", mid.clone()).await.ok();
        alice.post("chat.starMessage", mid.clone()).await.ok();
        bob.post("chat.starMessage", mid.clone()).await.ok();
        let starred = bob.get("chat.getStarredMessages", &format!("roomId={rid}")).await.ok();
        assert_eq!(starred["messages"][0]["starred"], json!([{ "_id": "bob" }]));
        bob.post("chat.unStarMessage", mid.clone()).await.ok();
        assert_eq!(bob.get("chat.getStarredMessages", &format!("roomId={rid}")).await.ok()["total"], 0);
        let history = bob.get("channels.history", &format!("roomId={rid}")).await.ok();
        let star = history["messages"].as_array().unwrap().iter().find_map(|m| m.get("starred")).cloned();
        assert_eq!(star, Some(json!([])), "alice's star is not bob's");
    }
}

#[tokio::test]
async fn a_search_finds_words_in_rooms_that_one_may_read() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        for text in ["Deploy on Friday", "deploy it 100%", "nothing"] {
            says(&alice, &rid, text).await;
        }
        says(&bob, &rid, "DEPLOY by bob").await;
        let search = async |text: &str, more: &str| {
            let found = bob.get("chat.search", &format!("roomId={rid}&searchText={text}{more}")).await.ok();
            found["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m["msg"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(search("deploy", "").await, ["DEPLOY by bob", "deploy it 100%", "Deploy on Friday"]);
        assert_eq!(search("deploy", "&count=1&offset=1").await, ["deploy it 100%"]);
        assert_eq!(search("friday+deploy", "").await, ["Deploy on Friday"]);
        assert_eq!(search("from:me+deploy", "").await, ["DEPLOY by bob"]);
        assert_eq!(search("100%25", "").await, ["deploy it 100%"]);
        assert_eq!(search("deploy", "&offset=99").await, Vec::<String>::new());
        let secret =
            alice.post("groups.create", json!({ "name": "closed" })).await.ok()["group"]["_id"].clone();
        let query = format!("roomId={}&searchText=x", secret.as_str().unwrap());
        assert_eq!(bob.get("chat.search", &query).await.refused(), "error-not-allowed");
        assert_eq!(bob.get("chat.search", "searchText=x").await.refused(), "error-roomId-param-not-provided");
    }
}

#[tokio::test]
async fn a_client_catches_up() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let old = says(&alice, &rid, "old").await;
        let gone = says(&alice, &rid, "gone").await;
        let since = says(&alice, &rid, "mark").await["ts"].as_str().unwrap().to_owned();
        let new = says(&alice, &rid, "new").await;
        alice.post("chat.react", json!({ "messageId": id(&old), "emoji": "x" })).await.ok();
        alice.post("chat.delete", json!({ "roomId": rid, "msgId": id(&gone) })).await.ok();
        let sync =
            bob.get("chat.syncMessages", &format!("roomId={rid}&lastUpdate={since}")).await.ok()["result"]
                .clone();
        let updated: Vec<&str> = sync["updated"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(updated, [id(&new), id(&old)]);
        assert_eq!(sync["deleted"][0]["_id"], gone["_id"]);
        let missed = bob.method("loadMissedMessages", json!([rid, { "$date": 0 }])).await.unwrap();
        assert_eq!(missed.as_array().unwrap().len(), 3);
        let next = bob.method("loadNextMessages", json!([rid, null, 2])).await.unwrap();
        assert_eq!(next["messages"][0]["msg"], "old");
        let around = bob.method("loadSurroundingMessages", json!([{ "_id": new["_id"] }, 3])).await.unwrap();
        assert_eq!((&around["messages"][1]["_id"], &around["moreBefore"]), (&new["_id"], &json!(true)));
        let page =
            bob.get("chat.syncMessages", &format!("roomId={rid}&next=0&type=UPDATED&count=1")).await.ok();
        let next = page["result"]["cursor"]["next"].as_str().unwrap().to_owned();
        let page = bob
            .get("chat.syncMessages", &format!("roomId={rid}&next={next}&type=UPDATED&count=10"))
            .await
            .ok();
        assert_eq!(
            (&page["result"]["updated"][1]["_id"], &page["result"]["cursor"]["next"]),
            (&old["_id"], &Value::Null)
        );
    }
}

#[tokio::test]
async fn history_is_paged_and_counts_what_is_unread_before_the_page() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let mut times = Vec::new();
        for n in 0..5 {
            let sent = alice
                .method(
                    "sendMessage",
                    json!([{ "rid": rid, "msg": n.to_string(), "bot": { "i": "js.SDK" } }]),
                )
                .await;
            times.push(sent.unwrap()["ts"].clone());
        }
        let page = bob.method("loadHistory", json!([rid, null, 2, times[0]])).await.unwrap();
        let texts: Vec<&str> =
            page["messages"].as_array().unwrap().iter().map(|m| m["msg"].as_str().unwrap()).collect();
        assert_eq!(texts, ["4", "3"]);
        assert_eq!((&page["unreadNotLoaded"], &page["firstUnread"]["msg"]), (&json!(2), &json!("1")));
        let older = bob.method("loadHistory", json!([rid, times[3], 50, null])).await.unwrap();
        assert_eq!((&older["messages"][0]["msg"], &older["unreadNotLoaded"]), (&json!("2"), &json!(0)));
        let closed =
            alice.post("groups.create", json!({ "name": "closed" })).await.ok()["group"]["_id"].clone();
        assert_eq!(bob.method("loadHistory", json!([closed])).await.unwrap(), json!(false));
        let unknown = bob
            .method("sendMessage", json!([{ "rid": rid, "msg": "x", "_notAllowed": 1 }]))
            .await
            .unwrap_err();
        assert!(unknown.is("400"));
    }
}

#[tokio::test]
async fn unread_can_be_set_by_hand() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        assert_eq!(
            bob.post("subscriptions.unread", json!({ "roomId": "none" })).await.refused(),
            "error-no-message-for-unread"
        );
        let message = says(&alice, &rid, "x").await;
        bob.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        bob.post("subscriptions.unread", json!({ "roomId": rid })).await.ok();
        let sub = subscription(&bob, &rid).await;
        assert_eq!((&sub["alert"], &sub["unread"]), (&json!(true), &json!(1)));
        assert!(sub["ls"].as_str() < message["ts"].as_str());
        bob.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        let first = json!({ "firstUnreadMessage": { "_id": message["_id"] } });
        assert_eq!(
            alice.post("subscriptions.unread", first.clone()).await.refused(),
            "error-action-not-allowed"
        );
        bob.post("subscriptions.unread", first).await.ok();
        assert_eq!(subscription(&bob, &rid).await["alert"], true);
        assert_eq!(
            alice.post("subscriptions.read", json!({ "rid": "none" })).await.refused(),
            "error-invalid-subscription"
        );
        assert_eq!(alice.post("subscriptions.read", json!({})).await.refused(), "invalid-params");
        assert_eq!(alice.get("subscriptions.getOne", "roomId=none").await.ok()["subscription"], Value::Null);
    }
}

#[tokio::test]
async fn subscriptions_tell_what_changed() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let other = channel(&alice, "other", &["bob"]).await;
        let all = bob.get("subscriptions.get", "").await.ok();
        assert_eq!((all["update"].as_array().unwrap().len(), &all["remove"]), (2, &json!([])));
        let since = says(&alice, &other, "mark").await["ts"].as_str().unwrap().to_owned();
        says(&alice, &rid, "x").await;
        bob.post("channels.leave", json!({ "roomId": other })).await.ok();
        let changes = bob.get("subscriptions.get", &format!("updatedSince={since}")).await.ok();
        assert_eq!(
            (&changes["update"][0]["rid"], changes["update"].as_array().unwrap().len()),
            (&json!(rid), 1)
        );
        assert!(changes["remove"][0]["_deletedAt"].is_string());
        assert_eq!(
            bob.get("subscriptions.get", "updatedSince=x").await.refused(),
            "error-roomId-param-invalid"
        );
    }
}

#[tokio::test]
async fn a_report_needs_a_reason_and_a_message_that_one_may_read() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let closed =
            alice.post("groups.create", json!({ "name": "closed" })).await.ok()["group"]["_id"].clone();
        let secret = says(&alice, closed.as_str().unwrap(), "x").await;
        let rid = channel(&alice, "dev", &["bob"]).await;
        let open = says(&alice, &rid, "x").await;
        let report = |message: &Value, why: &str| json!({ "messageId": message["_id"], "description": why });
        bob.post("chat.reportMessage", report(&open, "rude")).await.ok();
        assert_eq!(
            bob.post("chat.reportMessage", report(&secret, "rude")).await.refused(),
            "error-invalid-message_id"
        );
        assert_eq!(
            bob.post("chat.reportMessage", report(&open, " ")).await.refused(),
            "error-invalid-description"
        );
        assert_eq!(
            bob.post("chat.reportMessage", json!({ "messageId": "x" })).await.refused(),
            "invalid-params"
        );
    }
}

#[tokio::test]
async fn messages_are_marked_read_when_everybody_has_read_them() {
    for world in worlds().await {
        world.set("Message_Read_Receipt_Enabled", json!(true)).await;
        world.set("Message_Read_Receipt_Store_Users", json!(true)).await;
        let (_, alice, bob) = world.people().await;
        let alone = channel(&alice, "alone", &[]).await;
        assert_eq!(says(&alice, &alone, "note to self").await["unread"], Value::Null);
        let rid = channel(&alice, "dev", &["bob"]).await;
        let message = says(&alice, &rid, "hello").await;
        let reply = json!({ "message": { "rid": rid, "msg": "reply", "tmid": id(&message) } });
        let reply = alice.post("chat.sendMessage", reply).await.ok()["message"].clone();
        assert_eq!(message["unread"], true);
        let unread = async |message: &Value| {
            let found = alice.get("chat.getMessage", &format!("msgId={}", id(message))).await.ok();
            found["message"]["unread"].clone()
        };
        bob.post("subscriptions.read", json!({ "rid": rid })).await.ok();
        assert_eq!(unread(&message).await, Value::Null, "everybody has read it");
        assert_eq!(unread(&reply).await, true, "the thread was not opened");
        let receipts =
            alice.get("chat.getMessageReadReceipts", &format!("messageId={}", id(&message))).await.ok();
        let readers: Vec<&str> =
            receipts["receipts"].as_array().unwrap().iter().map(|r| r["userId"].as_str().unwrap()).collect();
        assert_eq!(readers, ["alice", "bob"]);
    }
}
