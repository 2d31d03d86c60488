//! Pictures and sounds as clients send and fetch them: avatars, custom emoji, custom sounds, assets.

use gantry_accounts::avatars::drawing::{Drawing, Format};
use gantry_client::{Client, Reply};
use gantry_store::testing::engines;
use http::Method;
use serde_json::{Value, json};

use crate::harness::TestServer;

/// A picture of that many pixels on each side.
fn png(side: u32) -> Vec<u8> {
    Drawing::of("x").encoded(side, Format::Png).unwrap()
}

const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

/// Sends a form: its fields, and a file as `(part, name, type, bytes)`.
async fn sends(
    who: &Client,
    path: &str,
    fields: &[(&str, &str)],
    file: Option<(&str, &str, &str, &[u8])>,
) -> Reply {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((part, name, kind, bytes)) = file {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    let kind = [("content-type", "multipart/form-data; boundary=frontier")];
    who.send(Method::POST, &format!("/api/v1/{path}"), &kind, body.into()).await.unwrap()
}

async fn fetches(who: &Client, path: &str) -> Reply {
    who.send(Method::GET, path, &[], "".into()).await.unwrap()
}

async fn fetches_with(who: &Client, path: &str, name: &str, value: &str) -> Reply {
    who.send(Method::GET, path, &[(name, value)], "".into()).await.unwrap()
}

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(reply: &Reply) -> &str {
    reply.body.as_str().unwrap_or_default()
}

async fn sets(admin: &Client, setting: &str, value: Value) {
    admin.post(&format!("settings/{setting}"), &json!({ "value": value })).await.unwrap().ok();
}

async fn shows_a_letter(who: &Client, path: &str) {
    let shown = fetches(who, path).await;
    assert_eq!((shown.status.as_u16(), header(&shown, "content-type")), (200, "image/svg+xml"), "{path}");
}

async fn shows_a_picture(who: &Client, path: &str) -> Reply {
    let shown = fetches(who, path).await;
    assert_eq!((shown.status.as_u16(), header(&shown, "content-type")), (200, "image/png"), "{path}");
    shown
}

#[tokio::test]
async fn a_chosen_avatar_is_shown_to_people_who_are_signed_in_and_a_letter_to_others() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        shows_a_letter(&bob, "/avatar/alice").await;
        sends(&alice, "users.setAvatar", &[], Some(("image", "me.png", "image/png", &png(300)))).await.ok();

        let shown = shows_a_picture(&bob, "/avatar/ALICE").await;
        assert_eq!(header(&shown, "cache-control"), "private, max-age=3600");
        assert!(header(&shown, "content-security-policy").contains("sandbox"));
        let me = alice.get("me").await.unwrap().ok();
        assert_eq!(header(&shown, "etag"), format!("\"{}\"", me["avatarETag"].as_str().unwrap()));
        assert_eq!(me["avatarOrigin"], "rest");
        let again = fetches_with(&bob, "/avatar/alice", "if-none-match", header(&shown, "etag")).await;
        assert_eq!((again.status.as_u16(), text(&again)), (304, ""));
        shows_a_picture(&bob, &format!("/avatar/uid/{}", alice.uid())).await;
        shows_a_picture(&bob, "/api/v1/avatar/alice").await;

        let stranger = server.stranger();
        shows_a_letter(&stranger, "/avatar/alice").await;
        shows_a_letter(&stranger, &format!("/avatar/uid/{}", alice.uid())).await;
        shows_a_letter(&stranger, "/avatar/alice?rc_uid=x&rc_token=y").await;
        let (uid, token) = (bob.uid(), bob.token());
        shows_a_picture(&stranger, &format!("/avatar/alice?rc_uid={uid}&rc_token={token}")).await;
        let cookie = format!("a=b; rc_uid={uid}; rc_token={token}");
        let with_cookie = fetches_with(&stranger, "/avatar/alice", "cookie", &cookie).await;
        assert_eq!(header(&with_cookie, "content-type"), "image/png");
        sets(&server.admin().await, "Accounts_AvatarBlockUnauthenticatedAccess", json!(false)).await;
        let open = shows_a_picture(&stranger, "/avatar/alice?cacheTime=60").await;
        assert_eq!(header(&open, "cache-control"), "public, max-age=60");

        alice.post("users.resetAvatar", &json!({ "userId": alice.uid() })).await.unwrap().ok();
        shows_a_letter(&bob, "/avatar/alice").await;
        let me = alice.get("me").await.unwrap().ok();
        assert_eq!((me.get("avatarETag"), me.get("avatarOrigin")), (None, None));
    }
}

