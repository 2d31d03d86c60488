//! Whoever may no longer read a room hears nothing more of it, at once.

use gantry_client::{Client, Socket};
use gantry_store::testing::engines;
use serde_json::{Value, json};

use crate::harness::TestServer;

/// Somebody who listens to a room.
async fn listener(server: &TestServer, client: &Client, rid: &str) -> Socket {
    let mut socket = server.socket().await;
    socket.resume(client.token()).await.unwrap();
    socket.subscribe("room-messages", rid).await.unwrap();
    socket.subscribe("notify-room", &format!("{rid}/deleteMessage")).await.unwrap();
    socket
}

/// Whether a message of now reaches the socket.
async fn hears(server: &TestServer, socket: &mut Socket, speaker: &Client, rid: &str) -> bool {
    server.running.kernel.events.quiesce().await;
    let _before = socket.drain().await;
    let text = json!({ "message": { "rid": rid, "msg": "a secret" } });
    speaker.post("chat.sendMessage", &text).await.unwrap().ok();
    server.running.kernel.events.quiesce().await;
    // A socket that was closed hears nothing either.
    let events = socket.drain().await.unwrap_or_default();
    events.iter().any(|event| event.event == rid)
}

/// Whether the socket hears that the administrator types.
async fn hears_typing(server: &TestServer, socket: &mut Socket, typist: &mut Socket, rid: &str) -> bool {
    let event = format!("{rid}/user-activity");
    let typing = vec![json!(event), json!("admin"), json!(["user-typing"]), json!({})];
    typist.call("stream-notify-room", typing).await.unwrap();
    server.running.kernel.events.quiesce().await;
    socket.drain().await.unwrap().iter().any(|heard| heard.event == event)
}

async fn general(client: &Client, name: &str, members: &[&str]) -> String {
    let body = json!({ "name": name, "members": members });
    let room = client.post("channels.create", &body).await.unwrap().ok();
    room["channel"]["_id"].as_str().unwrap().to_owned()
}

/// The body of a change, from the room's and the member's ids.
type Body = fn(&str, &str) -> Value;

#[tokio::test]
async fn a_change_that_takes_the_right_to_read_ends_the_streams() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let admin = server.admin().await;
        let changes: [(&str, &str, Body); 4] = [
            ("kicked", "groups.kick", |rid, uid| json!({ "roomId": rid, "userId": uid })),
            (
                "deactivated",
                "users.setActiveStatus",
                |_, uid| json!({ "userId": uid, "activeStatus": false }),
            ),
            ("deleted", "users.delete", |_, uid| json!({ "userId": uid })),
            ("gone", "groups.delete", |rid, _| json!({ "roomId": rid })),
        ];
        for (name, path, body) in changes {
            let member = server.user(name).await;
            let group = json!({ "name": format!("room-{name}"), "members": [name] });
            let room = admin.post("groups.create", &group).await.unwrap().ok();
            let rid = room["group"]["_id"].as_str().unwrap().to_owned();
            let mut socket = listener(&server, &member, &rid).await;
            assert!(hears(&server, &mut socket, &admin, &rid).await, "{name}: before");
            admin.post(path, &body(&rid, member.uid())).await.unwrap().ok();
            if path == "groups.delete" {
                server.running.kernel.events.quiesce().await;
                assert!(socket.drain().await.unwrap().iter().all(|event| event.event != rid));
                continue;
            }
            assert!(!hears(&server, &mut socket, &admin, &rid).await, "{name}: after");
        }
    }
}

#[tokio::test]
async fn an_archived_room_falls_silent_for_all_and_speaks_again_when_it_is_taken_back() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, member) = (server.admin().await, server.user("ann").await);
        let rid = general(&admin, "shelved", &["ann"]).await;
        let mut socket = listener(&server, &member, &rid).await;
        socket.subscribe("notify-room", &format!("{rid}/user-activity")).await.unwrap();
        let mut typist = server.socket().await;
        typist.resume(admin.token()).await.unwrap();
        assert!(hears(&server, &mut socket, &admin, &rid).await);
        assert!(hears_typing(&server, &mut socket, &mut typist, &rid).await);
        admin.post("channels.archive", &json!({ "roomId": rid })).await.unwrap().ok();
        let text = json!({ "message": { "rid": rid, "msg": "a secret" } });
        for client in [&admin, &member] {
            assert_eq!(client.post("chat.sendMessage", &text).await.unwrap().status, 400);
        }
        assert!(!hears_typing(&server, &mut socket, &mut typist, &rid).await);
        admin.post("channels.unarchive", &json!({ "roomId": rid })).await.unwrap().ok();
        assert!(hears(&server, &mut socket, &admin, &rid).await);
    }
}

