use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::thread;

use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::*;

fn identity(uid: &str, token: &str) -> Identity {
    Identity { uid: uid.into(), username: uid.into(), token_hash: token.into() }
}

fn topic(event: &str) -> Topic {
    Topic::new("room-messages", event)
}

/// A connection that listens to `events` of `room-messages`, with the event names as subscription ids.
fn listener(hub: &Hub, id: &str, events: &[&str]) -> Arc<Connection> {
    let connection = hub.connect(id);
    for event in events {
        assert!(hub.subscribe(&connection, event, topic(event)));
    }
    connection
}

/// Everything queued for a connection.
fn taken(connection: &Connection) -> Vec<Frame> {
    let mut batch = Vec::new();
    if connection.outbox().queued_bytes() > 0 {
        connection.outbox().next_batch(&mut batch).now_or_never().unwrap().unwrap();
    }
    batch
}

fn messages(connection: &Connection) -> Vec<Value> {
    taken(connection).iter().map(|frame| serde_json::from_slice(frame.text()).unwrap()).collect()
}

/// The first argument of every queued event.
fn firsts(connection: &Connection) -> Vec<Value> {
    messages(connection).into_iter().map(|message| message["fields"]["args"][0].clone()).collect()
}

#[test]
fn an_event_goes_to_those_who_listen_to_it_and_nobody_else() {
    let hub = Hub::default();
    let alice = listener(&hub, "alice", &["general"]);
    let bob = listener(&hub, "bob", &["dev"]);
    assert!(hub.has_subscribers("room-messages", "general"));
    assert!(!hub.has_subscribers("notify-room", "general"));
    assert_eq!(hub.publish("room-messages", "general", &["1"]), 1);
    assert_eq!(hub.publish("room-messages", "random", &["1"]), 0);
    assert_eq!(hub.publish("notify-room", "general", &["1"]), 0);
    let expected = json!({
        "msg": "changed",
        "collection": "stream-room-messages",
        "id": "id",
        "fields": { "eventName": "general", "args": [1] },
    });
    assert_eq!(messages(&alice), [expected]);
    assert!(messages(&bob).is_empty());
}

#[test]
fn all_receivers_share_one_encoding() {
    let hub = Hub::default();
    let connections: Vec<_> = (0..10).map(|i| listener(&hub, &i.to_string(), &["general"])).collect();
    assert_eq!(hub.publish("room-messages", "general", &["{}"]), 10);
    let frames: Vec<Frame> = connections.iter().flat_map(|connection| taken(connection)).collect();
    assert_eq!(frames.len(), 10);
    assert!(frames.iter().all(|frame| frame.same(&frames[0])));
    let stats = hub.stats();
    assert_eq!((stats.frames, stats.bytes), (10, 10 * frames[0].len() as u64));
}

#[test]
fn two_subscriptions_to_one_topic_bring_every_event_twice() {
    let hub = Hub::default();
    let alice = hub.connect("alice");
    assert!(hub.subscribe(&alice, "a", topic("general")));
    assert!(hub.subscribe(&alice, "b", topic("general")));
    assert!(!hub.subscribe(&alice, "b", topic("dev")), "the id is in use");
    assert_eq!(hub.publish("room-messages", "general", &["1"]), 2);
    assert_eq!(firsts(&alice), [1, 1]);
    assert_eq!(hub.unsubscribe(&alice, "a"), Some(topic("general")));
    assert_eq!(hub.unsubscribe(&alice, "a"), None);
    assert_eq!(hub.publish("room-messages", "general", &["2"]), 1);
    assert_eq!(firsts(&alice), [2]);
    hub.unsubscribe(&alice, "b");
    assert_eq!(hub.publish("room-messages", "general", &["3"]), 0);
    assert_eq!(hub.stats().topics, 0, "a topic without listeners is dropped");
}

#[test]
fn a_client_does_not_get_back_what_it_wrote() {
    let hub = Hub::default();
    let alice = listener(&hub, "alice", &["general"]);
    let bob = listener(&hub, "bob", &["general"]);
    assert_eq!(hub.publish_except("alice", "room-messages", "general", &["1"]), 1);
    assert!(firsts(&alice).is_empty());
    assert_eq!(firsts(&bob), [1]);
}