#[tokio::test]
async fn an_avatar_has_the_size_that_the_workspace_wants() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (admin, alice) = (server.admin().await, server.user("alice").await);
    sets(&admin, "Accounts_AvatarSize", json!(20)).await;
    sends(&alice, "users.setAvatar", &[], Some(("image", "me.png", "image/png", &png(300)))).await.ok();
    let small: usize = header(&fetches(&alice, "/avatar/alice").await, "content-length").parse().unwrap();
    sets(&admin, "Accounts_AvatarResize", json!(false)).await;
    let large = png(300);
    sends(&alice, "users.setAvatar", &[], Some(("image", "me.png", "image/png", &large))).await.ok();
    let kept: usize = header(&fetches(&alice, "/avatar/alice").await, "content-length").parse().unwrap();
    assert_eq!(kept, large.len());
    assert!(small < kept, "{small} bytes of {kept}");
}

#[tokio::test]
async fn nobody_gives_another_a_picture_without_the_permission() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, alice, bob) =
            (server.admin().await, server.user("alice").await, server.user("bob").await);
        let (pixels, uid) = (png(50), alice.uid());
        let file = Some(("image", "me.png", "image/png", &pixels[..]));
        let refused = sends(&bob, "users.setAvatar", &[("userId", uid)], file).await;
        assert_eq!((refused.status.as_u16(), refused.error_type()), (400, "error-not-allowed"));
        let refused = bob
            .post("users.setAvatar", &json!({ "userId": uid, "avatarUrl": "https://example.org/a.png" }))
            .await
            .unwrap();
        assert_eq!(refused.status, 403);
        let refused = bob.post("users.resetAvatar", &json!({ "userId": uid })).await.unwrap();
        assert_eq!((refused.status.as_u16(), refused.error_type()), (400, "error-not-allowed"));
        shows_a_letter(&bob, "/avatar/alice").await;

        sends(&admin, "users.setAvatar", &[("username", "alice")], file).await.ok();
        shows_a_picture(&bob, "/avatar/alice").await;
        sets(&admin, "Accounts_AllowUserAvatarChange", json!(false)).await;
        assert_eq!(sends(&alice, "users.setAvatar", &[], file).await.error_type(), "error-not-allowed");
        sends(&admin, "users.setAvatar", &[("userId", uid)], file).await.ok();
        admin.post("users.resetAvatar", &json!({ "username": "alice" })).await.unwrap().ok();
        shows_a_letter(&bob, "/avatar/alice").await;
    }
}

