//! People's calendars: what they hold, reminders, and who is busy.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use gantry_accounts::presence::set_status;
use gantry_accounts::users;
use gantry_kernel::caller::Ctx;
use gantry_protocol::Timestamp;
use gantry_protocol::objects::UserStatus;
use gantry_workspace::calendar::tick;
use serde_json::{Value, json};

use crate::world::{Actor, World, worlds};

const MINUTE: i64 = 60_000;

fn iso(at: Timestamp) -> String {
    at.to_iso()
}

async fn made(who: &Actor<'_>, body: Value) -> String {
    let answer = who.post("calendar-events.create", body).await.ok();
    answer["id"].as_str().unwrap().to_owned()
}

async fn event(who: &Actor<'_>, id: &str) -> Value {
    who.get("calendar-events.info", &format!("id={id}")).await.ok()["event"].clone()
}

/// What somebody looks like.
async fn status(world: &World, uid: &'static str) -> UserStatus {
    let ctx = Ctx::internal(&world.kernel);
    let read = ctx.read(async move |tx| users::by_id(tx, uid).await);
    read.await.unwrap().unwrap().status_default.unwrap_or_default()
}

/// Somebody is here and chooses what to look like.
async fn chooses(world: &World, uid: &'static str, wish: UserStatus) {
    let ctx = Ctx::internal(&world.kernel);
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        tx.exec(
            "UPDATE users SET status_connection = 'online', status = 'online' WHERE id = ?1",
            &gantry_store::vals![uid],
        )
        .await?;
        set_status(&inner, tx, uid, Some(wish), None).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn an_event_is_its_owners_alone() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let start = iso(world.kernel.clock.now().plus_millis(60 * MINUTE));
        let id = made(
            &alice,
            json!({ "startTime": start, "externalId": "x", "subject": "Plan", "description": "d" }),
        )
        .await;
        let shown = event(&alice, &id).await;
        assert_eq!((&shown["uid"], &shown["startTime"]), (&json!("alice"), &json!(start)));
        assert_eq!(shown["reminderMinutesBeforeStart"], 5);
        assert_eq!(shown["notificationSent"], false);
        for absent in ["externalId", "endTime", "busy", "meetingUrl"] {
            assert_eq!(shown.get(absent), None, "{absent}");
        }
        let stranger = bob.get("calendar-events.info", &format!("id={id}")).await;
        assert_eq!((stranger.status, stranger.body), (400, json!({ "success": false })));
        let change = json!({ "eventId": id, "startTime": start, "subject": "Mine", "description": "d" });
        assert_eq!(
            bob.post("calendar-events.update", change.clone()).await.refused(),
            "invalid-calendar-event"
        );
        let gone = json!({ "eventId": id });
        assert_eq!(
            bob.post("calendar-events.delete", gone.clone()).await.refused(),
            "invalid-calendar-event"
        );
        alice.post("calendar-events.update", change).await.ok();
        assert_eq!(event(&alice, &id).await["subject"], "Mine");
        alice.post("calendar-events.delete", gone.clone()).await.ok();
        assert_eq!(alice.post("calendar-events.delete", gone).await.refused(), "invalid-calendar-event");
    }
}

