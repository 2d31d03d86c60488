//! The pictures that people begin with.

use std::sync::Arc;

use gantry_accounts::Accounts;
use gantry_accounts::avatars::AvatarChanged;
use gantry_kernel::outgoing::Policy;
use gantry_kernel::settings::Environment;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::workspace::{Workspace, each, each_with};

/// A picture.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbaImage::new(2, 2).write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// What an address is known by.
fn hash(address: &str) -> String {
    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(address))
}

/// A service that has a picture for every address, once it is `let_in`. Tells what it is asked for.
async fn service(workspace: &Workspace, let_in: Arc<Notify>) -> UnboundedReceiver<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/avatar", listener.local_addr().expect("an address"));
    Accounts::of(&workspace.kernel)
        .ask_for_pictures_at(&address, Policy { private: true, ..Policy::default() });
    let (asked, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.expect("a request");
            let line =
                String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
            let _ = asked.send(line);
            let_in.notified().await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                png().len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&png()).await;
        }
    });
    receiver
}

/// The names of those who get a picture, as they get it.
fn pictures(workspace: &Workspace) -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    workspace.kernel.events.on::<AvatarChanged, _>(move |_kernel, event| {
        let _ = sender.send(event.username.clone());
        Box::pin(async {})
    });
    receiver
}

async fn registers(workspace: &Workspace, name: &str) -> Value {
    let body = json!({
        "username": name, "name": name, "email": format!("{name}@example.com"), "pass": "a long secret",
    });
    let (status, answer) = workspace.stranger().posts("users.register", body).await;
    assert_eq!(status, 200, "{answer}");
    answer["user"].clone()
}

#[tokio::test]
async fn somebody_new_gets_the_picture_of_the_address_and_waits_for_nobody() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let let_in = Arc::new(Notify::new());
        let mut asked = service(&workspace, let_in.clone()).await;
        let mut pictures = pictures(&workspace);
        // The service has not answered yet when this returns.
        let user = registers(&workspace, "ann").await;
        assert!(user.get("avatarETag").is_none());
        let line = asked.recv().await.expect("a request");
        assert_eq!(line, format!("GET /avatar/{}?d=404&s=200 HTTP/1.1", hash("ann@example.com")));
        let_in.notify_one();
        assert_eq!(pictures.recv().await.as_deref(), Some("ann"));
        let (_, info) = root.gets("users.info?username=ann").await;
        assert!(info["user"]["avatarETag"].is_string(), "{info}");

        // Who chooses in the meantime has chosen.
        registers(&workspace, "bob").await;
        asked.recv().await.expect("a request");
        let chosen = format!(
            "data:image/png;base64,{}",
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, png())
        );
        let bob = root.gets("users.info?username=bob").await.1["user"]["_id"].clone();
        root.invokes("setAvatarFromService", json!([chosen, "image/png", "upload", bob]))
            .await
            .expect("a picture");
        let before = root.gets("users.info?username=bob").await.1["user"]["avatarETag"].clone();
        let_in.notify_one();
        registers(&workspace, "cat").await;
        asked.recv().await.expect("a request");
        let_in.notify_one();
        while pictures.recv().await.expect("a picture") != "cat" {}
        assert_eq!(root.gets("users.info?username=bob").await.1["user"]["avatarETag"], before);
    })
    .await;
}

#[tokio::test]
async fn a_workspace_that_wants_no_such_pictures_asks_nobody() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let mut asked = service(&workspace, Arc::new(Notify::new())).await;
        for (wanted, name) in [(false, "ann"), (true, "bob")] {
            let set = root.posts("settings/Accounts_SetDefaultAvatar", json!({ "value": wanted })).await;
            assert_eq!(set.0, 200);
            registers(&workspace, name).await;
            workspace.kernel.events.quiesce().await;
        }
        let line = asked.recv().await.expect("a request");
        assert!(line.contains(&hash("bob@example.com")), "{line}");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_brings_no_picture_where_addresses_are_confirmed() {
    let confirmed = [
        ("OVERWRITE_SETTING_SMTP_Host", "127.0.0.1"),
        ("OVERWRITE_SETTING_Accounts_EmailVerification", "true"),
    ];
    each_with(confirmed.into_iter().collect::<Environment>(), |_within| {}, async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let let_in = Arc::new(Notify::new());
        let mut asked = service(&workspace, let_in.clone()).await;
        let mut pictures = pictures(&workspace);
        registers(&workspace, "eve").await;
        let body = json!({
            "username": "ann", "name": "Ann", "email": "ann@example.com", "password": "secret", "verified": true,
        });
        assert_eq!(root.posts("users.create", body).await.0, 200);
        let_in.notify_one();
        assert_eq!(pictures.recv().await.as_deref(), Some("ann"));
        let line = asked.recv().await.expect("a request");
        assert!(line.contains(&hash("ann@example.com")), "the first who is asked for: {line}");
    })
    .await;
}
