//! Applications and the tokens that they get.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, World, worlds};
use gantry_kernel::caller::Ctx;
use gantry_workspace::oauth_apps::grant::{self, Exchange, Refusal, Request, Tokens};
use serde_json::{Value, json};

const BACK: &str = "http://asd.com";

async fn new_app(admin: &Actor<'_>) -> Value {
    let wish = json!({ "name": "app", "active": true, "redirectUri": "http://test.com,http://asd.com" });
    admin.post("oauth-apps.create", wish).await.ok()["application"].clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn code(world: &World, app: &Value, challenge: Option<&str>) -> Result<String, Refusal> {
    let request = Request {
        client_id: text(&app["clientId"]),
        redirect_uri: Some(BACK.to_owned()),
        response_type: "code".to_owned(),
        code_challenge: challenge.map(str::to_owned),
        ..Request::default()
    };
    let ctx = Ctx::internal(&world.kernel);
    let inner = ctx.clone();
    let issued = ctx.write(async move |tx| match grant::client(tx, &request).await? {
        Ok((app, uri)) => Ok(Ok(grant::code(&inner, tx, &app, &uri, "alice", &request).await?)),
        Err(refusal) => Ok(Err(refusal)),
    });
    issued.await.unwrap()
}

async fn exchange(world: &World, given: Exchange) -> Result<Tokens, &'static str> {
    let ctx = Ctx::internal(&world.kernel);
    let inner = ctx.clone();
    let answer = ctx.write(async move |tx| grant::exchange(&inner, tx, &given).await).await.unwrap();
    answer.map_err(|refusal| refusal.error)
}

fn with_code(app: &Value, code: &str) -> Exchange {
    Exchange {
        grant_type: "authorization_code".to_owned(),
        client_id: text(&app["clientId"]),
        client_secret: text(&app["clientSecret"]),
        code: Some(code.to_owned()),
        redirect_uri: Some(BACK.to_owned()),
        ..Exchange::default()
    }
}

fn with_refresh(app: &Value, token: &str) -> Exchange {
    let exchange = with_code(app, "");
    Exchange {
        grant_type: "refresh_token".to_owned(),
        code: None,
        refresh_token: Some(token.to_owned()),
        ..exchange
    }
}

#[tokio::test]
async fn only_managers_see_secrets_and_change_applications() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let app = new_app(&admin).await;
        assert_eq!(app["redirectUri"], "http://test.com,http://asd.com");
        let query = format!("clientId={}", text(&app["clientId"]));
        let seen = alice.get("oauth-apps.get", &query).await.ok()["oauthApp"].clone();
        assert_eq!((&seen["name"], seen.get("clientSecret")), (&json!("app"), None));
        let seen = admin.get("oauth-apps.get", &query).await.ok()["oauthApp"].clone();
        assert_eq!(seen["clientSecret"], app["clientSecret"]);
        assert_eq!(admin.get("oauth-apps.list", "").await.ok()["oauthApps"], json!([seen]));
        let id = text(&app["_id"]);
        for query in [format!("_id={id}"), format!("appId={id}")] {
            assert_eq!(admin.get("oauth-apps.get", &query).await.ok()["oauthApp"], seen, "{query}");
        }
        for query in ["", &format!("_id={id}&appId={id}"), "name=app"] {
            assert_eq!(admin.get("oauth-apps.get", query).await.refused(), "invalid-params", "{query}");
        }
        let change = json!({ "appId": id, "name": "new", "active": false, "redirectUri": BACK });
        for (path, body) in [
            ("oauth-apps.create", json!({ "name": "x", "active": true, "redirectUri": BACK })),
            ("oauth-apps.update", change.clone()),
            ("oauth-apps.delete", json!({ "appId": id })),
        ] {
            assert_eq!(alice.post(path, body).await.refused(), "error-unauthorized", "{path}");
        }
        assert_eq!(alice.get("oauth-apps.list", "").await.refused(), "error-unauthorized");
        let refused = alice.method("deleteOAuthApp", json!([id])).await.unwrap_err();
        assert!(refused.is("error-not-allowed"));
        let changed = admin.post("oauth-apps.update", change).await.ok();
        assert_eq!((&changed["name"], &changed["active"]), (&json!("new"), &json!(false)));
        assert_eq!(changed["_updatedBy"]["username"], "admin");
        let fields = json!({ "name": "by method", "active": true, "redirectUri": "javascript:alert(1)" });
        let refused = admin.method("updateOAuthApp", json!([id, fields])).await.unwrap_err();
        assert!(refused.is("error-invalid-redirectUri"));
        assert_eq!(admin.post("oauth-apps.delete", json!({ "appId": id })).await.ok(), json!(true));
        let gone = admin.post("oauth-apps.delete", json!({ "appId": id })).await;
        assert_eq!(gone.refused(), "error-application-not-found");
    }
}

