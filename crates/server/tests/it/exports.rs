//! Taking one's own data along.

use gantry_client::Client;
use gantry_messaging::exports::ArchiveReady;
use http::Method;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::files::{share, upload};
use crate::harness::TestServer;

fn archives(server: &TestServer) -> UnboundedReceiver<String> {
    let (ready, archives) = unbounded_channel();
    server.running.kernel.events.on::<ArchiveReady, _>(move |_kernel, event| {
        let _ = ready.send(event.file_id.clone());
        Box::pin(async {})
    });
    archives
}

async fn fetches(who: &Client, path: &str) -> (u16, String) {
    let reply = who.send(Method::GET, path, &[], "".into()).await.unwrap();
    (reply.status.as_u16(), reply.body.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_archive_holds_what_was_said_and_is_for_its_owner_alone() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (ann, bob) = (server.user("ann").await, server.user("bob").await);
        for (who, text) in [(&ann, "<b>from ann</b>"), (&bob, "from the other")] {
            who.post("channels.join", &json!({ "roomId": "GENERAL" })).await.unwrap();
            let message = json!({ "message": { "rid": "GENERAL", "msg": text } });
            who.post("chat.sendMessage", &message).await.unwrap().ok();
        }
        let mut ready = archives(&server);
        for (full, seen) in [("false", "&lt;b&gt;from ann&lt;/b&gt;"), ("true", "<b>from ann</b>")] {
            let asked =
                ann.get_with("users.requestDataDownload", &[("fullExport", full)]).await.unwrap().ok();
            assert_eq!(asked["requested"], true, "{asked}");
            assert_eq!(asked["exportOperation"]["status"], "pending");
            assert_eq!(asked["exportOperation"]["fullExport"].to_string(), full);
            assert!(!asked.to_string().contains("services"), "{asked}");
            let path = format!("/data-export/{}", ready.recv().await.unwrap());
            let (status, archive) = fetches(&ann, &path).await;
            assert_eq!(status, 200);
            assert!(archive.starts_with("PK") && archive.contains(seen), "{archive}");
            assert!(
                archive.contains("from the other") && archive.contains("User_2") && !archive.contains("bob")
            );
            assert_eq!(fetches(&bob, &path).await.0, 403);
            assert_eq!(fetches(&server.stranger(), &path).await.0, 403);
            assert_eq!(fetches(&ann, "/data-export/unknown").await.0, 404);
            let again =
                ann.get_with("users.requestDataDownload", &[("fullExport", full)]).await.unwrap().ok();
            assert_eq!(again["requested"], false, "one a day");
            let mut socket = server.socket().await;
            socket.resume(ann.token()).await.unwrap();
            let result = socket
                .call("requestDataDownload", vec![json!({ "fullExport": full == "true" })])
                .await
                .unwrap();
            assert_eq!(result["url"], path.as_str());
        }
    }
}

#[tokio::test]
async fn an_archive_holds_the_files_of_ones_rooms_and_no_others() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    ann.post("channels.join", &json!({ "roomId": "GENERAL" })).await.unwrap();
    let sent = share(&ann, "GENERAL", ("plan/b.txt", "text/plain"), b"the plan").await;
    let sent = sent["file"]["_id"].as_str().unwrap();
    let secret = bob.post("groups.create", &json!({ "name": "secret" })).await.unwrap().ok();
    let rid = secret["group"]["_id"].as_str().unwrap();
    let foreign = share(&bob, rid, ("c.txt", "text/plain"), b"not hers").await["file"]["_id"].clone();
    let unsent = upload(&bob, "GENERAL", ("d.txt", "text/plain"), b"not sent yet").await.ok();
    // A message may name any file.
    let named = json!({ "rid": "GENERAL", "msg": "y", "file": { "_id": unsent["file"]["_id"], "name": "d.txt", "type": "text/plain" } });
    ann.post("chat.sendMessage", &json!({ "message": named })).await.unwrap().ok();
    let named = json!({ "rid": "GENERAL", "msg": "x", "file": { "_id": foreign, "name": "c.txt", "type": "text/plain" } });
    ann.post("chat.sendMessage", &json!({ "message": named })).await.unwrap();
    let mut ready = archives(&server);
    ann.get("users.requestDataDownload").await.unwrap().ok();
    let (status, archive) = fetches(&ann, &format!("/data-export/{}", ready.recv().await.unwrap())).await;
    assert_eq!(status, 200);
    assert!(archive.contains(&format!("assets/{sent}-")) && archive.contains("the plan"), "{archive}");
    assert!(archive.contains(&format!("href=\"./assets/{sent}-")), "the page links to it: {archive}");
    assert!(!archive.contains("not hers") && !archive.contains("not sent yet"));
}
