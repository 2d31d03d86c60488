//! DDP and SockJS: frames read back as themselves, bad ones get an answer, nothing panics.

mod common;

use common::any_json;
use gantry_protocol::ddp::{ClientFrame, DdpError, ErrorCode, Limits, ServerFrame, stream_event};
use gantry_protocol::{RawJson, sockjs};
use proptest::prelude::*;
use serde_json::{Value, json};

fn name() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("within the limit", |text| text.len() <= 256)
}

fn any_client_frame() -> impl Strategy<Value = ClientFrame> {
    let params = || prop::collection::vec(any_json(), 0..4);
    let seed = prop::option::of(any_json().prop_filter("null counts as absent", |seed| !seed.is_null()));
    prop_oneof![
        (name(), prop::collection::vec(any::<String>(), 0..4), prop::option::of(name()))
            .prop_map(|(version, support, session)| ClientFrame::Connect { version, support, session }),
        prop::option::of(name()).prop_map(|id| ClientFrame::Ping { id }),
        prop::option::of(name()).prop_map(|id| ClientFrame::Pong { id }),
        (name(), name(), params(), seed).prop_map(|(id, method, params, random_seed)| ClientFrame::Method {
            id,
            method,
            params,
            random_seed
        }),
        (name(), name(), params()).prop_map(|(id, name, params)| ClientFrame::Sub { id, name, params }),
        name().prop_map(|id| ClientFrame::Unsub { id }),
    ]
}

fn any_raw() -> impl Strategy<Value = RawJson> {
    any_json().prop_map(|value| RawJson::new(&value).expect("JSON is JSON"))
}

fn any_error() -> impl Strategy<Value = DdpError> {
    let code =
        prop_oneof![any::<i64>().prop_map(ErrorCode::Number), any::<String>().prop_map(ErrorCode::Text)];
    let details = any_json().prop_filter("null counts as absent", |details| !details.is_null());
    (code, prop::option::of(any::<String>()), prop::option::of(details))
        .prop_map(|(error, reason, details)| DdpError { error, reason, details })
}

fn any_server_frame() -> impl Strategy<Value = ServerFrame> {
    let text = any::<String>;
    let texts = || prop::collection::vec(any::<String>(), 0..4);
    prop_oneof![
        text().prop_map(|session| ServerFrame::Connected { session }),
        text().prop_map(|version| ServerFrame::Failed { version }),
        prop::option::of(text()).prop_map(|id| ServerFrame::Ping { id }),
        prop::option::of(text()).prop_map(|id| ServerFrame::Pong { id }),
        (text(), prop::option::of(any_raw())).prop_map(|(id, result)| ServerFrame::result(id, Ok(result))),
        (text(), any_error()).prop_map(|(id, error)| ServerFrame::result(id, Err(error))),
        texts().prop_map(|methods| ServerFrame::Updated { methods }),
        texts().prop_map(|subs| ServerFrame::Ready { subs }),
        (text(), prop::option::of(any_error())).prop_map(|(id, error)| ServerFrame::nosub(id, error)),
        (text(), text(), any_raw()).prop_map(|(collection, id, fields)| ServerFrame::Added {
            collection,
            id,
            fields
        }),
        (text(), text(), prop::option::of(any_raw()), texts()).prop_map(
            |(collection, id, fields, cleared)| { ServerFrame::Changed { collection, id, fields, cleared } }
        ),
        (text(), text()).prop_map(|(collection, id)| ServerFrame::Removed { collection, id }),
        (text(), prop::option::of(any_raw()))
            .prop_map(|(reason, offending_message)| ServerFrame::Error { reason, offending_message }),
        text().prop_map(|server_id| ServerFrame::ServerId { server_id }),
    ]
}

