//! Addresses of the server itself that little is behind.

use gantry_client::Reply;
use http::Method;
use serde_json::json;

use crate::harness::TestServer;

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_time_is_told_to_everybody_and_never_kept() {
    let server = TestServer::small().await;
    let before = server.running.kernel.clock.now_millis();
    let reply = server.stranger().send(Method::GET, "/_timesync", &[], "".into()).await.unwrap();
    assert_eq!(reply.status, 200);
    assert!(header(&reply, "cache-control").contains("no-store"));
    assert!(header(&reply, "content-type").starts_with("text/plain"));
    let told = reply.body.as_i64().unwrap();
    assert!((before..=server.running.kernel.clock.now_millis()).contains(&told));
}

#[tokio::test]
async fn more_seats_are_in_the_workspace_itself() {
    let server = TestServer::small().await;
    for path in ["/requestSeats", "/links/manage-subscription"] {
        let reply = server.stranger().send(Method::GET, path, &[], "".into()).await.unwrap();
        assert_eq!(reply.status, 302, "{path}");
        assert!(!header(&reply, "location").contains("rocket.chat"), "{path}");
    }
}

#[tokio::test]
async fn tokens_are_given_for_forms_only() {
    let server = TestServer::small().await;
    let reply = server.stranger().send(Method::GET, "/oauth/token", &[], "".into()).await.unwrap();
    assert_eq!((reply.status.as_u16(), &reply.body["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn the_log_is_shown_to_those_who_may_see_it() {
    let server = TestServer::small().await;
    let (admin, user) = (server.admin().await, server.user("ann").await);
    let shown = admin.get("stdout.queue").await.unwrap().ok();
    assert!(shown["queue"].is_array(), "{shown}");
    assert_eq!(user.get("stdout.queue").await.unwrap().status, 403);
}

#[tokio::test]
async fn names_are_looked_up_for_people_who_are_signed_in() {
    let server = TestServer::small().await;
    let user = server.user("ann").await;
    for path in ["/api/v1/dns.resolve.txt", "/api/v1/dns.resolve.srv"] {
        let stranger = server.stranger().send(Method::POST, path, &[], "".into()).await.unwrap();
        assert_eq!(stranger.status, 401, "{path}");
        let nothing = user.send(Method::POST, path, &[], "".into()).await.unwrap();
        assert_eq!(
            (nothing.status.as_u16(), &nothing.body["errorType"]),
            (400, &json!("error-missing-param")),
            "{path}"
        );
        // No name can be like this, so that nobody is asked.
        let bad = user.send(Method::POST, &format!("{path}?url=a..b"), &[], "".into()).await.unwrap();
        assert_eq!(bad.status, 400, "{path}");
        assert!(bad.body["error"].as_str().unwrap().ends_with(" EBADNAME a..b"), "{}", bad.body);
    }
}
