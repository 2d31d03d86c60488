//! Invitations over the wire: from the link to the room, and letters.

use std::sync::Arc;

use gantry_accounts::mail::Mail;
use gantry_client::Client;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::harness::TestServer;

async fn set(admin: &Client, setting: &str, value: Value) {
    admin.post(&format!("settings/{setting}"), &json!({ "value": value })).await.unwrap().ok();
}

/// Registers somebody without a username, with a secret.
async fn register(server: &TestServer, name: &str, secret: &str) -> bool {
    let form = json!({
        "email": format!("{name}@example.org"), "pass": "correct horse battery", "name": name, "secretURL": secret,
    });
    server.socket().await.call("registerUser", vec![form]).await.is_ok()
}

#[tokio::test]
async fn an_invitation_leads_through_the_closed_registration_into_the_room() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let (admin, alice) = (server.admin().await, server.user("alice").await);
        let group = alice.post("groups.create", &json!({ "name": "den" })).await.unwrap().ok();
        let rid = group["group"]["_id"].clone();
        let mut socket = server.socket().await;
        socket.resume(alice.token()).await.unwrap();
        socket.subscribe("notify-user", &format!("{}/updateInvites", alice.uid())).await.unwrap();
        let terms = json!({ "rid": rid, "days": 1, "maxUses": 0 });
        let invite = alice.post("findOrCreateInvite", &terms).await.unwrap().ok();
        let told = socket.next_event().await.unwrap();
        assert_eq!(told.args[0]["invite"]["_id"], invite["_id"]);
        let token = invite["_id"].as_str().unwrap();
        set(&admin, "Accounts_RegistrationForm", json!("Secret URL")).await;
        assert!(!register(&server, "eve", "no invitation").await);
        assert!(register(&server, "nell", token).await);
        let nell = server.stranger().login("nell@example.org", "correct horse battery").await.unwrap();
        nell.post("useInviteToken", &json!({ "token": token })).await.unwrap().ok();
        let members = |body: Value| body["group"]["usersCount"].clone();
        let query = [("roomName", "den")];
        assert_eq!(members(alice.get_with("groups.info", &query).await.unwrap().ok()), 1);
        let mut socket = server.socket().await;
        socket.resume(nell.token()).await.unwrap();
        socket.call("setUsername", vec![json!("nell")]).await.unwrap();
        assert_eq!(members(alice.get_with("groups.info", &query).await.unwrap().ok()), 2);
        assert_eq!(members(nell.get_with("groups.info", &query).await.unwrap().ok()), 2);
    }
}

#[tokio::test]
async fn letters_go_to_addresses_and_are_counted() {
    let server = TestServer::start_with(gantry_store::Engine::Sqlite, |config| config.test_mode = true).await;
    let admin = server.admin().await;
    let wanted = json!({ "emails": ["friend@example.org", "nobody", "friend@example.org"] });
    let refused = admin.post("sendInvitationEmail", &wanted).await.unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.body["error"].as_str().unwrap().contains("error-email-send-failed"));
    let letters: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = letters.clone();
    server.running.kernel.events.on::<Mail, _>(move |_, mail| {
        seen.lock().push(mail.to.clone());
        Box::pin(async {})
    });
    set(&admin, "SMTP_Host", json!("127.0.0.1")).await;
    admin.post("sendInvitationEmail", &wanted).await.unwrap().ok();
    server.running.kernel.events.quiesce().await;
    assert_eq!(*letters.lock(), ["friend@example.org"]);
    let count = server.running.kernel.settings.value("Invitation_Email_Count");
    assert_eq!(count.and_then(|value| value.as_i64()), Some(1));
}
