//! Looking at the workspace as a whole: audits, the dashboard, the cloud.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, World, worlds};
use gantry_accounts::activity;
use gantry_kernel::caller::Ctx;
use serde_json::{Value, json};

async fn group(who: &Actor<'_>, name: &str) -> String {
    let body = who.post("groups.create", json!({ "name": name })).await.ok();
    body["group"]["_id"].as_str().unwrap().to_owned()
}

async fn says(who: &Actor<'_>, rid: &str, text: &str) {
    who.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok();
}

/// A time `days` from now, as an ISO time and as EJSON.
fn time(world: &World, days: i64) -> (String, Value) {
    let time = world.kernel.clock.now().plus_millis(days * 24 * 60 * 60 * 1000);
    (time.to_iso(), json!(time))
}

fn texts(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["msg"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_auditor_reads_what_others_wrote_and_leaves_a_trace() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let auditor = world.user("auditor", &["user", "auditor"]).await;
        let rid = group(&alice, "secret").await;
        for text in ["The Plan", "nothing", "another plan 100%"] {
            says(&alice, &rid, text).await;
        }
        let (start, end) = (time(&world, -1).1, time(&world, 1).1);
        let ask = |msg: &str, kind: &str, users: Value| {
            json!([{ "rid": if kind == "u" { "" } else { &rid }, "startDate": start, "endDate": end,
                "users": users, "msg": msg, "type": kind }])
        };
        let found = auditor.method("auditGetMessages", ask(" PLAN ", "", json!([]))).await.unwrap();
        assert_eq!(texts(&found), ["The Plan", "another plan 100%"]);
        let found = auditor.method("auditGetMessages", ask("100%", "u", json!(["alice"]))).await.unwrap();
        assert_eq!(texts(&found), ["another plan 100%"]);
        let found = auditor.method("auditGetMessages", ask("100%", "u", json!(["bob"]))).await.unwrap();
        assert!(texts(&found).is_empty());
        let nowhere =
            json!([{ "rid": "x", "startDate": start, "endDate": end, "users": [], "msg": "", "type": "" }]);
        let refused = auditor.method("auditGetMessages", nowhere).await.unwrap_err();
        assert!(refused.is("Room doesn`t exist"));
        let refused = bob.method("auditGetMessages", ask("", "", json!([]))).await.unwrap_err();
        assert!(refused.is("Not allowed"));

        let log =
            admin.method("auditGetAuditions", json!([{ "startDate": start, "endDate": end }])).await.unwrap();
        assert_eq!(log.as_array().unwrap().len(), 3);
        assert_eq!(log[0]["u"], json!({ "_id": "auditor", "username": "auditor", "name": "auditor Real" }));
        assert_eq!((&log[0]["fields"]["rids"][0], &log[0]["results"]), (&json!(rid), &json!(2)));
        let refused =
            auditor.method("auditGetAuditions", json!([{ "startDate": start, "endDate": end }])).await;
        assert!(refused.unwrap_err().is("Not allowed"), "who audits does not read the log");
    }
}

#[tokio::test]
async fn an_auditor_sees_who_is_in_a_room() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let auditor = world.user("auditor", &["user", "auditor"]).await;
        let rid = group(&alice, "secret").await;
        alice.post("groups.invite", json!({ "roomId": rid, "userId": "bob" })).await.ok();
        let members = auditor.get("audit/rooms.members", &format!("roomId={rid}")).await.ok();
        assert_eq!((&members["total"], &members["members"][0]["username"]), (&json!(2), &json!("alice")));
        let filtered = auditor.get("audit/rooms.members", &format!("roomId={rid}&filter=bo")).await.ok();
        assert_eq!((&filtered["total"], &filtered["members"][0]["username"]), (&json!(1), &json!("bob")));
        let sorted =
            auditor.get("audit/rooms.members", &format!("roomId={rid}&sort={{\"username\":-1}}")).await.ok();
        assert_eq!(sorted["members"][0]["username"], "bob");
        assert_eq!(auditor.get("audit/rooms.members", "roomId=x").await.status, 404);
        let refused = bob.get("audit/rooms.members", &format!("roomId={rid}")).await;
        assert_eq!(refused.refused(), "error-unauthorized");
        let period = json!([{ "startDate": time(&world, -1).1, "endDate": time(&world, 1).1 }]);
        let log = admin.method("auditGetAuditions", period).await.unwrap();
        assert_eq!(log.as_array().unwrap().len(), 3);
        assert_eq!(log[1]["fields"]["filters"], "bo");
    }
}

