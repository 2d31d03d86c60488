//! Rate limits, as clients see them.

use gantry_client::{CallError, Client, Reply};
use gantry_kernel::clock::Clock;
use gantry_protocol::Timestamp;
use gantry_store::Engine;
use http::Method;
use serde_json::json;

use crate::harness::{TestServer, environment};

const NOON: i64 = 1_800_000_000_000;

async fn at_noon(change: impl FnOnce(&mut gantry_server::Config)) -> (TestServer, Clock) {
    let clock = Clock::manual(Timestamp::from_millis(NOON));
    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.clock = clock.clone();
        change(config);
    })
    .await;
    (server, clock)
}

fn number(reply: &Reply, name: &str) -> i64 {
    reply.headers.get(name).map_or(-1, |value| value.to_str().unwrap().parse().unwrap())
}

async fn me(client: &Client, headers: &[(&str, &str)]) -> Reply {
    client.send(Method::GET, "/api/v1/me", headers, "".into()).await.unwrap()
}

#[tokio::test]
async fn rest_calls_are_counted_in_headers_and_refused_beyond_the_limit() {
    let (server, clock) = at_noon(|_config| {}).await;
    let user = server.user("ann").await;
    for left in (0..10).rev() {
        let reply = me(&user, &[]).await;
        assert_eq!(reply.status, 200);
        assert_eq!(number(&reply, "x-ratelimit-limit"), 10);
        assert_eq!(number(&reply, "x-ratelimit-remaining"), left);
        assert_eq!(number(&reply, "x-ratelimit-reset"), NOON + 60_000);
    }
    let refused = me(&user, &[]).await;
    assert_eq!((refused.status.as_u16(), number(&refused, "x-ratelimit-remaining")), (429, 0));
    assert_eq!(refused.body["success"], false);
    let text = "Error, too many requests. Please slow down. You must wait 60 seconds before trying this endpoint again.";
    assert!(refused.body["error"].as_str().unwrap().starts_with(text), "{}", refused.body);

    assert_eq!(user.get("rooms.get").await.unwrap().status, 200, "each operation has its own count");
    clock.advance(60_000);
    assert_eq!(me(&user, &[]).await.status, 200);
}

#[tokio::test]
async fn addresses_count_apart_only_if_a_proxy_vouches_for_them() {
    for (proxies, remaining) in [(0, 8), (1, 9)] {
        let (server, _clock) = at_noon(|config| config.proxies = proxies).await;
        let user = server.user("ann").await;
        me(&user, &[("x-forwarded-for", "192.0.2.1")]).await;
        let reply = me(&user, &[("x-forwarded-for", "192.0.2.2")]).await;
        assert_eq!(number(&reply, "x-ratelimit-remaining"), remaining, "{proxies} proxies");
    }
}

#[tokio::test]
async fn test_mode_counts_nothing() {
    let (server, _clock) = at_noon(|config| config.test_mode = true).await;
    let user = server.user("ann").await;
    for _ in 0..20 {
        let reply = me(&user, &[]).await;
        assert_eq!((reply.status.as_u16(), number(&reply, "x-ratelimit-limit")), (200, -1));
    }
}

#[tokio::test]
async fn methods_are_counted_per_connection_and_say_when_to_come_back() {
    let (server, clock) = at_noon(|_config| {}).await;
    let mut socket = server.socket().await;
    let wrong = json!({ "resume": "nonsense" });
    for _ in 0..5 {
        let Err(CallError::Refused(error)) = socket.call("login", vec![wrong.clone()]).await else {
            panic!()
        };
        assert_eq!(error["error"], 401);
    }
    clock.advance(4_000);
    let Err(CallError::Refused(error)) = socket.call("login", vec![wrong.clone()]).await else { panic!() };
    assert_eq!(error["error"], "too-many-requests");
    assert_eq!(error["details"]["timeToReset"], 6_000);
    let mut other = server.socket().await;
    let Err(CallError::Refused(error)) = other.call("login", vec![wrong]).await else { panic!() };
    assert_eq!(error["error"], 401, "another connection has its own count");
}

