//! What a client knew before an operation, plus the events that it was sent, is what it would fetch afresh.
//!
//! Stories go through every operation that writes what clients keep of rooms. Alice owns most of what they are
//! about, Bob is a member with two devices; what he does on one shows on the other.

mod channel;
mod direct;
mod discussion;
mod group;
mod messages;
mod methods;
mod names;
mod people;
mod secret;
mod step;
mod team;
mod watcher;

use std::collections::{BTreeMap, BTreeSet};

use gantry_kernel::spec::Verb;
use gantry_server::assembly;
use gantry_store::testing::engines;
use serde_json::json;

use self::step::Step;
use self::watcher::Watcher;
use crate::harness::TestServer;

/// Operations whose paths begin so may change rooms, subscriptions or messages.
const TOPICS: [&str; 14] = [
    "channels.",
    "groups.",
    "im.",
    "rooms.",
    "chat.",
    "teams.",
    "subscriptions.",
    "commands.",
    "users.",
    "uploads.",
    "e2e.",
    "autotranslate.",
    "moderation.",
    "useInviteToken",
];

/// Those of them that are in no story, and why.
const SILENT: &[(&str, &str)] = &[
    (
        "autotranslate.translateMessage",
        "needs a translator outside; the message is sent when the answer comes",
    ),
    ("commands.preview", "no command has previews: it always refuses"),
    ("users.2fa.disableEmail", "how a user logs in"),
    ("users.2fa.enableEmail", "how a user logs in"),
    ("users.2fa.sendEmailCode", "a letter"),
    ("users.createToken", "how a user logs in"),
    ("users.forgotPassword", "a letter"),
    ("users.generatePersonalAccessToken", "how a user logs in"),
    ("users.logout", "how a user logs in"),
    ("users.logoutOtherClients", "how a user logs in"),
    ("users.regeneratePersonalAccessToken", "how a user logs in"),
    ("users.removeOtherTokens", "how a user logs in"),
    ("users.removePersonalAccessToken", "how a user logs in"),
    ("users.resetTOTP", "how a user logs in"),
    ("users.sendConfirmationEmail", "a letter"),
    ("users.sendWelcomeEmail", "a letter"),
    ("users.verifyEmail", "an address of a user"),
];

/// Plays a story on each engine.
async fn play(story: fn() -> Vec<Step>) {
    for engine in engines() {
        let server = TestServer::start_with(engine, |config| config.test_mode = true).await;
        let mut clients = BTreeMap::from([("admin", server.admin().await)]);
        for name in ["alice", "bob", "carol", "dave"] {
            clients.insert(name, server.user(name).await);
        }
        let mut known: BTreeMap<_, _> =
            clients.iter().map(|(name, client)| (*name, client.uid().to_owned())).collect();
        for (id, value) in SETTINGS {
            let setting = clients["admin"].post(&format!("settings/{id}"), &json!({ "value": value })).await;
            setting.unwrap().ok();
        }
        let permissions = PERMISSIONS.map(|(id, roles)| json!({ "_id": id, "roles": roles }));
        let body = json!({ "permissions": permissions });
        clients["admin"].post("permissions.update", &body).await.unwrap().ok();
        let kernel = &server.running.kernel;
        kernel.events.quiesce().await;
        let mut watchers = Vec::new();
        for name in ["alice", "bob", "bob"] {
            watchers.push((name, Watcher::start(&server, &clients[name]).await));
        }
        let mut shown = vec!["GENERAL".to_owned()];
        let mut faults = Vec::new();
        for (number, step) in story().iter().enumerate() {
            for (_, watcher) in &mut watchers {
                for rid in &shown {
                    watcher.show(rid).await;
                }
            }
            let what = format!("{number}: {} by {}", step.path, step.by);
            if let Some(fault) = step.run(&clients[step.by], &kernel.registry, &mut known).await {
                faults.push(format!("{what}: {fault}"));
            }
            kernel.events.quiesce().await;
            for (device, (name, watcher)) in watchers.iter_mut().enumerate() {
                let differences = watcher.check().await;
                faults.extend(differences.iter().map(|d| format!("{what}: {name} ({device}): {d}")));
            }
            shown.extend(step.shows.and_then(|name| known.get(name)).cloned());
        }
        assert!(faults.is_empty(), "{engine:?}, {} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

/// Settings without which some operations are refused.
const SETTINGS: [(&str, bool); 3] =
    [("AutoTranslate_Enabled", true), ("E2E_Enable", true), ("Accounts_AllowDeleteOwnAccount", true)];

/// Permissions that only administrators have by default.
const PERMISSIONS: [(&str, &[&str]); 3] = [
    ("auto-translate", &["admin", "user"]),
    ("mail-messages", &["admin", "user"]),
    ("unarchive-room", &["admin", "owner"]),
];

#[tokio::test]
async fn of_a_channel() {
    play(channel::story).await;
}

#[tokio::test]
async fn of_what_is_said() {
    play(messages::story).await;
}

#[tokio::test]
async fn of_a_group() {
    play(group::story).await;
}

#[tokio::test]
async fn of_an_encrypted_group() {
    play(secret::story).await;
}

#[tokio::test]
async fn of_direct_rooms() {
    play(direct::story).await;
}

#[tokio::test]
async fn of_discussions() {
    play(discussion::story).await;
}

#[tokio::test]
async fn of_a_team() {
    play(team::story).await;
}

#[tokio::test]
async fn of_methods() {
    play(methods::story).await;
}

#[tokio::test]
async fn of_people_who_go_by_other_names() {
    play(names::story).await;
}

#[tokio::test]
async fn of_people_who_come_and_go() {
    play(people::story).await;
}

#[test]
fn every_operation_that_writes_is_in_a_story() {
    let stories = [
        channel::story,
        messages::story,
        group::story,
        secret::story,
        direct::story,
        discussion::story,
        team::story,
        names::story,
        people::story,
    ];
    let told: BTreeSet<_> =
        stories.iter().flat_map(|story| story()).filter_map(|step| step.operation()).collect();
    let silent: BTreeSet<_> = SILENT.iter().map(|(path, _)| *path).collect();
    let registry = assembly::registry();
    let writes: BTreeSet<_> = registry
        .endpoints()
        .iter()
        .filter(|entry| entry.spec.verb != Verb::Get)
        .map(|entry| entry.spec.path)
        .filter(|path| TOPICS.iter().any(|topic| path.starts_with(topic)))
        .collect();
    let untold: Vec<_> =
        writes.iter().filter(|path| !told.contains(*path) && !silent.contains(*path)).collect();
    assert!(untold.is_empty(), "in no story: {untold:#?}");
    let needless: Vec<_> =
        silent.iter().filter(|path| told.contains(*path) || !writes.contains(*path)).collect();
    assert!(needless.is_empty(), "listed as silent for nothing: {needless:#?}");
}