#[tokio::test]
async fn what_is_no_picture_is_no_avatar() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (admin, alice) = (server.admin().await, server.user("alice").await);
    let html: &[u8] = b"<html><script>alert(1)</script></html>";
    for (name, bytes) in [("a.png", html), ("b.png", b"\x89PNG\r\n\x1a\nand nothing more"), ("c.png", b"")] {
        let refused = sends(&alice, "users.setAvatar", &[], Some(("image", name, "image/png", bytes))).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error_type()),
            (400, "error-invalid-file-type"),
            "{name}"
        );
    }
    let refused = sends(&alice, "users.setAvatar", &[("username", "alice")], None).await;
    assert_eq!(refused.body["error"], "[No file uploaded]");
    for url in ["http://127.0.0.1/a.png", "http://169.254.169.254/", "file:///etc/passwd"] {
        let refused = alice.post("users.setAvatar", &json!({ "avatarUrl": url })).await.unwrap();
        assert_eq!(
            (refused.status.as_u16(), refused.error_type()),
            (400, "error-avatar-invalid-url"),
            "{url}"
        );
    }
    sets(&admin, "FileUpload_MaxFileSize", json!(100)).await;
    let refused =
        sends(&alice, "users.setAvatar", &[], Some(("image", "a.png", "image/png", &png(300)))).await;
    assert_eq!((refused.status.as_u16(), refused.error_type()), (400, "error-file-too-large"));
    shows_a_letter(&alice, "/avatar/alice").await;
}

#[tokio::test]
async fn everybody_hears_of_a_new_avatar() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let mut socket = server.socket().await;
        socket.resume(bob.token()).await.unwrap();
        socket.subscribe("notify-logged", "updateAvatar").await.unwrap();
        let mut own = server.socket().await;
        own.resume(alice.token()).await.unwrap();
        let uri = {
            use base64::Engine as _;
            format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png(40)))
        };
        own.call("setAvatarFromService", vec![json!(uri), json!(""), json!("upload")]).await.unwrap();
        let heard = socket.next_event_of("updateAvatar").await.unwrap();
        let etag = alice.get("me").await.unwrap().ok()["avatarETag"].clone();
        assert_eq!(heard.args, [json!({ "username": "alice", "etag": etag })]);
        own.call("resetAvatar", vec![]).await.unwrap();
        let heard = socket.next_event_of("updateAvatar").await.unwrap();
        assert_eq!(heard.args, [json!({ "username": "alice" })]);

        let refused = own.call("resetAvatar", vec![json!(bob.uid())]).await.unwrap_err();
        assert!(refused.to_string().contains("error-unauthorized"), "{refused}");
        let refused = own
            .call("setAvatarFromService", vec![json!(uri), Value::Null, Value::Null, json!(bob.uid())])
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("error-unauthorized"), "{refused}");
    }
}

#[tokio::test]
async fn an_avatar_follows_its_user_and_ends_with_them() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, alice) = (server.admin().await, server.user("alice").await);
        sends(&alice, "users.setAvatar", &[], Some(("image", "me.png", "image/png", &png(50)))).await.ok();
        let renamed = json!({ "userId": alice.uid(), "data": { "username": "alicia" } });
        admin.post("users.update", &renamed).await.unwrap().ok();
        shows_a_picture(&admin, "/avatar/alicia").await;
        shows_a_letter(&admin, "/avatar/alice").await;
        let sent = fetches(&admin, &format!("/api/v1/users.getAvatar?userId={}", alice.uid())).await;
        assert_eq!(sent.status, 307);
        assert!(header(&sent, "location").ends_with("/avatar/alicia"), "{sent:?}");
        admin.post("users.delete", &json!({ "userId": alice.uid() })).await.unwrap().ok();
        server.user("alicia").await;
        shows_a_letter(&admin, "/avatar/alicia").await;
    }
}