#[tokio::test]
async fn a_code_gives_tokens_once() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let app = new_app(&admin).await;
        let given = code(&world, &app, None).await.unwrap();
        let tokens = exchange(&world, with_code(&app, &given)).await.unwrap();
        assert_eq!((tokens.token_type, tokens.expires_in), ("Bearer", 3600));
        assert_eq!(exchange(&world, with_code(&app, &given)).await, Err("invalid_grant"));
        let refreshed = exchange(&world, with_refresh(&app, &tokens.refresh_token)).await;
        assert_eq!(refreshed, Err("invalid_grant"), "a code used twice ends what it gave");
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_keeps_working_through_its_successor() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let app = new_app(&admin).await;
        let given = code(&world, &app, None).await.unwrap();
        let first = exchange(&world, with_code(&app, &given)).await.unwrap();
        let second = exchange(&world, with_refresh(&app, &first.refresh_token)).await.unwrap();
        assert_ne!(first.access_token, second.access_token);
        let again = exchange(&world, with_refresh(&app, &first.refresh_token)).await;
        assert_eq!(again, Err("invalid_grant"));
        world.wait(15 * 24 * 60 * 60 * 1000);
        let late = exchange(&world, with_refresh(&app, &second.refresh_token)).await;
        assert_eq!(late, Err("invalid_grant"), "two weeks are over");
    }
}

#[tokio::test]
async fn nothing_is_given_to_others() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let (app, other) = (new_app(&admin).await, new_app(&admin).await);
        let given = code(&world, &app, None).await.unwrap();
        let mut wrong = with_code(&app, &given);
        wrong.client_secret = text(&other["clientSecret"]);
        assert_eq!(exchange(&world, wrong).await, Err("invalid_client"));
        assert_eq!(exchange(&world, with_code(&other, &given)).await, Err("invalid_grant"));
        let mut elsewhere = with_code(&app, &given);
        elsewhere.redirect_uri = Some("http://test.com".to_owned());
        assert_eq!(exchange(&world, elsewhere).await, Err("invalid_grant"));
        let late = code(&world, &app, None).await.unwrap();
        world.wait(6 * 60 * 1000);
        assert_eq!(exchange(&world, with_code(&app, &late)).await, Err("invalid_grant"));
        let fresh = code(&world, &app, None).await.unwrap();
        let off = json!({ "appId": app["_id"], "name": "app", "active": false, "redirectUri": BACK });
        admin.post("oauth-apps.update", off).await.ok();
        assert_eq!(exchange(&world, with_code(&app, &fresh)).await, Err("invalid_client"));
        assert_eq!(code(&world, &app, None).await.unwrap_err().error, "invalid_client");
    }
}

#[tokio::test]
async fn a_code_with_a_challenge_needs_its_verifier() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let app = new_app(&admin).await;
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let given = code(&world, &app, Some(challenge)).await.unwrap();
        assert_eq!(exchange(&world, with_code(&app, &given)).await, Err("invalid_grant"));
        let given = code(&world, &app, Some(challenge)).await.unwrap();
        let mut proven = with_code(&app, &given);
        proven.code_verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert!(exchange(&world, proven).await.is_ok());
    }
}

#[tokio::test]
async fn people_go_back_to_registered_addresses_only() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let app = new_app(&admin).await;
        for uri in ["http://asd.com/", "http://asd.com.evil.org", "http://test.com,http://asd.com", ""] {
            let request = Request {
                client_id: text(&app["clientId"]),
                redirect_uri: Some(uri.to_owned()),
                ..Request::default()
            };
            let ctx = Ctx::internal(&world.kernel);
            let answer = ctx.read(async move |tx| grant::client(tx, &request).await).await.unwrap();
            assert_eq!(answer.unwrap_err().error, "invalid_request", "{uri}");
        }
    }
}
