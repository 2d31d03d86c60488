//! Accounts on file servers, and files there.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::world::{Actor, World, worlds};

const LISTING: &str = r#"<d:multistatus xmlns:d="DAV:">
    <d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>
    <d:response><d:href>/dav/a.txt</d:href><d:propstat><d:prop><d:getcontentlength>2</d:getcontentlength><d:resourcetype/></d:prop></d:propstat></d:response>
    </d:multistatus>"#;

/// A small file server: what is asked of it arrives at the receiver, the first line with the login.
async fn server() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/dav/", listener.local_addr().unwrap());
    let (sender, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (mut text, mut piece) = (Vec::new(), [0; 4096]);
            let (head, body) = loop {
                let read = socket.read(&mut piece).await.unwrap();
                text.extend_from_slice(&piece[..read]);
                let whole = String::from_utf8_lossy(&text).into_owned();
                let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                let lower = head.to_lowercase();
                let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                    break (head.to_owned(), body.to_owned());
                }
            };
            let known = head.contains("Basic YWxpY2U6c2VjcmV0") || head.contains("Bearer t0ken");
            let line = head.lines().next().unwrap().to_owned();
            let (status, content) = match line.split(' ').next().unwrap() {
                _ if !known => (401, ""),
                "PROPFIND" => (207, LISTING),
                "GET" => (200, "hi"),
                "PUT" if line.contains("taken") => (412, ""),
                _ => (201, ""),
            };
            let _ = sender.send(format!("{line} {body}"));
            let answer = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{content}",
                content.len()
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    (url, asked)
}

async fn open(world: &World) {
    world.set("Webdav_Integration_Enabled", json!(true)).await;
    world.set("SSRF_Allowlist", json!("127.0.0.1")).await;
}

async fn adds(who: &Actor<'_>, url: &str) -> String {
    let login = json!([{ "serverURL": url, "username": "alice", "password": "secret", "name": "Home" }]);
    assert_eq!(who.method("addWebdavAccount", login).await.unwrap(), true);
    let accounts = who.get("webdav.getMyAccounts", "").await.ok()["accounts"].clone();
    accounts[0]["_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_shown_without_its_password_to_its_owner_alone() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        open(&world).await;
        let (url, _asked) = server().await;
        let id = adds(&alice, &url).await;
        let shown = alice.get("webdav.getMyAccounts", "").await.ok();
        assert_eq!(
            shown["accounts"],
            json!([{ "_id": id, "serverURL": url, "username": "alice", "name": "Home" }])
        );
        assert_eq!(bob.get("webdav.getMyAccounts", "").await.ok()["accounts"], json!([]));
        let again = json!([{ "serverURL": url, "username": "alice", "password": "secret" }]);
        assert!(alice.method("addWebdavAccount", again).await.unwrap_err().is("duplicated-account"));

        let removal = json!({ "accountId": id });
        let stranger = bob.post("webdav.removeWebdavAccount", removal.clone()).await.ok();
        assert_eq!(stranger["result"], json!({ "acknowledged": true, "deletedCount": 0 }));
        let own = alice.post("webdav.removeWebdavAccount", removal).await.ok();
        assert_eq!(own["result"]["deletedCount"], 1);
        assert_eq!(alice.get("webdav.getMyAccounts", "").await.ok()["accounts"], json!([]));
        assert_eq!(alice.post("webdav.removeWebdavAccount", json!({})).await.refused(), "invalid-params");
    }
}

