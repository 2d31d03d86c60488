//! The list of devices on which people are signed in.

use gantry_accounts::activity;
use serde_json::{Value, json};

use crate::workspace::{Workspace, each};

/// Signs somebody in with a password and answers the login.
async fn signs_in(workspace: &Workspace, name: &str) -> Value {
    let (status, answer) =
        workspace.stranger().posts("login", json!({ "user": name, "password": "secret" })).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn person(workspace: &Workspace, name: &str) {
    let root = if workspace.knows("root").await {
        workspace.again("root")
    } else {
        workspace.somebody("root", &["admin"]).await
    };
    let body = json!({ "username": name, "name": name, "email": format!("{name}@example.com"), "password": "secret" });
    let (status, answer) = root.posts("users.create", body).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_devices_only() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        person(&workspace, "bob").await;
        let first = workspace.with_login(&signs_in(&workspace, "ann").await);
        workspace.kernel.clock.advance(1_000);
        let second = workspace.with_login(&signs_in(&workspace, "ann").await);
        let bob = workspace.with_login(&signs_in(&workspace, "bob").await);

        let (status, list) = first.gets("sessions/list").await;
        assert_eq!((status, &list["total"]), (200, &json!(2)), "{list}");
        let current: Vec<&Value> =
            list["sessions"].as_array().unwrap().iter().map(|s| &s["current"]).collect();
        assert_eq!(current, [&json!(false), &json!(true)], "the last login comes first");
        let other = list["sessions"][0]["sessionId"].as_str().unwrap().to_owned();
        assert!(!list.to_string().contains("token"), "{list}");

        let (status, info) = first.gets(&format!("sessions/info?sessionId={other}")).await;
        assert_eq!((status, &info["sessionId"]), (200, &json!(other)), "{info}");
        for (status, answer) in [
            bob.gets(&format!("sessions/info?sessionId={other}")).await,
            bob.posts("sessions/logout.me", json!({ "sessionId": other })).await,
        ] {
            assert_eq!((status, &answer["error"]), (404, &json!("Session not found")), "{answer}");
        }
        assert_eq!(second.gets("me").await.0, 200);

        let (status, ended) = first.posts("sessions/logout.me", json!({ "sessionId": other })).await;
        assert_eq!((status, &ended["sessionId"]), (200, &json!(other)));
        assert_eq!(second.gets("me").await.0, 401, "the token is void at once");
        assert_eq!(first.gets("sessions/list").await.1["total"], 1);
        assert_eq!(first.posts("sessions/logout.me", json!({ "sessionId": other })).await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn administrators_find_devices_by_their_users_and_end_them() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        person(&workspace, "bob").await;
        let ann = workspace.with_login(&signs_in(&workspace, "ann").await);
        let bob = workspace.with_login(&signs_in(&workspace, "bob").await);
        let root = workspace.again("root");

        for path in ["sessions/list.all", "sessions/info.admin?sessionId=x"] {
            assert_eq!(ann.gets(path).await.0, 403, "{path}");
        }
        assert_eq!(ann.posts("sessions/logout", json!({ "sessionId": "x" })).await.0, 403);

        let (_, list) = root.gets(r#"sessions/list.all?sort={"_user.username":1}"#).await;
        let names: Vec<&Value> =
            list["sessions"].as_array().unwrap().iter().map(|s| &s["_user"]["username"]).collect();
        assert_eq!(names, [&json!("ann"), &json!("bob")]);
        let (_, found) = root.gets("sessions/list.all?filter=BO").await;
        assert_eq!((&found["total"], &found["sessions"][0]["_user"]["username"]), (&json!(1), &json!("bob")));
        let (_, page) = root.gets("sessions/list.all?count=1&offset=1").await;
        assert_eq!((&page["total"], page["sessions"].as_array().unwrap().len()), (&json!(2), 1));
        let (status, refused) = root.gets(r#"sessions/list.all?sort={"t.hash":1}"#).await;
        assert_eq!((status, &refused["error"]), (400, &json!("error-invalid-sort-keys")));

        let id = found["sessions"][0]["sessionId"].as_str().unwrap();
        let (status, info) = root.gets(&format!("sessions/info.admin?sessionId={id}")).await;
        assert_eq!((status, &info["_user"]["username"]), (200, &json!("bob")));
        let hears = bob.listens("notify-user", &format!("{}/force_logout", bob.uid)).await.unwrap();
        assert_eq!(root.posts("sessions/logout", json!({ "sessionId": id })).await.0, 200);
        assert_eq!(bob.gets("me").await.0, 401);
        assert_eq!(ann.gets("me").await.0, 200);
        assert_eq!(hears.heard().await, [json!([id])]);
    })
    .await;
}

#[tokio::test]
async fn a_return_keeps_the_session_and_an_unused_token_has_none() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        let login = signs_in(&workspace, "ann").await;
        let ann = workspace.with_login(&login);
        let before = ann.gets("sessions/list").await.1;
        workspace.kernel.clock.advance(5_000);
        let resumed =
            workspace.stranger().posts("login", json!({ "resume": login["data"]["authToken"] })).await;
        assert_eq!(resumed.0, 200);
        let after = ann.gets("sessions/list").await.1;
        assert_eq!(after["sessions"][0]["sessionId"], before["sessions"][0]["sessionId"]);
        assert_ne!(after["sessions"][0]["loginAt"], before["sessions"][0]["loginAt"]);
        // A token that another user made for her is nobody's device until it is used to sign in.
        let root = workspace.again("root");
        assert_eq!(root.posts("users.createToken", json!({ "username": "ann" })).await.0, 200);
        assert_eq!(ann.gets("sessions/list").await.1["total"], 1);
    })
    .await;
}

/// In which hours people were here.
async fn hours(workspace: &Workspace) -> Vec<(i64, String)> {
    let read = workspace.kernel.db.read::<_, gantry_kernel::error::Error, _>(async |tx| {
        let rows = tx.query_dyn("SELECT hour, uid FROM active_hours ORDER BY hour, uid", &[]).await?;
        rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
    });
    read.await.expect("the database answers")
}

#[tokio::test]
async fn hours_in_which_somebody_signs_in_or_is_connected_are_noted() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        let (first, hour) = (hours(&workspace).await.len(), activity::hour(workspace.kernel.clock.now()));
        let ann = workspace.with_login(&signs_in(&workspace, "ann").await);
        signs_in(&workspace, "ann").await;
        assert_eq!(hours(&workspace).await.len(), first + 1, "an hour is noted once");
        assert!(hours(&workspace).await.contains(&(hour, ann.uid.clone())));

        workspace.kernel.clock.advance(activity::HOUR);
        activity::note_connected(&workspace.kernel).await.unwrap();
        assert_eq!(hours(&workspace).await.len(), first + 1, "nobody is connected");
        let connection = workspace.kernel.hub.connect("socket");
        let identity = gantry_kernel::hub::Identity {
            uid: ann.uid.as_str().into(),
            username: "ann".into(),
            token_hash: "".into(),
        };
        workspace.kernel.hub.identify(&connection, identity);
        activity::note_connected(&workspace.kernel).await.unwrap();
        activity::note_connected(&workspace.kernel).await.unwrap();
        assert!(hours(&workspace).await.contains(&(hour + 1, ann.uid.clone())));

        workspace.kernel.clock.advance(activity::HOUR * 24 * 101);
        workspace.kernel.hub.disconnect(&connection);
        activity::note_connected(&workspace.kernel).await.unwrap();
        assert!(hours(&workspace).await.is_empty(), "old hours go");
    })
    .await;
}