#[tokio::test]
async fn letters_come_in_every_format_and_hold_no_markup() {
    let server = TestServer::small().await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    for (format, kind) in
        [("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("x", "image/svg+xml")]
    {
        let path = format!("/avatar/@general?format={format}&size=50");
        let shown = fetches(&stranger, &path).await;
        assert_eq!((shown.status.as_u16(), header(&shown, "content-type")), (200, kind), "{format}");
        let again = fetches_with(&stranger, &path, "if-none-match", header(&shown, "etag")).await;
        assert_eq!(again.status, 304);
    }
    let sized = fetches(&stranger, "/avatar/nobody?size=64").await;
    assert!(text(&sized).contains("width=\"64\""), "{}", text(&sized));
    let odd = fetches(&stranger, "/avatar/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(text(&odd).starts_with("<svg") && !text(&odd).contains("script"), "{}", text(&odd));
    assert_eq!(fetches(&stranger, "/avatar/..%2F..%2Fetc%2Fpasswd").await.status, 200);
    assert_eq!(fetches(&admin, "/avatar/uid/nobody").await.status, 404);

    sets(&admin, "Accounts_AvatarExternalProviderUrl", json!("https://example.org/{username}.png")).await;
    let elsewhere = fetches(&admin, "/avatar/a%2Fb").await;
    assert_eq!(
        (elsewhere.status.as_u16(), header(&elsewhere, "location")),
        (302, "https://example.org/a%2Fb.png")
    );
}

#[tokio::test]
async fn a_room_has_a_picture_for_those_who_may_see_the_room() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let room = alice.post("groups.create", &json!({ "name": "secret" })).await.unwrap().ok();
        let rid = room["group"]["_id"].as_str().unwrap().to_owned();
        let path = format!("/avatar/room/{rid}");
        shows_a_letter(&alice, &path).await;
        let mut socket = server.socket().await;
        socket.resume(alice.token()).await.unwrap();
        socket.subscribe("notify-logged", "updateAvatar").await.unwrap();
        let uri = {
            use base64::Engine as _;
            format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png(60)))
        };
        let wish = json!({ "rid": rid, "roomAvatar": uri });
        assert_ne!(bob.post("rooms.saveRoomSettings", &wish).await.unwrap().status, 200);
        alice.post("rooms.saveRoomSettings", &wish).await.unwrap().ok();
        let info = alice.get(&format!("rooms.info?roomId={rid}")).await.unwrap().ok();
        let etag = info["room"]["avatarETag"].clone();
        let said = alice.get(&format!("groups.history?roomId={rid}")).await.unwrap().ok();
        assert_eq!(said["messages"][0]["t"], "room_changed_avatar");
        let heard = socket.next_event_of("updateAvatar").await.unwrap();
        assert_eq!(heard.args, [json!({ "rid": rid, "etag": etag })]);

        let shown = shows_a_picture(&alice, &path).await;
        assert_eq!(header(&shown, "etag"), format!("\"{}\"", etag.as_str().unwrap()));
        assert_eq!(fetches(&bob, &path).await.status, 404);
        assert_eq!(fetches(&bob, "/avatar/room/nowhere").await.status, 404);
        shows_a_letter(&server.stranger(), &path).await;

        let bad = json!({ "rid": rid, "roomAvatar": "data:text/html;base64,PGI+" });
        let refused = alice.post("rooms.saveRoomSettings", &bad).await.unwrap();
        assert_eq!((refused.status.as_u16(), refused.error_type()), (400, "error-invalid-file-type"));
        let none = vec![json!(rid), json!("roomAvatar"), json!("")];
        socket.call("saveRoomSettings", none).await.unwrap();
        shows_a_letter(&alice, &path).await;
        let info = alice.get(&format!("rooms.info?roomId={rid}")).await.unwrap().ok();
        assert_eq!(info["room"].get("avatarETag"), None);
    }
}

