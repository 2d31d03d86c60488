//! The OAuth server as applications and browsers meet it.

use gantry_client::{Client, Reply};
use http::Method;
use serde_json::{Value, json};

use crate::harness::TestServer;

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn new_app(admin: &Client) -> (String, String) {
    let wish = json!({ "name": "<b>App</b>", "active": true, "redirectUri": "http://app.example/back" });
    let app = admin.post("oauth-apps.create", &wish).await.unwrap().ok()["application"].clone();
    (app["clientId"].as_str().unwrap().to_owned(), app["clientSecret"].as_str().unwrap().to_owned())
}

/// What the page sends when a person decides; answers where they go.
async fn decides(server: &TestServer, fields: &[(&str, &str)]) -> Reply {
    server
        .stranger()
        .send(Method::POST, "/oauth/authorize?state=a%26b", FORM, form(fields).into())
        .await
        .unwrap()
}

fn code_of(reply: &Reply) -> String {
    assert_eq!(reply.status, 302);
    let target: url::Url = header(reply, "location").parse().unwrap();
    assert_eq!(target.host_str(), Some("app.example"));
    let find =
        |name: &str| target.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(find("state").as_deref(), Some("a&b"));
    find("code").unwrap_or_else(|| find("error").unwrap())
}

async fn token(server: &TestServer, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Reply {
    let headers = [FORM, headers].concat();
    server.stranger().send(Method::POST, "/oauth/token", &headers, form(fields).into()).await.unwrap()
}

async fn as_app(server: &TestServer, path: &str, access_token: &str) -> Reply {
    let bearer = format!("Bearer {access_token}");
    server.stranger().send(Method::GET, path, &[("authorization", &bearer)], "".into()).await.unwrap()
}

/// An access token of a new application for somebody.
async fn access_token(server: &TestServer, admin: &Client, person: &Client) -> String {
    let (id, secret) = new_app(admin).await;
    let allowed =
        [("client_id", &*id), ("response_type", "code"), ("allow", "yes"), ("token", person.token())];
    let code = code_of(&decides(server, &allowed).await);
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "http://app.example/back"),
        ("client_id", &*id),
        ("client_secret", &*secret),
    ];
    token(server, &[], &exchange).await.ok()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_cannot_turn_what_it_was_given_into_a_login() {
    let server = TestServer::small().await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    // Ann is an administrator, so that no permission is in the way.
    let role = json!({ "roleId": "admin", "username": "ann" });
    admin.post("roles.addUserToRole", &role).await.unwrap().ok();
    let bearer = format!("Bearer {}", access_token(&server, &admin, &ann).await);
    for (path, body) in [
        ("users.logoutOtherClients", json!({})),
        ("users.generatePersonalAccessToken", json!({ "tokenName": "mine" })),
        ("users.createToken", json!({ "userId": ann.uid() })),
    ] {
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        let path = format!("/api/v1/{path}");
        let reply = server.stranger().send(Method::POST, &path, &headers, body.to_string().into()).await;
        assert_ne!(reply.unwrap().status, 200, "{path}");
    }
    assert_eq!(ann.get("me").await.unwrap().status, 200, "her own login goes on");
    let personal = json!({ "tokenName": "script" });
    let personal = ann.post("users.generatePersonalAccessToken", &personal).await.unwrap().ok();
    let script = server.stranger().with_token(ann.uid(), personal["token"].as_str().unwrap());
    assert_eq!(script.get("me").await.unwrap().status, 200);
    assert_ne!(script.post("users.logoutOtherClients", &json!({})).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_locks_an_intruder_out_locks_applications_out() {
    let server = TestServer::small().await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    let access = access_token(&server, &admin, &ann).await;
    assert_eq!(as_app(&server, "/api/v1/me", &access).await.status, 200);
    admin.post("users.logout", &json!({ "userId": ann.uid() })).await.unwrap().ok();
    assert_eq!(as_app(&server, "/api/v1/me", &access).await.status, 401);
}

#[tokio::test]
async fn an_application_acts_for_a_person_who_allowed_it() {
    for engine in gantry_store::testing::engines() {
        let server = TestServer::start(engine).await;
        let (admin, ann) = (server.admin().await, server.user("ann").await);
        let (id, secret) = new_app(&admin).await;
        let reply = decides(
            &server,
            &[("client_id", &id), ("response_type", "code"), ("allow", "yes"), ("token", ann.token())],
        )
        .await;
        let code = code_of(&reply);
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://app.example/back"),
            ("client_id", &id),
            ("client_secret", &secret),
        ];
        let reply = token(&server, &[], &exchange).await;
        assert_eq!(header(&reply, "content-type"), "application/json; charset=utf-8");
        assert_eq!(header(&reply, "cache-control"), "no-store");
        let first = reply.ok();
        assert_eq!(first["token_type"], "Bearer");
        let access = first["access_token"].as_str().unwrap();
        let info = as_app(&server, "/oauth/userinfo", access).await.ok();
        assert_eq!((&info["sub"], &info["email"]), (&json!(ann.uid()), &json!("ann@example.org")));
        assert_eq!(as_app(&server, "/api/v1/me", access).await.ok()["username"], "ann");
        let query = format!("/api/v1/me?access_token={access}");
        let by_query = server.stranger().send(Method::GET, &query, &[], "".into()).await.unwrap();
        assert_eq!(by_query.ok()["username"], "ann");

        let as_login = server.stranger().with_token(ann.uid(), access).get("me").await.unwrap();
        assert_eq!(as_login.status, 401, "it is no login token");
        let resumed = server.stranger().post("login", &json!({ "resume": access })).await.unwrap();
        assert_eq!(resumed.status, 401);
        let with_login_token = as_app(&server, "/api/v1/me", ann.token()).await;
        assert_eq!(with_login_token.status, 401, "and a login token is no application's");

        let refresh =
            [("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())];
        let basic = {
            use base64::Engine as _;
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
        };
        let second = token(&server, &[("authorization", &basic)], &refresh).await.ok();
        assert_eq!(as_app(&server, "/oauth/userinfo", access).await.status, 401, "the old one is over");
        let access = second["access_token"].as_str().unwrap();
        as_app(&server, "/oauth/userinfo", access).await.ok();
        let apps = admin.get("oauth-apps.list").await.unwrap().ok();
        let mut apps = apps["oauthApps"].as_array().unwrap().iter();
        let app = &apps.find(|app| app["clientId"] == id.as_str()).unwrap()["_id"];
        let gone = admin.post("oauth-apps.delete", &json!({ "appId": app })).await.unwrap().ok();
        assert_eq!(gone, json!(true));
        assert_eq!(as_app(&server, "/api/v1/me", access).await.status, 401, "the application is gone");
    }
}

#[tokio::test]
async fn nobody_is_sent_away_with_anything_they_did_not_allow() {
    let server = TestServer::small().await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    let (id, _) = new_app(&admin).await;
    let base = [("client_id", id.as_str()), ("response_type", "code")];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&str, String)> {
        base.iter()
            .map(|(k, v)| (*k, (*v).to_owned()))
            .chain(more.iter().map(|(k, v)| (*k, (*v).to_owned())))
            .collect()
    };
    let decide = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        decides(&server, &fields).await
    };
    assert_eq!(decide(with(&[("allow", "yes")])).await.status, 401);
    assert_eq!(decide(with(&[("allow", "yes"), ("token", "wrong")])).await.status, 401);
    let no = decide(with(&[("allow", "no"), ("token", ann.token())])).await;
    assert_eq!(code_of(&no), "access_denied");
    let elsewhere = [("allow", "yes"), ("token", ann.token()), ("redirect_uri", "http://evil.example/")];
    assert_eq!(decide(with(&elsewhere)).await.status, 400);
    let plain = [("allow", "yes"), ("token", ann.token()), ("code_challenge", "x")];
    assert_eq!(code_of(&decide(with(&plain)).await), "invalid_request");
    let cookies = format!("rc_uid={}; rc_token={}", ann.uid(), ann.token());
    let headers = [FORM, &[("cookie", cookies.as_str())]].concat();
    let fields = form(&[("client_id", &id), ("response_type", "code"), ("allow", "yes")]);
    let by_cookie =
        server.stranger().send(Method::POST, "/oauth/authorize", &headers, fields.into()).await.unwrap();
    assert_eq!(by_cookie.status, 401, "a cookie decides nothing: any site can make a browser send it");
}

#[tokio::test]
async fn a_login_for_one_decision_ends_with_it() {
    let server = TestServer::small().await;
    let (admin, ann) = (server.admin().await, server.user("ann").await);
    let (id, _) = new_app(&admin).await;
    let fields = [
        ("client_id", id.as_str()),
        ("response_type", "code"),
        ("allow", "yes"),
        ("token", ann.token()),
        ("fresh", "yes"),
    ];
    code_of(&decides(&server, &fields).await);
    assert_eq!(ann.get("me").await.unwrap().status, 401);
}

#[tokio::test]
async fn the_page_shows_names_as_text_and_runs_nothing_else() {
    let server = TestServer::small().await;
    let admin = server.admin().await;
    let (id, _) = new_app(&admin).await;
    let get = async |query: &str| {
        server
            .stranger()
            .send(Method::GET, &format!("/oauth/authorize?{query}"), &[], "".into())
            .await
            .unwrap()
    };
    let page = get(&format!("client_id={id}&response_type=code")).await;
    assert_eq!(page.status, 200);
    let Value::String(html) = &page.body else { panic!("{:?}", page.body) };
    assert!(html.contains("&lt;b&gt;App&lt;/b&gt;") && !html.contains("<b>App"));
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!(get("client_id=nothing").await.status, 400);
    assert_eq!(get(&format!("client_id={id}&redirect_uri=http%3A%2F%2Fevil.example")).await.status, 400);
}