#[tokio::test]
async fn people_who_only_looked_in_are_shut_out_when_the_channel_becomes_private() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let eve = server.user("eve").await;
    let rid = general(&admin, "open", &[]).await;
    let mut socket = listener(&server, &eve, &rid).await;
    assert!(hears(&server, &mut socket, &admin, &rid).await);
    admin.post("channels.setType", &json!({ "roomId": rid, "type": "p" })).await.unwrap().ok();
    assert!(!hears(&server, &mut socket, &admin, &rid).await);
}

#[tokio::test]
async fn a_role_and_a_permission_that_are_taken_away_end_the_streams() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let eve = server.user("eve").await;
    let rid = general(&admin, "open", &[]).await;
    let grant = |roles: Value| json!({ "permissions": [{ "_id": "view-c-room", "roles": roles }] });
    let mut socket = listener(&server, &eve, &rid).await;
    admin.post("permissions.update", &grant(json!(["admin"]))).await.unwrap().ok();
    assert!(!hears(&server, &mut socket, &admin, &rid).await, "the permission is gone");
    admin.post("permissions.update", &grant(json!(["admin", "bot"]))).await.unwrap().ok();
    let bot = json!({ "roleId": "bot", "username": "eve" });
    admin.post("roles.addUserToRole", &bot).await.unwrap().ok();
    let mut socket = listener(&server, &eve, &rid).await;
    assert!(hears(&server, &mut socket, &admin, &rid).await, "by the role");
    admin.post("roles.removeUserFromRole", &bot).await.unwrap().ok();
    assert!(!hears(&server, &mut socket, &admin, &rid).await, "the role is gone");
}

#[tokio::test]
async fn strangers_who_may_look_in_are_asked_again_like_everybody() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let anonymous = async |value: bool| {
        let change = json!({ "value": value });
        admin.post("settings/Accounts_AllowAnonymousRead", &change).await.unwrap().ok();
    };
    anonymous(true).await;
    let rid = general(&admin, "open", &[]).await;
    let mut socket = server.socket().await;
    socket.subscribe("room-messages", &rid).await.unwrap();
    assert!(hears(&server, &mut socket, &admin, &rid).await);
    admin.post("channels.setType", &json!({ "roomId": rid, "type": "p" })).await.unwrap().ok();
    assert!(!hears(&server, &mut socket, &admin, &rid).await, "the channel is private now");

    let rid = general(&admin, "other", &[]).await;
    socket.subscribe("room-messages", &rid).await.unwrap();
    assert!(hears(&server, &mut socket, &admin, &rid).await);
    anonymous(false).await;
    assert!(!hears(&server, &mut socket, &admin, &rid).await, "strangers may not look in any more");
}

#[tokio::test]
async fn a_room_itself_is_followed_by_those_who_may_read_it() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, member) = (server.admin().await, server.user("ann").await);
        let stranger = server.user("bob").await;
        let group = json!({ "name": "quiet", "members": ["ann"] });
        let room = admin.post("groups.create", &group).await.unwrap().ok();
        let rid = room["group"]["_id"].as_str().unwrap().to_owned();
        let mut outside = server.socket().await;
        outside.resume(stranger.token()).await.unwrap();
        assert!(outside.subscribe("room-data", &rid).await.is_err());
        let mut socket = server.socket().await;
        socket.resume(member.token()).await.unwrap();
        socket.subscribe("room-data", &rid).await.unwrap();
        let topic = async |text: &str| {
            admin.post("groups.setTopic", &json!({ "roomId": rid, "topic": text })).await.unwrap().ok();
            server.running.kernel.events.quiesce().await;
        };
        topic("first").await;
        let events = socket.drain().await.unwrap();
        let heard = events.iter().rfind(|event| event.event == rid).unwrap();
        assert_eq!((&heard.args[0]["_id"], &heard.args[0]["topic"]), (&json!(rid), &json!("first")));
        let kick = json!({ "roomId": rid, "userId": member.uid() });
        admin.post("groups.kick", &kick).await.unwrap().ok();
        server.running.kernel.events.quiesce().await;
        socket.drain().await.unwrap();
        topic("second").await;
        let events = socket.drain().await.unwrap_or_default();
        assert!(events.iter().all(|event| event.event != rid), "{events:?}");
    }
}