#[tokio::test]
async fn files_are_listed_fetched_and_stored() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        open(&world).await;
        let (url, mut asked) = server().await;
        let id = adds(&alice, &url).await;
        assert!(asked.recv().await.unwrap().starts_with("PROPFIND /dav/ "));
        let list = alice.method("getWebdavFileList", json!([id, "/"])).await.unwrap();
        assert_eq!(list["success"], true);
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "without the folder itself: {list}");
        assert_eq!(
            (&list["data"][0]["filename"], &list["data"][0]["type"], &list["data"][0]["size"]),
            (&json!("/a.txt"), &json!("file"), &json!(2))
        );
        let file = alice.method("getFileFromWebdav", json!([id, { "filename": "/a b.txt" }])).await.unwrap();
        assert_eq!(file, json!({ "success": true, "data": { "$binary": "aGk=" } }));
        let upload = async |name: &str| {
            alice.method("uploadFileToWebdav", json!([id, { "$binary": "aGk=" }, name])).await.unwrap()
        };
        assert_eq!(upload("new.txt").await, json!({ "success": true }));
        let taken = upload("taken.txt").await;
        assert_eq!(taken, json!({ "success": false, "message": "Duplicate_file_name_found" }));
        let mut lines = Vec::new();
        while let Ok(line) = asked.try_recv() {
            lines.push(line);
        }
        assert!(lines.iter().any(|line| line.starts_with("GET /dav/a%20b.txt ")), "{lines:?}");
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("PUT /dav/Rocket.Chat%20Uploads/new.txt ")
                    && line.ends_with(" hi")),
            "{lines:?}"
        );
        for (method, params) in [
            ("getWebdavFileList", json!([id, "/"])),
            ("getFileFromWebdav", json!([id, { "filename": "/a.txt" }])),
            ("uploadFileToWebdav", json!([id, "hi", "x"])),
        ] {
            let refused = bob.method(method, params).await.unwrap_err();
            assert!(refused.is("error-invalid-account"), "{method}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_token_is_replaced_and_a_wrong_login_is_refused() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        open(&world).await;
        let (url, _asked) = server().await;
        let wrong = json!([{ "serverURL": url, "username": "alice", "password": "x" }]);
        let refused = alice.method("addWebdavAccount", wrong).await.unwrap_err();
        assert!(refused.is("could-not-access-webdav"), "{refused}");
        for _ in 0..2 {
            let login =
                json!([{ "serverURL": url, "token": { "access_token": "t0ken", "token_type": "Bearer" } }]);
            assert_eq!(alice.method("addWebdavAccountByToken", login).await.unwrap(), true);
        }
        let accounts = alice.get("webdav.getMyAccounts", "").await.ok()["accounts"].clone();
        assert_eq!(accounts.as_array().unwrap().len(), 1);
        assert!(!accounts.to_string().contains("t0ken"));
        let refused = alice.method("addWebdavAccount", json!([{ "serverURL": url }])).await.unwrap_err();
        assert!(refused.is("400"), "{refused}");
    }
}

#[tokio::test]
async fn nobody_reaches_private_servers_or_uses_what_is_switched_off() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let (url, mut asked) = server().await;
        let login = json!([{ "serverURL": url, "username": "alice", "password": "secret" }]);
        let refused = alice.method("addWebdavAccount", login.clone()).await.unwrap_err();
        assert!(refused.is("error-not-allowed"), "{refused}");
        for method in ["getWebdavFileList", "getFileFromWebdav", "getWebdavFilePreview", "uploadFileToWebdav"]
        {
            let params: Value = match method {
                "getFileFromWebdav" => json!(["x", { "filename": "y" }]),
                "uploadFileToWebdav" => json!(["x", "y", "z"]),
                _ => json!(["x", "/"]),
            };
            assert!(alice.method(method, params).await.unwrap_err().is("error-not-allowed"), "{method}");
        }
        world.set("Webdav_Integration_Enabled", json!(true)).await;
        let refused = alice.method("addWebdavAccount", login).await.unwrap_err();
        assert!(refused.is("could-not-access-webdav"), "{refused}");
        assert!(asked.try_recv().is_err(), "the server of this machine was not asked");
        assert!(
            alice
                .method("getWebdavFilePreview", json!(["x", "/"]))
                .await
                .unwrap_err()
                .is("error-not-allowed"),
            "without a Nextcloud there are no previews"
        );
    }
}