proptest! {
    #[test]
    fn client_frames_read_back(frame in any_client_frame()) {
        prop_assert_eq!(ClientFrame::parse(&frame.encode()), Ok(frame));
    }

    #[test]
    fn server_frames_read_back(frame in any_server_frame()) {
        prop_assert_eq!(ServerFrame::parse(&frame.encode()).unwrap(), frame);
    }

    #[test]
    fn sockjs_frames_read_back(frames in prop::collection::vec(any::<String>(), 0..4)) {
        let wrapped = sockjs::wrap_all(frames.iter().map(String::as_str));
        prop_assert_eq!(sockjs::unwrap(wrapped.strip_prefix('a').unwrap()), Ok(frames));
    }

    #[test]
    fn stream_events_are_changed_frames(
        stream in any::<String>(),
        event in any::<String>(),
        args in prop::collection::vec(any_json(), 0..4),
    ) {
        let raw: Vec<String> = args.iter().map(Value::to_string).collect();
        let fields = json!({ "eventName": event, "args": args });
        let ServerFrame::Changed { collection, id, fields: sent, cleared } =
            ServerFrame::parse(&stream_event(&stream, &event, &raw)).unwrap()
        else {
            panic!("not a changed frame");
        };
        prop_assert_eq!(collection, format!("stream-{stream}"));
        prop_assert_eq!(id, "id");
        prop_assert_eq!(sent.unwrap().parse::<Value>().unwrap(), fields);
        prop_assert!(cleared.is_empty());
    }

    #[test]
    fn arbitrary_text_never_panics(bytes in any::<Vec<u8>>(), text in r#"[\[\]{}":,a-z0-9\\ ]{0,60}"#) {
        for text in [&String::from_utf8_lossy(&bytes).into_owned(), &text] {
            let _ = sockjs::unwrap(text);
            let _ = ServerFrame::parse(text);
            if let Err(error) = ClientFrame::parse(text) {
                prop_assert!(serde_json::from_str::<Value>(&error.into_frame().encode()).is_ok());
            }
        }
    }

    #[test]
    fn arbitrary_json_gets_an_answer(mut value in any_json(), msg in prop::sample::select(vec![
        "connect", "ping", "pong", "method", "sub", "unsub", "result", "added", "changed", "nosub", "error",
    ])) {
        if let Value::Object(object) = &mut value {
            object.insert("msg".to_owned(), json!(msg));
        }
        let text = value.to_string();
        let _ = ServerFrame::parse(&text);
        if let Err(error) = ClientFrame::parse(&text) {
            prop_assert!(serde_json::from_str::<Value>(&error.into_frame().encode()).is_ok());
        }
    }
}

#[test]
fn a_call_as_the_mobile_app_sends_it() {
    let text =
        r#"{"msg":"method","id":"ddp-7","method":"loadMissedMessages","params":["GENERAL",{"$date":1},""]}"#;
    assert_eq!(
        ClientFrame::parse(text),
        Ok(ClientFrame::Method {
            id: "ddp-7".to_owned(),
            method: "loadMissedMessages".to_owned(),
            params: vec![json!("GENERAL"), json!({ "$date": 1 }), json!("")],
            random_seed: None,
        })
    );
}