#[tokio::test]
async fn people_who_manage_emoji_add_change_and_remove_them() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, bob) = (server.admin().await, server.user("bob").await);
        let pixels = png(64);
        let file = Some(("emoji", "parrot.png", "image/png", &pixels[..]));
        let mut socket = server.socket().await;
        socket.resume(bob.token()).await.unwrap();
        socket.subscribe("notify-logged", "updateEmojiCustom").await.unwrap();
        socket.subscribe("notify-logged", "deleteEmojiCustom").await.unwrap();

        let fields = [("name", "Party Parrot"), ("aliases", "parrot, :bird:")];
        assert_eq!(sends(&bob, "emoji-custom.create", &fields, file).await.status, 400);
        sends(&admin, "emoji-custom.create", &fields, file).await.ok();
        let listed = bob.get("emoji-custom.list").await.unwrap().ok();
        let emoji = listed["emojis"]["update"][0].clone();
        assert_eq!(emoji["name"], "party_parrot");
        assert_eq!(emoji["aliases"], json!(["parrot", "bird"]));
        assert_eq!(emoji["extension"], "png");
        let heard = socket.next_event_of("updateEmojiCustom").await.unwrap();
        assert_eq!(heard.args[0]["emojiData"]["_id"], emoji["_id"]);
        let shown = shows_a_picture(&server.stranger(), "/emoji-custom/party_parrot.png").await;
        assert_eq!(header(&shown, "cache-control"), "public, max-age=31536000");
        let again = fetches_with(
            &bob,
            "/emoji-custom/party_parrot.png",
            "if-modified-since",
            header(&shown, "last-modified"),
        );
        assert_eq!(again.await.status, 304);

        let id = emoji["_id"].as_str().unwrap();
        for taken in ["bird", "party_parrot"] {
            assert_eq!(sends(&admin, "emoji-custom.create", &[("name", taken)], file).await.status, 400);
        }
        let renamed = [("_id", id), ("name", "parrot"), ("aliases", "")];
        let unknown = sends(&admin, "emoji-custom.update", &[("_id", "nothing")], None).await;
        assert_eq!(unknown.error_type(), "Emoji not found.", "before anything is said of the name");
        let odd = bob.get("emoji-custom.list?count=1").await.unwrap();
        assert_eq!(odd.error_type(), "invalid-params");
        bob.get("emoji-custom.list?query=%7B%7D").await.unwrap().ok();
        let refused = sends(&bob, "emoji-custom.update", &renamed, None).await;
        assert_eq!((refused.status.as_u16(), refused.error_type()), (400, "not_authorized"));
        sends(&admin, "emoji-custom.update", &renamed, None).await.ok();
        let heard = socket.next_event_of("updateEmojiCustom").await.unwrap();
        assert_eq!(heard.args[0]["emojiData"]["previousName"], "party_parrot");
        shows_a_picture(&bob, "/emoji-custom/parrot.png").await;
        shows_a_letter(&bob, "/emoji-custom/party_parrot.png").await;
        let page = bob.get("emoji-custom.all?name=ARR&count=5").await.unwrap().ok();
        assert_eq!((page["total"].as_i64(), page["count"].as_i64()), (Some(1), Some(1)));

        let refused = bob.post("emoji-custom.delete", &json!({ "emojiId": id })).await.unwrap();
        assert_eq!(refused.error_type(), "not_authorized");
        let since = "2020-01-01T00:00:00.000Z";
        admin.post("emoji-custom.delete", &json!({ "emojiId": id })).await.unwrap().ok();
        let listed = bob.get(&format!("emoji-custom.list?updatedSince={since}")).await.unwrap().ok();
        assert_eq!(listed["emojis"]["update"], json!([]));
        assert_eq!(listed["emojis"]["remove"][0]["_id"], id);
        let heard = socket.next_event_of("deleteEmojiCustom").await.unwrap();
        assert_eq!(heard.args[0]["emojiData"]["name"], "parrot");
        let gone = admin.post("emoji-custom.delete", &json!({ "emojiId": id })).await.unwrap();
        assert_eq!(gone.error_type(), "Custom_Emoji_Error_Invalid_Emoji");
    }
}