#[tokio::test]
async fn the_dashboard_counts_what_people_write() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let (busy, quiet) = (group(&alice, "busy").await, group(&alice, "quiet").await);
        says(&alice, &busy, "one").await;
        says(&alice, &busy, "two").await;
        let this_week = format!("start={}&end={}", time(&world, -7).0, time(&world, 0).0);
        let next_week = format!("start={}&end={}", time(&world, 1).0, time(&world, 8).0);
        let list = async |query: String| admin.get("engagement-dashboard/channels/list", &query).await.ok();
        let all = list(this_week.clone()).await;
        assert_eq!((&all["total"], &all["count"]), (&json!(3), &json!(3)));
        let first = &all["channels"][0];
        assert_eq!((&first["room"]["_id"], &first["room"]["name"]), (&json!(busy), &json!("busy")));
        assert_eq!(
            (&first["messages"], &first["lastWeekMessages"], &first["diffFromLastWeek"]),
            (&json!(2), &json!(0), &json!(2))
        );
        let active = list(format!("{this_week}&hideRoomsWithNoActivity=true")).await;
        assert_eq!(active["total"], 1);
        assert!(!active.to_string().contains(&quiet));
        let later = list(format!("{next_week}&hideRoomsWithNoActivity=true")).await;
        assert_eq!(
            (&later["channels"][0]["messages"], &later["channels"][0]["diffFromLastWeek"]),
            (&json!(0), &json!(-2))
        );
        let get =
            async |path: &str| admin.get(&format!("engagement-dashboard/{path}"), &this_week).await.ok();
        let sent = get("messages/messages-sent").await;
        assert_eq!((&sent["period"]["count"], &sent["days"][0]["messages"]), (&json!(2), &json!(2)));
        let origins = get("messages/origin").await;
        assert_eq!(origins["origins"][1], json!({ "t": "p", "messages": 2 }));
        let popular = get("messages/top-five-popular-channels").await;
        assert_eq!(popular["channels"], json!([{ "t": "p", "name": "busy", "messages": 2 }]));
        let users = get("users/new-users").await;
        assert_eq!(users["period"], json!({ "count": 3, "variation": 3 }));
        for path in ["channels/list", "messages/origin", "users/new-users"] {
            let path = format!("engagement-dashboard/{path}");
            assert_eq!(alice.get(&path, &this_week).await.refused(), "error-unauthorized");
            assert_eq!(
                admin.get(&path, "end=x").await.refused(),
                "Match error: Failed Match.Where validation in field end"
            );
            assert_eq!(admin.get(&path, "").await.refused(), "Match error: Missing key 'start'");
        }
    }
}

#[tokio::test]
async fn the_workspace_is_not_registered_with_a_cloud() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let status = admin.get("cloud.registrationStatus", "").await.ok()["registrationStatus"].clone();
        assert_eq!((&status["workspaceRegistered"], &status["uniqueId"]), (&json!(false), &json!("unique")));
        assert_eq!(admin.post("cloud.registerPreIntent", json!({})).await.ok()["offline"], true);
        let intent = json!({ "resend": true, "email": "a@example.org" });
        assert_eq!(admin.post("cloud.createRegistrationIntent", intent).await.refused(), "Invalid query");
        assert_eq!(admin.get("cloud.confirmationPoll", "deviceCode=x").await.refused(), "Invalid query");
        let data = admin.method("cloud:getWorkspaceRegisterData", json!([])).await.unwrap();
        assert!(data.as_str().unwrap().starts_with("eyJ"));
        assert_eq!(admin.method("cloud:checkRegisterStatus", json!([])).await.unwrap(), status);
        assert_eq!(admin.method("cloud:registerWorkspace", json!([])).await.unwrap(), false);
        let empty = admin.method("cloud:connectWorkspace", json!([""])).await.unwrap_err();
        assert!(empty.is("error-invalid-payload"));
        let refused = alice.method("cloud:checkRegisterStatus", json!([])).await.unwrap_err();
        assert!(refused.is("error-not-authorized"));
    }
}