#[tokio::test]
async fn a_day_lists_what_begins_on_it() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        for (start, subject) in [
            ("2024-02-29T23:59:59.000Z", "late"),
            ("2024-02-29T00:00:00.000Z", "early"),
            ("2024-03-01T00:00:00.000Z", "next day"),
        ] {
            made(&alice, json!({ "startTime": start, "subject": subject, "description": "" })).await;
        }
        let list = alice.get("calendar-events.list", "date=2024-02-29").await.ok();
        let subjects: Vec<&str> =
            list["data"].as_array().unwrap().iter().map(|event| event["subject"].as_str().unwrap()).collect();
        assert_eq!(subjects, ["early", "late"]);
        assert_eq!(bob.get("calendar-events.list", "date=2024-02-29").await.ok()["data"], json!([]));
        assert_eq!(alice.get("calendar-events.list", "date=x").await.refused(), "Invalid time value");
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let whole =
            json!({ "startTime": "2024-02-29", "externalId": "x", "subject": "s", "description": "d" });
        for (path, required) in [
            ("calendar-events.create", vec!["startTime", "subject", "description"]),
            ("calendar-events.import", vec!["startTime", "externalId", "subject", "description"]),
        ] {
            for field in required {
                let mut body = whole.clone();
                body.as_object_mut().unwrap().remove(field);
                assert_eq!(alice.post(path, body).await.refused(), "invalid-params", "{path} {field}");
            }
            let mut body = whole.clone();
            body["more"] = json!(1);
            assert_eq!(alice.post(path, body).await.refused(), "invalid-params");
            let mut body = whole.clone();
            body["startTime"] = json!("tomorrow");
            assert_eq!(alice.post(path, body).await.refused(), "Invalid time value");
        }
        assert_eq!(alice.get("calendar-events.info", "").await.refused(), "invalid-params");
        assert_eq!(alice.get("calendar-events.list", "").await.refused(), "invalid-params");
        assert_eq!(alice.post("calendar-events.delete", json!({})).await.refused(), "invalid-params");
    }
}

#[tokio::test]
async fn an_event_that_is_imported_again_is_changed() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let body = |subject: &str, reminder: Value| {
            json!({ "startTime": "2024-02-29T10:00:00.000Z", "externalId": "outlook", "subject": subject,
                "description": "https://x.example/?callUrl=https%3A%2F%2Fmeet.example%2Fa",
                "reminderMinutesBeforeStart": reminder })
        };
        let import = async |who: &Actor<'_>, body: Value| {
            who.post("calendar-events.import", body).await.ok()["id"].as_str().unwrap().to_owned()
        };
        let id = import(&alice, body("first", json!(10))).await;
        let shown = event(&alice, &id).await;
        assert_eq!(shown["meetingUrl"], "https://meet.example/a");
        assert_eq!(shown["reminderTime"], "2024-02-29T09:50:00.000Z");
        assert_eq!(shown["externalId"], "outlook");
        assert_eq!(import(&alice, body("second", Value::Null)).await, id);
        let shown = event(&alice, &id).await;
        assert_eq!((&shown["subject"], &shown["reminderMinutesBeforeStart"]), (&json!("second"), &json!(10)));
        assert_ne!(import(&bob, body("bob's", Value::Null)).await, id);
    }
}

#[tokio::test]
async fn people_are_reminded_once() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let reminders = world.listen("notify-user", "alice/calendar");
        let start = world.kernel.clock.now().plus_millis(30 * MINUTE);
        let id = made(
            &alice,
            json!({ "startTime": iso(start), "subject": "Plan", "description": "", "reminderMinutesBeforeStart": 10 }),
        )
        .await;
        made(
            &bob,
            json!({ "startTime": iso(start), "subject": "x", "description": "", "reminderMinutesBeforeStart": 0 }),
        )
        .await;
        tick(&world.kernel).await.unwrap();
        assert!(world.heard(&reminders).await.is_empty());
        world.wait(20 * MINUTE);
        tick(&world.kernel).await.unwrap();
        tick(&world.kernel).await.unwrap();
        let heard_now = world.heard(&reminders).await;
        assert_eq!(heard_now.len(), 1, "{heard_now:?}");
        assert_eq!(heard_now[0]["title"], "Plan");
        assert_eq!(heard_now[0]["payload"], json!({ "_id": id, "startTimeUtc": iso(start) }));
        assert!(heard_now[0]["text"].as_str().unwrap().ends_with(" PM"), "{heard_now:?}");
        assert_eq!(event(&alice, &id).await["notificationSent"], true);

        // It is put off: the reminder comes again.
        let later = start.plus_millis(60 * MINUTE);
        let change = json!({ "eventId": id, "startTime": iso(later), "subject": "Plan", "description": "" });
        alice.post("calendar-events.update", change).await.ok();
        world.wait(60 * MINUTE);
        tick(&world.kernel).await.unwrap();
        assert_eq!(world.heard(&reminders).await.len(), 1);
    }
}