#[tokio::test]
async fn emoji_run_no_script_and_lead_nowhere() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let html = Some(("emoji", "a.png", "image/png", &b"<html>"[..]));
    let refused = sends(&admin, "emoji-custom.create", &[("name", "page")], html).await;
    assert_eq!(refused.error_type(), "emoji-is-not-image");
    let svg = Some(("emoji", "a.svg", "image/svg+xml", SVG));
    sends(&admin, "emoji-custom.create", &[("name", "drawn")], svg).await.ok();
    let shown = fetches(&admin, "/emoji-custom/drawn.svg").await;
    assert_eq!(header(&shown, "content-type"), "image/svg+xml");
    let plain =
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><path d=\"M0 0h9v9z\"/></svg>";
    let plain = Some(("emoji", "a.svg", "image/svg+xml", &plain[..]));
    sends(&admin, "emoji-custom.create", &[("name", "lines")], plain).await.ok();
    let pixels = fetches(&admin, "/emoji-custom/lines.png").await;
    assert_eq!(header(&pixels, "content-type"), "image/png");
    let policy = header(&shown, "content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert_eq!(header(&shown, "x-content-type-options"), "nosniff");

    let none = fetches(&admin, "/emoji-custom/").await;
    assert_eq!((none.status.as_u16(), text(&none)), (403, "Forbidden"));
    for path in ["..%2F..%2Fetc%2Fpasswd", "nobody.png", "%00.png"] {
        let shown = fetches(&admin, &format!("/emoji-custom/{path}")).await;
        assert!(shown.status == 200 || shown.status == 400, "{path}: {}", shown.status);
        assert!(!text(&shown).contains("root:"));
    }
    let unknown = fetches(&admin, "/emoji-custom/nobody.png").await;
    assert_eq!(header(&unknown, "last-modified"), "Thu, 01 Jan 2015 00:00:00 GMT");
    assert_eq!((header(&unknown, "cache-control"), header(&unknown, "expires")), ("public, max-age=0", "-1"));
}

#[tokio::test]
async fn emoji_come_over_the_socket_too() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (admin, bob) = (server.admin().await, server.user("bob").await);
    let mut socket = server.socket().await;
    socket.resume(admin.token()).await.unwrap();
    let wish = json!({ "name": "dot", "aliases": "", "extension": "png", "newFile": true });
    let id = socket.call("insertOrUpdateEmoji", vec![wish.clone()]).await.unwrap();
    let binary: String = png(30).into_iter().map(char::from).collect();
    let file = vec![json!(binary), json!("image/png"), wish.clone()];
    socket.call("uploadEmojiCustom", file.clone()).await.unwrap();
    shows_a_picture(&admin, "/emoji-custom/dot.png").await;
    let changed = json!({ "_id": id, "name": "spot", "aliases": "", "extension": "png" });
    assert_eq!(socket.call("insertOrUpdateEmoji", vec![changed]).await.unwrap(), json!(true));
    let mut other = server.socket().await;
    other.resume(bob.token()).await.unwrap();
    for (method, params) in [
        ("insertOrUpdateEmoji", vec![wish]),
        ("uploadEmojiCustom", file),
        ("deleteEmojiCustom", vec![id.clone()]),
    ] {
        let refused = other.call(method, params).await.unwrap_err();
        assert!(refused.to_string().contains("not_authorized"), "{method}: {refused}");
    }
    assert_eq!(socket.call("deleteEmojiCustom", vec![id]).await.unwrap(), json!(true));
    shows_a_letter(&admin, "/emoji-custom/spot.png").await;
}