#[tokio::test]
async fn without_a_provider_there_are_no_calls() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = group(&alice, "secret").await;
        assert_eq!(alice.get("video-conference.providers", "").await.ok()["data"], json!([]));
        let list = alice.get("video-conference.list", &format!("roomId={rid}")).await.ok();
        assert_eq!((&list["data"], &list["total"]), (&json!([]), &json!(0)));
        let none = "no-videoconf-provider-app";
        assert_eq!(alice.get("video-conference.capabilities", "").await.refused(), none);
        let start = json!({ "roomId": rid });
        assert_eq!(alice.post("video-conference.start", start.clone()).await.refused(), none);
        for who in [&admin, &bob] {
            assert_eq!(who.post("video-conference.start", start.clone()).await.refused(), "invalid-params");
            let list = who.get("video-conference.list", &format!("roomId={rid}")).await;
            assert_eq!(list.refused(), "invalid-params", "not their room");
        }
        for path in ["video-conference.join", "video-conference.cancel"] {
            assert_eq!(alice.post(path, json!({ "callId": "x" })).await.refused(), "invalid-params");
        }
        assert_eq!(alice.get("video-conference.info", "callId=x").await.refused(), "invalid-params");
    }
}

/// Writes down that people were here `hours` ago.
async fn were_here(world: &World, hours: i64, uids: &'static [&'static str]) {
    let at = world.kernel.clock.now().plus_millis(-hours * 60 * 60 * 1000);
    Ctx::internal(&world.kernel)
        .write(async move |tx| {
            for uid in uids {
                activity::note(tx, uid, at).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn the_dashboard_shows_when_people_are_here() {
    for world in worlds().await {
        // It is a quarter past ten in the evening of 14 November 2023.
        let (admin, alice, _) = world.people().await;
        were_here(&world, 0, &["alice", "bob"]).await;
        were_here(&world, 0, &["alice"]).await;
        were_here(&world, 1, &["alice"]).await;
        were_here(&world, 24, &["bob"]).await;
        were_here(&world, 24 * 30, &["admin"]).await;
        let get = async |path: &str, query: String| {
            admin.get(&format!("engagement-dashboard/users/{path}"), &query).await.ok()
        };
        let (now, week) = (time(&world, 0).0, time(&world, -7).0);
        let days = get("active-users", format!("start={week}&end={now}")).await["month"].clone();
        assert_eq!(
            days,
            json!([
                { "day": 14, "month": 11, "year": 2023, "users": 2, "usersList": ["alice", "bob"] },
                { "day": 13, "month": 11, "year": 2023, "users": 1, "usersList": ["bob"] },
            ])
        );
        let days = get("chat-busier/weekly-data", format!("start={now}")).await["month"].clone();
        assert_eq!(
            days,
            json!([
                { "day": 14, "month": 11, "year": 2023, "users": 2 },
                { "day": 13, "month": 11, "year": 2023, "users": 1 },
            ])
        );
        let hours = get("chat-busier/hourly-data", format!("start={now}")).await["hours"].clone();
        assert_eq!(hours.as_array().unwrap().len(), 12);
        assert_eq!(hours[0], json!({ "hour": 22, "users": 2 }));
        assert_eq!(hours[1], json!({ "hour": 20, "users": 1 }));
        assert_eq!(hours[2], json!({ "hour": 18, "users": 0 }));
        let week = get("users-by-time-of-the-day-in-a-week", format!("start={week}&end={now}")).await["week"]
            .clone();
        assert_eq!(week.as_array().unwrap().len(), 3);
        assert_eq!(week[1], json!({ "day": 14, "month": 11, "year": 2023, "hour": 21, "users": 1 }));
        assert_eq!(week[2], json!({ "day": 13, "month": 11, "year": 2023, "hour": 22, "users": 1 }));
        let earlier = get("chat-busier/hourly-data", format!("start={}", time(&world, -90).0)).await;
        assert_eq!(earlier["hours"], json!([]));
        for path in [
            "active-users",
            "chat-busier/weekly-data",
            "chat-busier/hourly-data",
            "users-by-time-of-the-day-in-a-week",
        ] {
            let path = format!("engagement-dashboard/users/{path}");
            let query = format!("start={now}&end={now}");
            assert_eq!(alice.get(&path, &query).await.refused(), "error-unauthorized");
            assert_eq!(admin.get(&path, "").await.refused(), "Match error: Missing key 'start'");
            assert_eq!(
                admin.get(&path, "start=x").await.refused(),
                "Match error: Failed Match.Where validation in field start"
            );
        }
    }
}

#[tokio::test]
async fn the_cache_of_previews_is_cleared_by_those_who_may() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let cleared = admin.method("OEmbedCacheCleanup", json!([])).await.unwrap();
        assert_eq!(cleared, json!({ "message": "cache_cleared" }));
        let refused = alice.method("OEmbedCacheCleanup", json!([])).await.unwrap_err();
        assert!(refused.is("error-not-allowed"), "{refused}");
    }
}