#[tokio::test]
async fn who_wants_no_reminders_and_what_is_over_gets_none() {
    for world in worlds().await {
        let (_, _, bob) = world.people().await;
        let his = world.listen("notify-user", "bob/calendar");
        let soon = async || {
            let start = world.kernel.clock.now().plus_millis(10 * MINUTE);
            made(&bob, json!({ "startTime": iso(start), "subject": "x", "description": "" })).await;
            world.wait(5 * MINUTE);
            tick(&world.kernel).await.unwrap();
        };
        world.set("Accounts_Default_User_Preferences_notifyCalendarEvents", json!(false)).await;
        soon().await;
        assert!(world.heard(&his).await.is_empty());
        world.set("Accounts_Default_User_Preferences_notifyCalendarEvents", json!(true)).await;
        soon().await;
        assert_eq!(world.heard(&his).await.len(), 1);
        made(&bob, json!({ "startTime": "2020-01-01", "subject": "old", "description": "" })).await;
        tick(&world.kernel).await.unwrap();
        assert!(world.heard(&his).await.is_empty());
    }
}

#[tokio::test]
async fn who_is_in_a_meeting_is_busy_until_it_ends() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let now = world.kernel.clock.now();
        let meeting = |from: i64, until: i64, more: Value| {
            let mut body = json!({ "startTime": iso(now.plus_millis(from * MINUTE)),
                "endTime": iso(now.plus_millis(until * MINUTE)), "subject": "m", "description": "" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        chooses(&world, "alice", UserStatus::Away).await;
        made(&alice, meeting(10, 20, json!({}))).await;
        made(&alice, meeting(15, 40, json!({}))).await;
        made(&bob, meeting(10, 20, json!({ "busy": false }))).await;
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Away);
        world.wait(16 * MINUTE);
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Busy);
        assert_ne!(status(&world, "bob").await, UserStatus::Busy);
        world.wait(5 * MINUTE);
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Busy, "the second goes on");
        world.wait(20 * MINUTE);
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Away, "as before the first");
    }
}

#[tokio::test]
async fn what_somebody_chooses_during_a_meeting_stays() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let now = world.kernel.clock.now();
        chooses(&world, "alice", UserStatus::Away).await;
        let body = json!({ "startTime": iso(now), "endTime": iso(now.plus_millis(30 * MINUTE)), "subject": "m",
            "description": "" });
        let id = made(&alice, body.clone()).await;
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Busy);
        alice.post("calendar-events.delete", json!({ "eventId": id })).await.ok();
        assert_eq!(status(&world, "alice").await, UserStatus::Away, "the meeting is off");
        made(&alice, body.clone()).await;
        tick(&world.kernel).await.unwrap();
        chooses(&world, "alice", UserStatus::Online).await;
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Online);
        world.wait(31 * MINUTE);
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Online);
        world.set("Calendar_BusyStatus_Enabled", json!(false)).await;
        let now = world.kernel.clock.now();
        let body = json!({ "startTime": iso(now), "endTime": iso(now.plus_millis(30 * MINUTE)), "subject": "m",
            "description": "" });
        made(&alice, body).await;
        tick(&world.kernel).await.unwrap();
        assert_eq!(status(&world, "alice").await, UserStatus::Online);
    }
}

#[tokio::test]
async fn an_events_fields_are_of_their_types() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let start = iso(world.kernel.clock.now());
        let event = json!({ "startTime": start, "subject": "Plan", "description": "d", "externalId": "x" });
        for (field, value) in [
            ("subject", json!(5)),
            ("subject", json!(null)),
            ("description", json!(true)),
            ("startTime", json!(7)),
            ("reminderMinutesBeforeStart", json!("5")),
        ] {
            let mut event = event.clone();
            event[field] = value;
            for path in ["calendar-events.create", "calendar-events.import"] {
                assert_eq!(
                    alice.post(path, event.clone()).await.refused(),
                    "invalid-params",
                    "{path} {field}"
                );
            }
        }
        assert_eq!(
            alice.post("calendar-events.delete", json!({ "eventId": 7 })).await.refused(),
            "invalid-params"
        );
        made(&alice, event).await;
    }
}