#[tokio::test]
async fn people_who_manage_sounds_add_change_and_remove_them() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, bob) = (server.admin().await, server.user("bob").await);
        let file = Some(("sound", "ding.wav", "audio/wav", &b"RIFF....WAVE"[..]));
        let mut socket = server.socket().await;
        socket.subscribe("notify-all", "updateCustomSound").await.unwrap();
        socket.subscribe("notify-all", "deleteCustomSound").await.unwrap();

        let refused = sends(&bob, "custom-sounds.create", &[("name", "ding")], file).await;
        assert_eq!((refused.status.as_u16(), refused.error_type()), (403, "error-unauthorized"));
        let made = sends(&admin, "custom-sounds.create", &[("name", "ding")], file).await.ok();
        let id = made["sound"]["_id"].as_str().unwrap().to_owned();
        let heard = socket.next_event_of("updateCustomSound").await.unwrap();
        assert_eq!(heard.args[0]["soundData"]["name"], "ding");
        let one = bob.get(&format!("custom-sounds.getOne?_id={id}")).await.unwrap().ok();
        assert_eq!((&one["sound"]["name"], &one["sound"]["extension"]), (&json!("ding"), &json!("wav")));
        let shown = fetches(&server.stranger(), &format!("/custom-sounds/{id}.wav")).await;
        assert_eq!((header(&shown, "content-type"), header(&shown, "expires")), ("audio/wav", "-1"));
        assert_eq!(header(&shown, "cache-control"), "public, max-age=0");

        for (name, error) in [("ding", "Custom_Sound_Error_Name_Already_In_Use"), ("a b", "")] {
            assert_eq!(
                sends(&admin, "custom-sounds.create", &[("name", name)], file).await.error_type(),
                error
            );
        }
        let page = Some(("sound", "a.wav", "text/html", &b"<script>"[..]));
        let refused = sends(&admin, "custom-sounds.create", &[("name", "page")], page).await;
        assert_eq!(refused.body["error"], "MIME type not allowed");
        let renamed = [("_id", id.as_str()), ("name", "dong")];
        sends(&admin, "custom-sounds.update", &renamed, None).await.ok();
        let heard = socket.next_event_of("updateCustomSound").await.unwrap();
        assert_eq!(heard.args[0]["soundData"]["name"], "dong");
        let missing = sends(&admin, "custom-sounds.update", &[("_id", "none"), ("name", "x")], None).await;
        assert_eq!(missing.body["error"], "Custom Sound not found.");
        let listed = bob.get("custom-sounds.list?name=ON").await.unwrap().ok();
        assert_eq!((listed["total"].as_i64(), &listed["sounds"][0]["_id"]), (Some(1), &json!(id)));

        assert_eq!(bob.post("custom-sounds.delete", &json!({ "_id": id })).await.unwrap().status, 403);
        admin.post("custom-sounds.delete", &json!({ "_id": id })).await.unwrap().ok();
        let heard = socket.next_event_of("deleteCustomSound").await.unwrap();
        assert_eq!(heard.args[0]["soundData"]["_id"], id.as_str());
        let gone = fetches(&bob, &format!("/custom-sounds/{id}.wav")).await;
        assert_eq!((gone.status.as_u16(), text(&gone)), (404, "Not found"));
        assert_eq!(fetches(&bob, "/custom-sounds/").await.status, 403);
        assert_eq!(bob.get(&format!("custom-sounds.getOne?_id={id}")).await.unwrap().status, 404);
    }
}

#[tokio::test]
async fn sounds_come_over_the_socket_too() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (admin, bob) = (server.admin().await, server.user("bob").await);
    let mut socket = server.socket().await;
    assert_eq!(socket.call("listCustomSounds", vec![]).await.unwrap(), json!([]));
    socket.resume(admin.token()).await.unwrap();
    let wish = json!({ "name": "ding", "extension": "mp3", "newFile": true });
    let id = socket.call("insertOrUpdateSound", vec![wish.clone()]).await.unwrap();
    let file = |kind: &str| {
        vec![json!("RIFF\u{ff}"), json!(kind), json!({ "_id": id, "name": "ding", "extension": "wav" })]
    };
    let refused = socket.call("uploadCustomSound", file("text/html")).await.unwrap_err();
    assert!(refused.to_string().contains("error-invalid-file-type"), "{refused}");
    socket.call("uploadCustomSound", file("audio/wav")).await.unwrap();
    let path = format!("/custom-sounds/{}.wav", id.as_str().unwrap());
    assert_eq!(header(&fetches(&admin, &path).await, "content-length"), "5");
    let mut other = server.socket().await;
    other.resume(bob.token()).await.unwrap();
    for (method, params) in [
        ("insertOrUpdateSound", vec![wish]),
        ("uploadCustomSound", file("audio/wav")),
        ("deleteCustomSound", vec![id.clone()]),
    ] {
        let refused = other.call(method, params).await.unwrap_err();
        assert!(refused.to_string().contains("not_authorized"), "{method}: {refused}");
    }
    assert_eq!(socket.call("deleteCustomSound", vec![id]).await.unwrap(), json!(true));
    assert_eq!(fetches(&admin, &path).await.status, 404);
}