async fn refusal(call: Result<serde_json::Value, CallError>) -> String {
    match call {
        Ok(_) => "none".into(),
        Err(CallError::Refused(error)) => error["error"].as_str().unwrap_or_default().into(),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_has_a_limit_over_all_its_methods() {
    let limit = ("OVERWRITE_SETTING_DDP_Rate_Limit_Connection_Requests_Allowed", "3");
    let (server, clock) = at_noon(|config| config.environment = environment(&[limit])).await;
    let mut socket = server.socket().await;
    for method in ["public-settings/get", "permissions/get", "getPasswordPolicy"] {
        assert_ne!(refusal(socket.call(method, vec![]).await).await, "too-many-requests", "{method}");
    }
    assert_eq!(refusal(socket.call("public-settings/get", vec![]).await).await, "too-many-requests");
    let mut other = server.socket().await;
    assert_eq!(refusal(other.call("public-settings/get", vec![]).await).await, "none");
    clock.advance(60_000);
    assert_eq!(refusal(socket.call("public-settings/get", vec![]).await).await, "none");
}

#[tokio::test]
async fn a_user_has_one_limit_on_all_their_connections_and_over_the_bridge() {
    let limit = ("OVERWRITE_SETTING_DDP_Rate_Limit_User_Requests_Allowed", "2");
    let (server, _clock) = at_noon(|config| config.environment = environment(&[limit])).await;
    let ann = server.user("ann").await;
    let (mut first, mut second) = (server.socket().await, server.socket().await);
    first.resume(ann.token()).await.unwrap();
    second.resume(ann.token()).await.unwrap();
    assert_eq!(refusal(first.call("permissions/get", vec![]).await).await, "none");
    assert_eq!(refusal(second.call("permissions/get", vec![]).await).await, "none");
    assert_eq!(refusal(second.call("permissions/get", vec![]).await).await, "too-many-requests");
    assert_eq!(
        refusal(first.subscribe("stream-notify-logged", "updateAvatar").await.map(Into::into)).await,
        "too-many-requests"
    );
    let message = json!({ "msg": "method", "id": "1", "method": "permissions/get", "params": [] });
    let reply =
        ann.post("method.call/permissions:get", &json!({ "message": message.to_string() })).await.unwrap();
    assert!(reply.body["message"].as_str().unwrap().contains("too-many-requests"), "{}", reply.body);
}

#[tokio::test]
async fn permissions_lift_the_limits_of_calls_and_of_messages() {
    let (server, _clock) = at_noon(|_config| {}).await;
    let admin = server.admin().await;
    let user = server.user("ann").await;
    let mut socket = server.socket().await;
    socket.resume(user.token()).await.unwrap();
    let say = |n: u32| vec![json!({ "_id": format!("limited{n}"), "rid": "GENERAL", "msg": "hello" })];
    let mut refused = 0;
    for n in 0..10 {
        refused += u32::from(socket.call("sendMessage", say(n)).await.is_err());
    }
    assert_eq!(refused, 5, "five messages in a second are allowed");
    for _ in 0..11 {
        me(&user, &[]).await;
    }
    assert_eq!(me(&user, &[]).await.status, 429);
    let all = json!({ "permissions": [
        { "_id": "send-many-messages", "roles": ["user"] },
        { "_id": "api-bypass-rate-limit", "roles": ["admin", "user"] },
    ] });
    admin.post("permissions.update", &all).await.unwrap().ok();
    for n in 10..20 {
        socket.call("sendMessage", say(n)).await.unwrap();
    }
    for _ in 0..11 {
        assert_eq!(me(&user, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn as_many_people_register_in_a_minute_as_the_setting_says() {
    let (server, clock) = at_noon(|_config| {}).await;
    let register = async |name: &str| {
        let new = json!({
            "username": name, "name": name, "email": format!("{name}@example.org"), "pass": "correct horse battery",
        });
        server.stranger().post("users.register", &new).await.unwrap().status.as_u16()
    };
    assert_eq!((register("one").await, register("two").await), (200, 429));
    let more = json!({ "value": 3 });
    server.admin().await.post("settings/Rate_Limiter_Limit_RegisterUser", &more).await.unwrap().ok();
    clock.advance(60_000);
    let statuses =
        [register("two").await, register("three").await, register("four").await, register("five").await];
    assert_eq!(statuses, [200, 200, 200, 429]);
}