#[test]
fn receivers_are_picked_and_given_extras_by_identity_with_one_encoding_per_answer() {
    let hub = Hub::default();
    let names = ["anonymous", "alice", "bob", "bob2", "carol"];
    let connections: HashMap<&str, Arc<Connection>> =
        names.iter().map(|&name| (name, listener(&hub, name, &["__my_messages__"]))).collect();
    for (name, uid) in [("alice", "alice"), ("bob", "bob"), ("bob2", "bob"), ("carol", "carol")] {
        hub.identify(&connections[name], identity(uid, name));
    }
    let queued =
        hub.publish_each("room-messages", "__my_messages__", &["1"], |who| match who.map(|who| &*who.uid) {
            Some("alice") => Some(""),
            Some("bob") => Some(r#"{"roomParticipant":true}"#),
            _ => None,
        });
    assert_eq!(queued, 3);
    let args = |name: &str| {
        messages(&connections[name])
            .iter()
            .map(|message| message["fields"]["args"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(args("alice"), [json!([1])]);
    assert!(args("anonymous").is_empty());
    assert!(args("carol").is_empty());
    let (bob, bob2) = (taken(&connections["bob"]), taken(&connections["bob2"]));
    assert!(bob[0].same(&bob2[0]));
    assert!(
        std::str::from_utf8(bob[0].text()).unwrap().ends_with(r#""args":[1,{"roomParticipant":true}]}}"#)
    );
}

#[test]
fn sharing_arguments_over_names_gives_the_plain_encoding() {
    let hub = Hub::default();
    let alice = listener(&hub, "alice", &["alice/rooms-changed"]);
    let bob = listener(&hub, "bob", &["bob\"/rooms-changed"]);
    let args = [r#""updated""#, r#"{"_id":"GENERAL"}"#];
    let names = ["alice/rooms-changed", "nobody/rooms-changed", "bob\"/rooms-changed"];
    assert_eq!(hub.publish_shared("room-messages", names, &args), 2);
    let (shared_alice, shared_bob) = (taken(&alice), taken(&bob));
    for name in names {
        hub.publish("room-messages", name, &args);
    }
    assert_eq!(shared_alice[0].text(), taken(&alice)[0].text());
    assert_eq!(shared_bob[0].text(), taken(&bob)[0].text());
}

#[test]
fn a_slow_reader_is_cut_off_while_others_go_on() {
    let hub = Hub::new(1_000);
    let slow = listener(&hub, "slow", &["general"]);
    let quick = listener(&hub, "quick", &["general"]);
    let arg = format!("\"{}\"", "x".repeat(300));
    let mut received = 0;
    for _ in 0..10 {
        hub.publish("room-messages", "general", &[&arg]);
        received += taken(&quick).len();
    }
    assert_eq!(received, 10);
    assert_eq!(slow.outbox().queued_bytes(), 0);
    assert_eq!(slow.outbox().close_reason().unwrap(), SLOW_READER);
    assert_eq!(hub.stats().slow_readers, 1);
    assert_eq!(hub.publish("room-messages", "general", &[&arg]), 1, "only one is still reached");
}

#[test]
fn revoking_ends_the_matching_subscriptions_of_one_user_and_tells_the_client() {
    let hub = Hub::default();
    let alice = listener(&hub, "alice", &["general", "secret"]);
    let phone = listener(&hub, "phone", &["secret"]);
    let bob = listener(&hub, "bob", &["secret"]);
    for (connection, uid) in [(&alice, "alice"), (&phone, "alice"), (&bob, "bob")] {
        hub.identify(connection, identity(uid, "token"));
    }
    let mut ended: Vec<_> = hub
        .revoke(Some("alice"), |topic| &*topic.event == "secret")
        .into_iter()
        .map(|(connection, sub)| (connection.id().to_owned(), sub))
        .collect();
    ended.sort();
    assert_eq!(ended, [("alice".into(), "secret".into()), ("phone".into(), String::from("secret"))]);
    assert_eq!(messages(&alice), [json!({ "msg": "nosub", "id": "secret" })]);
    assert_eq!(hub.publish("room-messages", "secret", &["1"]), 1);
    assert_eq!(firsts(&bob), [1]);
    assert_eq!(alice.subscriptions(), [("general".to_owned(), topic("general"))]);

    assert_eq!(hub.revoke(None, |_| true).len(), 2);
    assert_eq!(hub.stats().subscriptions, 0);
}

#[test]
fn login_and_logout_are_counted_per_user() {
    let hub = Hub::default();
    let (one, two) = (hub.connect("one"), hub.connect("two"));
    assert!(hub.identify(&one, identity("alice", "t1")));
    assert!(!hub.identify(&two, identity("alice", "t2")));
    assert!(!hub.identify(&two, identity("alice", "t3")), "a new token is no new connection");
    assert_eq!(hub.connections_of("alice").len(), 2);
    hub.membership().load("alice", [("general", false)]);
    assert_eq!(hub.forget(&one), None);
    assert!(hub.is_connected("alice"));
    assert!(hub.membership().is_member("alice", "general"));
    assert_eq!(hub.disconnect(&two).as_deref(), Some("alice"));
    assert!(!hub.is_connected("alice"));
    assert!(!hub.membership().is_member("alice", "general"));

    assert!(hub.identify(&one, identity("bob", "t")));
    assert!(hub.identify(&one, identity("carol", "t")), "a connection can change hands");
    assert_eq!(hub.users(), [Arc::from("carol")]);
}

#[test]
fn an_ended_connection_takes_nothing_on_and_leaves_nothing_behind() {
    let hub = Hub::default();
    let alice = listener(&hub, "alice", &["general", "dev"]);
    hub.identify(&alice, identity("alice", "token"));
    assert_eq!(hub.disconnect(&alice).as_deref(), Some("alice"));
    assert_eq!(hub.disconnect(&alice), None);
    assert!(!hub.subscribe(&alice, "late", topic("general")));
    assert!(!hub.identify(&alice, identity("alice", "token")));
    assert!(!hub.send(&alice, Frame::new("late")));
    let stats = hub.stats();
    assert_eq!((stats.connections, stats.users, stats.subscriptions, stats.topics), (0, 0, 0, 0));
    assert_eq!(Arc::strong_count(&alice), 1);
}

#[test]
fn sessions_are_closed_by_user_and_by_token() {
    let hub = Hub::default();
    let connections: Vec<_> = ["a", "b", "c"].map(|id| hub.connect(id)).into();
    for (connection, (uid, token)) in
        connections.iter().zip([("alice", "t1"), ("alice", "t2"), ("bob", "t3")])
    {
        hub.identify(connection, identity(uid, token));
    }
    let open = || connections.iter().filter(|c| c.outbox().close_reason().is_none()).count();
    assert_eq!(hub.close_user("alice", Some("t2"), "logged out"), 1);
    assert_eq!(connections[0].outbox().close_reason().as_deref(), Some("logged out"));
    assert_eq!(open(), 2);
    assert_eq!(hub.close_token("t3", "revoked"), 1);
    assert_eq!(connections[2].outbox().close_reason().as_deref(), Some("revoked"));
    assert_eq!(hub.close_all("restart"), 3);
    assert_eq!(open(), 0);
}

/// Publishers, comers and goers on few topics: each listener that stays sees every event of each publisher
/// exactly once and in order, all of them in the same order, and nothing comes after an unsubscribe.
#[test]
fn order_and_completeness_hold_under_concurrency() {
    const EVENTS: usize = 500;
    const PUBLISHERS: usize = 3;
    let hub = Hub::new(usize::MAX);
    let stayers: Vec<_> = (0..4).map(|i| listener(&hub, &format!("stayer{i}"), &["general"])).collect();
    let start = Barrier::new(PUBLISHERS + 2);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|publisher| {
                let (hub, start) = (&hub, &start);
                scope.spawn(move || {
                    start.wait();
                    for i in 0..EVENTS {
                        assert!(
                            hub.publish("room-messages", "general", &[&format!("[{publisher},{i}]")]) >= 4
                        );
                    }
                })
            })
            .collect();
        for goer in 0..2 {
            let (hub, start, done) = (&hub, &start, &done);
            scope.spawn(move || {
                let connection = hub.connect(format!("goer{goer}"));
                start.wait();
                while !done.load(Ordering::Relaxed) {
                    hub.subscribe(&connection, "a", topic("general"));
                    hub.subscribe(&connection, "b", topic("short-lived"));
                    hub.publish("room-messages", "short-lived", &["0"]);
                    hub.unsubscribe(&connection, "a");
                    hub.unsubscribe(&connection, "b");
                    drop(taken(&connection));
                }
                assert_eq!(connection.outbox().queued_bytes(), 0);
                hub.disconnect(&connection);
            });
        }
        for publisher in publishers {
            publisher.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });

    let orders: Vec<Vec<Value>> = stayers.iter().map(|connection| firsts(connection)).collect();
    assert!(orders.iter().all(|order| *order == orders[0]), "all see one order");
    for publisher in 0..PUBLISHERS {
        let own: Vec<&Value> =
            orders[0].iter().filter(|arg| arg[0] == publisher).map(|arg| &arg[1]).collect();
        assert_eq!(own, (0..EVENTS).map(Value::from).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    }
    let stats = hub.stats();
    assert_eq!((stats.connections, stats.subscriptions, stats.topics), (4, 4, 1));
}

/// Logins, logouts, subscriptions and ends of the same few connections from many threads at once leave the
/// tables empty.
#[test]
fn nothing_leaks_when_everything_happens_at_once() {
    let hub = Hub::default();
    for round in 0..200 {
        let connection = hub.connect(format!("c{round}"));
        let start = Barrier::new(4);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                hub.subscribe(&connection, "a", topic("general"));
                hub.subscribe(&connection, "b", topic("general"));
            });
            scope.spawn(|| {
                start.wait();
                hub.identify(&connection, identity("alice", "token"));
                hub.revoke(Some("alice"), |_| true);
            });
            scope.spawn(|| {
                start.wait();
                hub.publish("room-messages", "general", &["1"]);
                hub.unsubscribe(&connection, "a");
            });
            scope.spawn(|| {
                start.wait();
                hub.disconnect(&connection);
            });
        });
        let stats = hub.stats();
        assert_eq!((stats.connections, stats.users, stats.subscriptions, stats.topics), (0, 0, 0, 0));
        assert!(hub.membership().connect(&Arc::from("alice")), "the user was left over");
        hub.membership().disconnect("alice");
    }
}