#[tokio::test]
async fn administrators_replace_the_pictures_of_the_workspace() {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, bob, stranger) = (server.admin().await, server.user("bob").await, server.stranger());
        let own = fetches(&stranger, "/assets/favicon.svg").await;
        assert_eq!((own.status.as_u16(), header(&own, "content-type")), (200, "image/svg+xml"));
        assert_eq!(header(&own, "access-control-allow-origin"), "*");
        shows_a_picture(&stranger, "/assets/favicon_32.png").await;
        assert_eq!(fetches(&stranger, "/assets/background.png").await.status, 404);
        assert_eq!(fetches(&stranger, "/assets/logo.html").await.status, 403);
        assert_eq!(fetches(&stranger, "/assets/nothing.png").await.status, 404);

        let (right, wrong) = (png(32), png(33));
        let (right, wrong) = (&right[..], &wrong[..]);
        let file = |bytes| Some(("asset", "a.png", "image/png", bytes));
        let named = [("assetName", "favicon_32")];
        assert_eq!(sends(&bob, "assets.setAsset", &named, file(right)).await.status, 403);
        let refused = sends(&admin, "assets.setAsset", &named, file(wrong)).await;
        assert_eq!(refused.error_type(), "error-invalid-file-width");
        let refused = sends(&admin, "assets.setAsset", &[("assetName", "favicon")], file(right)).await;
        assert_eq!(refused.error_type(), "error-invalid-file-type");
        let refused = sends(&admin, "assets.setAsset", &[("assetName", "x")], file(right)).await;
        assert_eq!(refused.body["error"], "Invalid asset");
        assert_eq!(sends(&admin, "assets.setAsset", &named, None).await.body["error"], "[No file uploaded]");

        sends(&admin, "assets.setAsset", &named, file(right)).await.ok();
        let setting = admin.get("settings/Assets_favicon_32").await.unwrap().ok();
        assert_eq!(setting["value"]["url"], "assets/favicon_32.png");
        let shown = shows_a_picture(&stranger, "/assets/favicon_32.png").await;
        assert_eq!(header(&shown, "content-length"), right.len().to_string());
        let logo = sends(&admin, "assets.setAsset", &[("assetName", "logo")], file(right)).await;
        logo.ok();
        let jpeg = fetches(&stranger, "/assets/logo.jpg").await;
        assert_eq!(header(&jpeg, "content-type"), "image/jpeg");
        let svg = Some(("asset", "a.svg", "image/svg+xml", SVG));
        sends(&admin, "assets.setAsset", &[("assetName", "favicon")], svg).await.ok();
        let drawn = fetches(&stranger, "/assets/favicon.svg").await;
        assert!(header(&drawn, "content-security-policy").contains("sandbox"));

        assert_eq!(bob.post("assets.unsetAsset", &json!({ "assetName": "logo" })).await.unwrap().status, 403);
        admin.post("assets.unsetAsset", &json!({ "assetName": "favicon_32" })).await.unwrap().ok();
        let setting = admin.get("settings/Assets_favicon_32").await.unwrap().ok();
        assert_eq!(setting["value"].get("url"), None);
        let back = shows_a_picture(&stranger, "/assets/favicon_32.png").await;
        assert_eq!(header(&back, "cache-control"), "public, max-age=3600");
    }
}
