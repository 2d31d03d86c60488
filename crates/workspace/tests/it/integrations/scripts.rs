//! Scripts do what they are for, and nothing else.

use serde_json::{Value, json};

use super::{knock, newest, scripted, texts, with_bot};
use crate::world::{Actor, World, worlds};

fn class(body: &str) -> String {
    format!("class Script {{ process_incoming_request({{ request }}) {{ {body} }} }}")
}

/// What a webhook with such a method answers to `{"a": [1, 2]}`.
async fn answers(world: &World, admin: &Actor<'_>, body: &str) -> (u16, Value) {
    let hook = scripted(admin, &class(body)).await;
    assert!(hook.get("scriptError").is_none(), "{hook}");
    let answer = knock(world, &hook, json!({ "a": [1, 2] })).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_script_makes_the_message_and_the_answer() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let body = "return { content: { text: `${request.content.a.length} by ${request.user.username} ${request.url.query.a}` },
            response: { got: request.content.a } };";
        let (status, answer) = answers(&world, &admin, body).await;
        assert_eq!((status, answer), (200, json!({ "got": [1, 2], "success": true })));
        assert_eq!(newest(&admin, "GENERAL").await["msg"], "2 by rocket.cat 1");
        let refusal = answers(&world, &admin, "return { error: { success: false, message: 'no' } };").await;
        assert_eq!(refusal, (400, json!({ "success": false, "message": "no" })));
        assert_eq!(answers(&world, &admin, "return;").await, (200, json!({ "success": true })));
    }
}

#[tokio::test]
async fn a_script_may_use_promises_helpers_and_its_store() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let body = "const n = (Store.get('n') ?? 0) + 1; Store.set('n', n); console.log('n', { n });
            return Promise.resolve().then(() => ({ content: {}, response: { n, t: s.truncate('abcdefgh', 6),
            c: s.capitalize('ab', true), p: s.strRight('a-b', '-'), trim: s.trim('xxaxx', 'x'), f: s.numberFormat(12345.678, 2) } }));";
        let hook = scripted(&admin, &class(&body.replace("content: {}", "content: { text: 'x' }"))).await;
        for n in 1..=2 {
            let answer = knock(&world, &hook, json!({})).await.body;
            let expected = json!({ "n": n, "t": "abc...", "c": "Ab", "p": "b", "trim": "a", "f": "12,345.68", "success": true });
            assert_eq!(answer, expected);
        }
    }
}

#[tokio::test]
async fn a_script_that_fails_says_so_and_posts_nothing() {
    for world in worlds().await {
        let admin = with_bot(&world).await;
        let before = texts(&world, "GENERAL").await;
        for body in ["throw new Error('x');", "return Promise.reject(1);", "return missing.x;"] {
            let (status, answer) = answers(&world, &admin, body).await;
            assert_eq!((status, &answer["error"]), (400, &json!("error-running-script")), "{body}");
        }
        let hook = scripted(&admin, "throw new Error('at the top')").await;
        assert_eq!(knock(&world, &hook, json!({ "a": 1 })).await.body["error"], "error-evaluating-script");
        assert_eq!(texts(&world, "GENERAL").await, before);
    }
}

#[tokio::test]
async fn a_script_that_never_ends_is_ended() {
    let world = worlds().await.swap_remove(0);
    let admin = with_bot(&world).await;
    for body in [
        "for (;;) {}",
        "return new Promise(() => {});",
        "const again = () => Promise.resolve().then(again); return again();",
        "try { for (;;) {} } catch { return { content: { text: 'caught' } }; } finally { for (;;) {} }",
    ] {
        let (status, answer) = answers(&world, &admin, body).await;
        assert_eq!((status, &answer["error"]), (400, &json!("error-running-script")), "{body}");
    }
    // The places are free again.
    assert_eq!(answers(&world, &admin, "return { content: { text: 'alive' } };").await.0, 200);
}

#[tokio::test]
async fn a_script_that_eats_memory_or_stack_fails_alone() {
    let world = worlds().await.swap_remove(0);
    let admin = with_bot(&world).await;
    for body in [
        "const all = []; for (;;) all.push(new Array(1000).fill('x'));",
        "let text = 'x'; for (;;) text += text; ",
        "return new Uint8Array(1e9);",
        "const deep = () => deep() + 1; return deep();",
    ] {
        let (status, answer) = answers(&world, &admin, body).await;
        assert_eq!((status, &answer["error"]), (400, &json!("error-running-script")), "{body}");
    }
    assert_eq!(answers(&world, &admin, "return { content: { text: 'alive' } };").await.0, 200);
}

#[tokio::test]
async fn a_script_reaches_nothing_of_the_machine() {
    let world = worlds().await.swap_remove(0);
    let admin = with_bot(&world).await;
    let names = [
        "process",
        "require",
        "module",
        "std",
        "os",
        "Deno",
        "Bun",
        "WebAssembly",
        "Meteor",
        "ivm",
        "setTimeout",
    ];
    for name in names {
        let body = format!("return {{ content: {{ text: 'x' }}, response: {{ kind: typeof {name} }} }};");
        assert_eq!(answers(&world, &admin, &body).await.1["kind"], "undefined", "{name}");
    }
    let body = "return import('os').then(() => ({ content: { text: 'x' }, response: { in: true } }));";
    assert_eq!(answers(&world, &admin, body).await.1["error"], "error-running-script");
    let body = "const f = request.constructor.constructor('return typeof process + typeof require');
        return { content: { text: 'x' }, response: { kind: f() } };";
    assert_eq!(answers(&world, &admin, body).await.1["kind"], "undefinedundefined");
    // One run leaves nothing behind for the next.
    answers(
        &world,
        &admin,
        "globalThis.left = 1; Object.prototype.polluted = 1; return { content: { text: 'x' } };",
    )
    .await;
    let body = "return { content: { text: 'x' }, response: { kind: typeof left + typeof ({}).polluted } };";
    assert_eq!(answers(&world, &admin, body).await.1["kind"], "undefinedundefined");
}

#[tokio::test]
async fn a_scripts_requests_reach_no_private_address() {
    let world = worlds().await.swap_remove(0);
    let admin = with_bot(&world).await;
    for url in ["http://127.0.0.1:1/", "http://169.254.169.254/latest", "http://[::1]/", "file:///etc/passwd"]
    {
        let body = format!(
            "return fetch('{url}').then(() => 'reached', (e) => e.message).then((kind) => ({{ content: {{ text: 'x' }}, response: {{ kind }} }}));"
        );
        assert_eq!(answers(&world, &admin, &body).await.1["kind"], "the address may not be reached", "{url}");
    }
}