#[test]
fn params_may_be_left_out() {
    let frame = ClientFrame::parse(r#"{"msg":"sub","id":"1","name":"meteor.loginServiceConfiguration"}"#);
    assert!(matches!(frame, Ok(ClientFrame::Sub { params, .. }) if params.is_empty()));
}

#[test]
fn bad_frames_get_an_answer() {
    for (text, reason) in [
        ("", "Parse error"),
        ("{", "Parse error"),
        (r#"{"msg":"ping"} {}"#, "Parse error"),
        ("[]", "Bad request"),
        ("{}", "Bad request"),
        (r#"{"msg":7}"#, "Bad request"),
        (r#"{"msg":"dance"}"#, "Bad request"),
        (r#"{"msg":"connect"}"#, "Malformed connect"),
        (r#"{"msg":"connect","version":"1","support":[1]}"#, "Malformed connect"),
        (r#"{"msg":"ping","id":1}"#, "Malformed ping"),
        (r#"{"msg":"method","id":"1"}"#, "Malformed method invocation"),
        (r#"{"msg":"method","id":1,"method":"a"}"#, "Malformed method invocation"),
        (r#"{"msg":"method","id":"1","method":"a","params":{}}"#, "Malformed method invocation"),
        (r#"{"msg":"sub","id":"1"}"#, "Malformed subscription"),
        (r#"{"msg":"unsub"}"#, "Malformed unsubscription"),
    ] {
        assert_eq!(ClientFrame::parse(text).unwrap_err().reason, reason, "{text}");
    }
}

#[test]
fn the_answer_repeats_a_short_frame() {
    let error = ClientFrame::parse(r#"{"msg":"dance"}"#).unwrap_err();
    assert_eq!(
        error.into_frame().encode(),
        r#"{"msg":"error","reason":"Bad request","offendingMessage":{"msg":"dance"}}"#
    );
    let long = json!({ "msg": "dance", "step": "x".repeat(5000) }).to_string();
    assert_eq!(ClientFrame::parse(&long).unwrap_err().offending_message, None);
}

#[test]
fn frames_are_limited() {
    let limits = Limits { max_bytes: 200, max_depth: 4, max_name_bytes: 5, max_params: 2 };
    let reason =
        |frame: Value| ClientFrame::parse_within(&frame.to_string(), &limits).err().map(|error| error.reason);
    let call = |params: Value| json!({ "msg": "method", "id": "1", "method": "a", "params": params });
    assert_eq!(reason(call(json!([[[["a"]]]]))), Some("Message nested too deeply"));
    assert_eq!(reason(call(json!([["[[[[[[\"[[[["]]))), None);
    assert_eq!(reason(call(json!(["a".repeat(200)]))), Some("Message too large"));
    assert_eq!(reason(call(json!([1, 2]))), None);
    assert_eq!(reason(call(json!([1, 2, 3]))), Some("Malformed method invocation"));
    assert_eq!(reason(json!({ "msg": "unsub", "id": "12345" })), None);
    assert_eq!(reason(json!({ "msg": "unsub", "id": "123456" })), Some("Malformed unsubscription"));
    let bomb = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(ClientFrame::parse(&bomb).unwrap_err().reason, "Message nested too deeply");
}

#[test]
fn frames_have_the_keys_that_clients_expect_and_no_others() {
    let raw = |json: &str| RawJson::from_text(json.to_owned()).unwrap();
    for (frame, text) in [
        (ServerFrame::Connected { session: "s".to_owned() }, r#"{"msg":"connected","session":"s"}"#),
        (ServerFrame::Failed { version: "1".to_owned() }, r#"{"msg":"failed","version":"1"}"#),
        (ServerFrame::Ping { id: None }, r#"{"msg":"ping"}"#),
        (ServerFrame::Pong { id: Some("1".to_owned()) }, r#"{"msg":"pong","id":"1"}"#),
        (ServerFrame::result("1", Ok(Some(raw("null")))), r#"{"msg":"result","id":"1","result":null}"#),
        (ServerFrame::result("1", Ok(None)), r#"{"msg":"result","id":"1"}"#),
        (ServerFrame::updated("1"), r#"{"msg":"updated","methods":["1"]}"#),
        (ServerFrame::ready("1"), r#"{"msg":"ready","subs":["1"]}"#),
        (ServerFrame::nosub("1", None), r#"{"msg":"nosub","id":"1"}"#),
        (
            ServerFrame::nosub("1", Some(DdpError::new("not-allowed"))),
            r#"{"msg":"nosub","id":"1","error":{"isClientSafe":true,"error":"not-allowed","message":"[not-allowed]","errorType":"Meteor.Error"}}"#,
        ),
        (
            ServerFrame::Added {
                collection: "users".to_owned(),
                id: "u".to_owned(),
                fields: raw(r#"{"a":1}"#),
            },
            r#"{"msg":"added","collection":"users","id":"u","fields":{"a":1}}"#,
        ),
        (
            ServerFrame::Changed {
                collection: "users".to_owned(),
                id: "u".to_owned(),
                fields: None,
                cleared: vec!["a".to_owned()],
            },
            r#"{"msg":"changed","collection":"users","id":"u","cleared":["a"]}"#,
        ),
        (
            ServerFrame::Removed { collection: "users".to_owned(), id: "u".to_owned() },
            r#"{"msg":"removed","collection":"users","id":"u"}"#,
        ),
        (ServerFrame::ServerId { server_id: "0".to_owned() }, r#"{"msg":"server_id","server_id":"0"}"#),
    ] {
        assert_eq!(frame.encode(), text);
    }
}

#[test]
fn sockjs_framing() {
    assert_eq!(sockjs::open(), "o");
    assert_eq!(sockjs::heartbeat(), "h");
    assert_eq!(sockjs::close(3000, "Go \"away\""), r#"c[3000,"Go \"away\""]"#);
    assert_eq!(sockjs::wrap(r#"{"msg":"ping"}"#), r#"a["{\"msg\":\"ping\"}"]"#);
    assert_eq!(sockjs::unwrap(" \n"), Ok(vec![]));
    assert_eq!(sockjs::unwrap(r#"["{}","{}"]"#), Ok(vec!["{}".to_owned(), "{}".to_owned()]));
    assert_eq!(sockjs::unwrap(" {\"msg\":\"ping\"} "), Ok(vec![r#"{"msg":"ping"}"#.to_owned()]));
    for text in ["[1]", "[", "\"a\"", "ping", r#"["a"] x"#] {
        assert_eq!(sockjs::unwrap(text).unwrap_err().reason, "Parse error", "{text}");
    }
}
