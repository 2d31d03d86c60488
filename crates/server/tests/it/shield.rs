//! The picture for web pages.

use http::Method;
use serde_json::json;

use crate::harness::TestServer;

#[tokio::test]
async fn a_shield_is_for_everybody_unless_it_is_switched_off() {
    let server = TestServer::small().await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    let get = async |query: &str| {
        let path = format!("/api/v1/shield.svg?{query}");
        stranger.send(Method::GET, &path, &[], "".into()).await.unwrap()
    };
    let shield = get("type=channel&channel=%3Cgeneral%3E&name=Gantry").await;
    assert_eq!(shield.status, 200);
    assert_eq!(shield.headers["content-type"], "image/svg+xml;charset=utf-8");
    let picture = shield.body.as_str().unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("#&lt;general&gt;"), "{picture}");
    assert!(get("type=user&username=admin&name=x").await.body.as_str().unwrap().contains("@admin"));
    assert_eq!(get("type=user&username=nobody&name=x").await.error_type(), "error-invalid-user");
    assert_eq!(get("icon=false").await.body["error"], "Name cannot be empty when icon is hidden");
    let set = async |id: &str, value: serde_json::Value| {
        admin.post(&format!("settings/{id}"), &json!({ "value": value })).await.unwrap().ok();
    };
    set("API_Shield_user_require_auth", json!(true)).await;
    let refused = get("type=user&username=admin&name=x").await;
    assert_eq!(refused.body["error"], "You must be logged in to do this.");
    set("API_Shield_Types", json!("online, user")).await;
    assert_eq!(get("type=channel&channel=x&name=x").await.error_type(), "error-shield-disabled");
    set("API_Enable_Shields", json!(false)).await;
    assert_eq!(get("type=online&name=x").await.error_type(), "error-endpoint-disabled");
}
