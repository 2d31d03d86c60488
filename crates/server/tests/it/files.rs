//! Files in rooms, as clients send and fetch them.

use std::io::Cursor;

use gantry_client::{Client, Reply};
use gantry_kernel::caller::Ctx;
use gantry_kernel::clock::Clock;
use gantry_messaging::files;
use gantry_protocol::Timestamp;
use gantry_store::testing::engines;
use http::Method;
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::harness::{TestServer, environment};

const BOUNDARY: &str = "----a-boundary";

/// A part of a form: its name, the file name and media type if it is a file, and what is in it.
pub(crate) struct Part<'a>(pub(crate) &'a str, pub(crate) Option<(&'a str, &'a str)>, pub(crate) &'a [u8]);

pub(crate) async fn send_form(who: &Client, path: &str, parts: &[Part<'_>]) -> Reply {
    let mut body = Vec::new();
    for Part(name, file, bytes) in parts {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if let Some((file, kind)) = file {
            body.extend_from_slice(format!("; filename=\"{file}\"\r\nContent-Type: {kind}").as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    who.send(Method::POST, &format!("/api/v1/{path}"), &[("content-type", &kind)], body.into()).await.unwrap()
}

/// Uploads one file; the answer's `file`.
pub(crate) async fn upload(who: &Client, rid: &str, (name, kind): (&str, &str), bytes: &[u8]) -> Reply {
    send_form(who, &format!("rooms.media/{rid}"), &[Part("file", Some((name, kind)), bytes)]).await
}

/// Uploads one file and sends it; the message.
pub(crate) async fn share(who: &Client, rid: &str, file: (&str, &str), bytes: &[u8]) -> Value {
    let uploaded = upload(who, rid, file, bytes).await.ok();
    let id = uploaded["file"]["_id"].as_str().unwrap();
    let path = format!("rooms.mediaConfirm/{rid}/{id}");
    who.post(&path, &json!({ "msg": "look", "description": "a caption" })).await.unwrap().ok()["message"]
        .clone()
}

async fn fetch(who: &Client, path: &str, headers: &[(&str, &str)]) -> Reply {
    who.send(Method::GET, path, headers, "".into()).await.unwrap()
}

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 9]))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

async fn group(owner: &Client, members: &[&str]) -> String {
    let made =
        owner.post("groups.create", &json!({ "name": "vault", "members": members })).await.unwrap().ok();
    made["group"]["_id"].as_str().unwrap().to_owned()
}

async fn set(admin: &Client, id: &str, value: Value) {
    admin.post(&format!("settings/{id}"), &json!({ "value": value })).await.unwrap().ok();
}

async fn start(engine: gantry_store::Engine) -> TestServer {
    TestServer::start_with(engine, |config| {
        config.test_mode = true;
        config.clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        config.environment = environment(&[("ROOT_URL", "http://chat.example")]);
    })
    .await
}

fn url_of(message: &Value) -> String {
    message["attachments"][0]["title_link"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_is_sent_with_a_preview_and_fetched_by_members_only() {
    for engine in engines() {
        let server = start(engine).await;
        let (admin, ann, bob) = (server.admin().await, server.user("ann").await, server.user("bob").await);
        let rid = group(&ann, &["admin"]).await;
        let picture = png(1000, 500);
        let message = share(&ann, &rid, ("my cat?.png", "image/png"), &picture).await;

        let attachment = &message["attachments"][0];
        assert_eq!(message["msg"], "look");
        assert_eq!(attachment["type"], "file");
        assert_eq!(attachment["title"], "my cat?.png");
        assert_eq!(attachment["description"], "a caption");
        assert_eq!(attachment["title_link_download"], true);
        assert_eq!(attachment["image_type"], "image/png");
        assert_eq!(attachment["image_dimensions"], json!({ "width": 480, "height": 240 }));
        assert!(attachment["image_preview"].as_str().unwrap().len() > 100);
        assert_eq!(message["files"].as_array().unwrap().len(), 2);
        assert_eq!(message["file"]["_id"], message["files"][0]["_id"]);
        assert_eq!(message["files"][1]["name"], "thumb-my cat?.png");

        let url = url_of(&message);
        assert!(url.starts_with("/file-upload/") && url.ends_with("/my%20cat?.png"));
        let whole = fetch(&admin, &url, &[]).await;
        assert_eq!(whole.status, 200);
        assert!(whole.bytes == picture);
        assert_eq!(header(&whole, "content-type"), "image/png");
        assert_eq!(header(&whole, "content-length"), picture.len().to_string());
        assert_eq!(header(&whole, "content-disposition"), "attachment; filename*=UTF-8''my%20cat%3F.png");
        let thumb = fetch(&admin, attachment["image_url"].as_str().unwrap(), &[]).await;
        assert_eq!(image::load_from_memory(&thumb.bytes).unwrap().width(), 480);

        let part = fetch(&admin, &url, &[("range", "bytes=1-3")]).await;
        assert_eq!((part.status.as_u16(), &part.bytes[..]), (206, &b"PNG"[..]));
        assert_eq!(header(&part, "content-range"), format!("bytes 1-3/{}", picture.len()));
        assert_eq!(fetch(&admin, &url, &[("range", "bytes=999999999-")]).await.status, 416);
        let tag = header(&whole, "etag").to_owned();
        assert_eq!(fetch(&admin, &url, &[("if-none-match", &tag)]).await.status, 304);

        assert_eq!(fetch(&bob, &url, &[]).await.status, 403);
        assert_eq!(fetch(&server.stranger(), &url, &[]).await.status, 403);
        let cookie = format!("rc_uid={}; rc_token={}", admin.uid(), admin.token());
        assert_eq!(fetch(&server.stranger(), &url, &[("cookie", &cookie)]).await.status, 200);
        let plain = url.split('?').next().unwrap();
        let query = format!("{plain}?rc_uid={}&rc_token={}", bob.uid(), bob.token());
        assert_eq!(fetch(&server.stranger(), &query, &[]).await.status, 403);
        let old = url.replace("/file-upload/", "/ufs/GridFS:Uploads/");
        assert_eq!(fetch(&admin, &old, &[]).await.status, 200);
        assert_eq!(fetch(&bob, &old, &[]).await.status, 403);
        set(&admin, "FileUpload_ProtectFiles", false.into()).await;
        assert_eq!(fetch(&server.stranger(), &url, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn nothing_that_a_browser_would_run_is_shown() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let ann = server.user("ann").await;
    let rid = group(&ann, &[]).await;
    for (name, kind) in
        [("x.html", "text/html"), ("x.xhtml", "application/xhtml+xml"), ("x.js", "text/javascript")]
    {
        let message = share(&ann, &rid, (name, kind), b"<script>alert(1)</script>").await;
        let reply = fetch(&ann, &format!("{}?contentDisposition=inline", url_of(&message)), &[]).await;
        assert!(header(&reply, "content-disposition").starts_with("attachment"), "{name}");
        assert!(header(&reply, "content-security-policy").contains("default-src 'none'"));
        assert!(header(&reply, "content-security-policy").contains("sandbox"));
        assert_eq!(header(&reply, "x-content-type-options"), "nosniff");
    }
    let message = share(&ann, &rid, ("x.png", "image/png"), &png(5, 5)).await;
    let reply = fetch(&ann, &format!("{}?contentDisposition=inline", url_of(&message)), &[]).await;
    assert!(header(&reply, "content-disposition").starts_with("inline"));
    let svg = upload(&ann, &rid, ("x.svg", "image/svg+xml"), b"<svg/>").await;
    assert_eq!(svg.error_type(), "error-invalid-file-type", "blocked by default");
}

#[tokio::test]
async fn a_bad_form_is_refused_and_leaves_nothing() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let (admin, ann, bob) = (server.admin().await, server.user("ann").await, server.user("bob").await);
    let rid = group(&ann, &[]).await;
    let path = format!("rooms.media/{rid}");
    let file = |name| Part(name, Some(("a.txt", "text/plain")), b"hello");
    let error = async |parts: &[Part<'_>]| {
        let reply = send_form(&ann, &path, parts).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        reply.body["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(&[file("test")]).await, "[invalid-field]");
    assert_eq!(error(&[file("file"), file("file")]).await, "Just 1 file is allowed");
    assert_eq!(error(&[Part("msg", None, b"hi")]).await, "[No file uploaded]");
    assert_eq!(error(&[]).await, "[No file or fields were uploaded]");
    assert_eq!(error(&[Part("content", None, b"{"), file("file")]).await, "[invalid-field-content]");
    set(&admin, "FileUpload_MaxFileSize", 4.into()).await;
    assert_eq!(error(&[file("file")]).await, "[error-file-too-large]");
    set(&admin, "FileUpload_MaxFileSize", 1000.into()).await;
    set(&admin, "FileUpload_MediaTypeWhiteList", "image/*".into()).await;
    assert!(error(&[file("file")]).await.ends_with("[error-invalid-file-type]"));
    set(&admin, "FileUpload_Enabled", false.into()).await;
    assert!(error(&[file("file")]).await.ends_with("[error-file-upload-disabled]"));
    assert_eq!(send_form(&bob, &path, &[file("file")]).await.status, 403);
    assert_eq!(send_form(&server.stranger(), &path, &[file("file")]).await.status, 401);
    let listed = ann.get(&format!("groups.files?roomId={rid}")).await.unwrap().ok();
    assert_eq!(listed["total"], 0);
    let cut = ann
        .send(
            Method::POST,
            &format!("/api/v1/{path}"),
            &[("content-type", "multipart/form-data; boundary=x")],
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf".into(),
        )
        .await
        .unwrap();
    assert_eq!(cut.status, 400, "{}", cut.body);
}

#[tokio::test]
async fn an_upload_is_its_senders_until_it_is_sent_and_goes_after_a_day() {
    for engine in engines() {
        let server = start(engine).await;
        let (ann, bob) = (server.user("ann").await, server.user("bob").await);
        let rid = group(&ann, &["bob"]).await;
        let uploaded = upload(&ann, &rid, ("plan.txt", "text/plain"), b"secret plan").await.ok();
        let (id, url) =
            (uploaded["file"]["_id"].as_str().unwrap(), uploaded["file"]["url"].as_str().unwrap());
        assert_eq!(fetch(&ann, url, &[]).await.status, 200);
        assert_eq!(fetch(&bob, url, &[]).await.status, 403, "nobody has sent it");
        let stolen = bob.post(&format!("rooms.mediaConfirm/{rid}/{id}"), &json!({})).await.unwrap();
        assert_eq!((stolen.status.as_u16(), stolen.error_type()), (400, "invalid-file"));

        let kept = share(&ann, &rid, ("kept.txt", "text/plain"), b"kept").await;
        files::clean(&server.running.kernel).await.unwrap();
        assert_eq!(fetch(&ann, url, &[]).await.status, 200, "not yet");
        server.running.kernel.clock.advance(24 * 60 * 60 * 1000);
        files::clean(&server.running.kernel).await.unwrap();
        assert_eq!(fetch(&ann, url, &[]).await.status, 404);
        assert_eq!(server.running.kernel.files.size(&format!("uploads/{id}")).await.unwrap(), None);
        assert_eq!(fetch(&bob, &url_of(&kept), &[]).await.bytes, "kept");
    }
}

#[tokio::test]
async fn a_file_goes_with_its_message_its_room_and_a_prune() {
    for engine in engines() {
        let server = start(engine).await;
        let (admin, ann) = (server.admin().await, server.user("ann").await);
        let rid = group(&ann, &["admin"]).await;
        let kernel = server.running.kernel.clone();
        let stored = async |message: &Value| {
            files::clean(&kernel).await.unwrap();
            let id = message["file"]["_id"].as_str().unwrap();
            kernel.files.size(&format!("uploads/{id}")).await.unwrap().is_some()
        };
        let picture = png(600, 600);
        let delete = async |message: &Value| {
            let body = json!({ "roomId": rid, "msgId": message["_id"] });
            ann.post("chat.delete", &body).await.unwrap().ok();
        };
        let total =
            async || ann.get(&format!("groups.files?roomId={rid}")).await.unwrap().ok()["total"].clone();

        let hidden = share(&ann, &rid, ("hidden.png", "image/png"), &picture).await;
        set(&admin, "Message_KeepHistory", true.into()).await;
        delete(&hidden).await;
        assert!(stored(&hidden).await, "history is kept");
        assert_eq!(total().await, 0);
        assert_eq!(fetch(&admin, &url_of(&hidden), &[]).await.status, 403);
        set(&admin, "Message_KeepHistory", false.into()).await;

        let gone = share(&ann, &rid, ("gone.png", "image/png"), &picture).await;
        assert_eq!(total().await, 1, "the preview is not listed");
        delete(&gone).await;
        assert!(!stored(&gone).await);
        assert_eq!(fetch(&ann, &url_of(&gone), &[]).await.status, 404);
        assert_eq!(fetch(&ann, gone["attachments"][0]["image_url"].as_str().unwrap(), &[]).await.status, 404);

        let pruned = share(&ann, &rid, ("pruned.txt", "text/plain"), b"pruned").await;
        let all = json!({
            "roomId": rid, "latest": "2100-01-01T00:00:00.000Z", "oldest": "2000-01-01T00:00:00.000Z",
            "filesOnly": true,
        });
        let count = admin.post("rooms.cleanHistory", &all).await.unwrap().ok();
        assert_eq!(count["count"], 1);
        assert!(!stored(&pruned).await);
        let id = pruned["_id"].as_str().unwrap();
        let left = ann.get(&format!("chat.getMessage?msgId={id}")).await.unwrap().ok();
        assert_eq!(left["message"]["attachments"][0]["type"], "removed-file");
        assert_eq!(left["message"]["msg"], "look");

        let last = share(&ann, &rid, ("last.txt", "text/plain"), b"last").await;
        ann.post("groups.delete", &json!({ "roomId": rid })).await.unwrap().ok();
        assert!(!stored(&last).await);
    }
}

#[tokio::test]
async fn who_may_delete_the_message_may_remove_its_file() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let rid = group(&ann, &["bob"]).await;
    let message = share(&ann, &rid, ("a.png", "image/png"), &png(600, 600)).await;
    let id = json!({ "fileId": message["file"]["_id"] });
    let refused = bob.post("uploads.delete", &id).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.body);
    let removed = ann.post("uploads.delete", &id).await.unwrap().ok();
    assert_eq!(removed["deletedFiles"].as_array().unwrap().len(), 2, "and its preview");
    let message_id = message["_id"].as_str().unwrap();
    let left = bob.get(&format!("chat.getMessage?msgId={message_id}")).await.unwrap().ok();
    assert_eq!(left["message"]["attachments"][0]["type"], "removed-file");
    assert_eq!(left["message"]["files"], json!([]));
    assert_eq!(ann.post("uploads.delete", &id).await.unwrap().status, 404);
}

#[tokio::test]
async fn a_message_cannot_claim_somebody_elses_file() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let rid = group(&ann, &[]).await;
    let message = share(&ann, &rid, ("a.txt", "text/plain"), b"mine").await;
    let id = &message["file"]["_id"];
    let fake = json!({ "message": {
        "rid": "GENERAL", "msg": "x", "file": { "_id": id, "name": "a.txt", "type": "text/plain" },
        "files": [{ "_id": id, "name": "a.txt", "type": "text/plain" }],
    } });
    let posted = bob.post("chat.sendMessage", &fake).await.unwrap().ok();
    let body = json!({ "roomId": "GENERAL", "msgId": posted["message"]["_id"] });
    bob.post("chat.delete", &body).await.unwrap().ok();
    files::clean(&server.running.kernel).await.unwrap();
    assert_eq!(fetch(&ann, &url_of(&message), &[]).await.bytes, "mine");
}

#[tokio::test]
async fn a_signed_link_opens_its_file_for_an_hour() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    let rid = group(&ann, &[]).await;
    let message = share(&ann, &rid, ("a.txt", "text/plain"), b"one").await;
    let other = share(&ann, &rid, ("b.txt", "text/plain"), b"two").await;
    let id = message["file"]["_id"].as_str().unwrap();
    let kernel = &server.running.kernel;
    let sign = || files::token::sign(&Ctx::internal(kernel), &rid, ann.uid(), id).unwrap();
    assert_eq!(sign(), None, "no secret, no links");
    set(&admin, "FileUpload_json_web_token_secret_for_files", "a secret".into()).await;
    let token = sign().unwrap();
    let stranger = server.stranger();
    let with = |message: &Value, token: &str| format!("{}?token={token}", url_of(message));
    assert_eq!(fetch(&stranger, &with(&message, &token), &[]).await.bytes, "one");
    assert_eq!(fetch(&stranger, &with(&other, &token), &[]).await.status, 403, "made for another file");
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(fetch(&stranger, &with(&message, &format!("{signed}.AAAA")), &[]).await.status, 403);
    kernel.clock.advance(60 * 60 * 1000);
    assert_eq!(fetch(&stranger, &with(&message, &token), &[]).await.status, 403, "an hour later");
}

#[tokio::test]
async fn a_path_leads_to_no_other_file() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let ann = server.user("ann").await;
    for path in [
        "/file-upload/..%2f..%2fgantry.db/x",
        "/file-upload/../../gantry.db",
        "/file-upload/%2e%2e/%2e%2e/gantry.db",
        "/ufs/GridFS:Uploads/..%2fgantry.db",
        "/ufs/GridFS:Avatars/x",
        "/file-decrypt/x",
        "/file-upload/nothing/x",
    ] {
        assert_eq!(fetch(&ann, path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(fetch(&ann, "/file-upload/a%00b/x", &[]).await.status, 400);
}

#[tokio::test]
async fn lists_are_for_readers_and_find_by_name_and_kind() {
    for engine in engines() {
        let server = start(engine).await;
        let (ann, bob) = (server.user("ann").await, server.user("bob").await);
        let rid = group(&ann, &[]).await;
        let picture = share(&ann, &rid, ("Ähre.png", "image/png"), &png(5, 5)).await;
        server.running.kernel.clock.advance(1000);
        share(&ann, &rid, ("100%.txt", "text/plain"), b"x").await;
        upload(&ann, &rid, ("waiting.txt", "text/plain"), b"x").await.ok();
        let list = async |more: &str| {
            let listed = ann.get(&format!("groups.files?roomId={rid}{more}")).await.unwrap().ok();
            let names = listed["files"].as_array().unwrap().iter().map(|file| file["name"].clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(list("").await, ["100%.txt", "waiting.txt", "Ähre.png"]);
        assert_eq!(list("&onlyConfirmed=true").await, ["100%.txt", "Ähre.png"]);
        assert_eq!(list("&name=%C3%A4HRE").await, ["Ähre.png"]);
        assert_eq!(list("&name=%25").await, ["100%.txt"]);
        assert_eq!(list("&typeGroup=image").await, ["Ähre.png"]);
        assert_eq!(list("&count=1&offset=1").await, ["waiting.txt"]);
        let listed = ann.get(&format!("groups.files?roomId={rid}&typeGroup=image")).await.unwrap().ok();
        assert_eq!(listed["files"][0]["user"]["username"], "ann");
        assert!(listed["files"][0]["uploadedAt"].is_string());
        assert_eq!(
            bob.get(&format!("groups.files?roomId={rid}")).await.unwrap().error_type(),
            "error-room-not-found"
        );

        let images = ann.get(&format!("rooms.images?roomId={rid}")).await.unwrap().ok();
        assert_eq!(images["files"][0]["_id"], picture["file"]["_id"]);
        assert_eq!(images["total"], 1);
        assert_eq!(bob.get(&format!("rooms.images?roomId={rid}")).await.unwrap().status, 403);

        let direct = ann.post("im.create", &json!({ "username": "bob" })).await.unwrap().ok();
        let direct = direct["room"]["_id"].as_str().unwrap();
        share(&ann, direct, ("d.txt", "text/plain"), b"x").await;
        let listed = bob.get("im.files?username=ann").await.unwrap().ok();
        assert_eq!((listed["total"].as_i64(), &listed["files"][0]["name"]), (Some(1), &json!("d.txt")));
    }
}

#[tokio::test]
async fn an_encrypted_file_says_nothing_of_what_it_is() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    set(&admin, "FileUpload_MediaTypeWhiteList", "image/*".into()).await;
    let rid = group(&ann, &[]).await;
    let content = br#"{"algorithm":"rc.v1.aes-sha2","ciphertext":"x"}"#;
    let form =
        [Part("content", None, content), Part("file", Some(("cat.jpg", "image/jpeg")), b"\x00\x01\x02")];
    let uploaded = send_form(&ann, &format!("rooms.media/{rid}"), &form).await.ok();
    let id = uploaded["file"]["_id"].as_str().unwrap();
    let sent = ann.post(&format!("rooms.mediaConfirm/{rid}/{id}"), &json!({})).await.unwrap().ok();
    assert_eq!(sent["message"]["files"][0]["type"], "application/octet-stream");
    assert_eq!(sent["message"]["files"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sockets_send_and_delete_files_too() {
    let server = start(gantry_store::Engine::Sqlite).await;
    let ann = server.user("ann").await;
    let rid = group(&ann, &[]).await;
    let uploaded = upload(&ann, &rid, ("a.txt", "text/plain"), b"hello").await.ok();
    let id = &uploaded["file"]["_id"];
    let mut socket = server.socket().await;
    socket.call("login", vec![json!({ "resume": ann.token() })]).await.unwrap();
    let file = json!({ "_id": id, "name": "a.txt", "type": "text/plain", "size": 5 });
    let params = vec![json!(rid), Value::Null, file, json!({ "msg": "from a socket" })];
    let message = socket.call("sendFileMessage", params).await.unwrap();
    assert_eq!((&message["msg"], &message["file"]["_id"]), (&json!("from a socket"), id));
    let bad = vec![json!(rid), Value::Null, json!({ "_id": id }), Value::Null];
    assert!(
        socket.call("sendFileMessage", bad).await.unwrap_err().to_string().contains("error-invalid-file")
    );
    socket.call("deleteFileMessage", vec![id.clone()]).await.unwrap();
    assert_eq!(fetch(&ann, &url_of(&message), &[]).await.status, 404);
}

#[tokio::test]
async fn a_form_that_begins_with_nothing_is_not_collected() {
    let server = TestServer::small().await;
    let ann = server.user("ann").await;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", kind.as_str())];
    let body = vec![b'x'; 3 << 20];
    let reply = ann.send(Method::POST, "/api/v1/rooms.media/GENERAL", &headers, body.into());
    let reply = reply.await.unwrap();
    assert_eq!(reply.status, 400);
    assert!(reply.body["error"].as_str().unwrap().contains("headers are too long"), "{}", reply.body);
}
