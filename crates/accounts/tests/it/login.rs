//! Logging in and out.

use gantry_accounts::users::events::{UserDeleting, UsernameSought};
use gantry_kernel::error::Error;
use gantry_kernel::settings::Environment;
use serde_json::{Value, json};

use crate::workspace::{Workspace, each, each_with};

/// Makes a user with a password as an administrator does.
async fn person(workspace: &Workspace, name: &str, more: Value) -> Value {
    let admin = if workspace.knows("root").await {
        workspace.again("root")
    } else {
        workspace.somebody("root", &["admin"]).await
    };
    let mut body = json!({
        "username": name, "name": name, "email": format!("{name}@example.com"), "password": "secret"
    });
    for (field, value) in more.as_object().expect("an object") {
        body[field] = value.clone();
    }
    let (status, body) = admin.posts("users.create", body).await;
    assert_eq!(status, 200, "{body}");
    body["user"].clone()
}

async fn logs_in(workspace: &Workspace, body: Value) -> (u16, Value) {
    workspace.stranger().posts("login", body).await
}

#[tokio::test]
async fn a_password_works_with_name_and_address_in_any_case() {
    each(async |workspace| {
        let user = person(&workspace, "Ann", json!({})).await;
        for body in [
            json!({ "user": "Ann", "password": "secret" }),
            json!({ "user": "aNN", "password": "secret" }),
            json!({ "username": "ann", "password": "secret" }),
            json!({ "email": "ANN@example.com", "password": "secret" }),
            json!({ "user": { "email": "ann@EXAMPLE.com" }, "password": "secret" }),
            json!({ "user": { "id": user["_id"] }, "password": "secret" }),
            json!({ "user": "ann", "password": { "digest": gantry_accounts::hashing::digest("secret"), "algorithm": "sha-256" } }),
        ] {
            let (status, answer) = logs_in(&workspace, body.clone()).await;
            assert_eq!((status, &answer["status"]), (200, &json!("success")), "{body}: {answer}");
            assert_eq!(answer["data"]["userId"], user["_id"]);
            assert!(answer.get("success").is_none());
            assert_eq!(answer["data"]["me"]["username"], "Ann");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_credentials_of_every_kind_are_one_answer() {
    each(async |workspace| {
        person(&workspace, "ann", json!({})).await;
        for body in [
            json!({ "user": "ann", "password": "wrong" }),
            json!({ "user": "nobody", "password": "secret" }),
            json!({ "resume": "made-up" }),
            json!({ "user": { "username": { "$ne": null } }, "password": "secret" }),
            json!({}),
        ] {
            let (status, answer) = logs_in(&workspace, body.clone()).await;
            let expected = json!({
                "success": false, "status": "error", "error": "Unauthorized", "message": "Unauthorized"
            });
            assert_eq!((status, answer), (401, expected), "{body}");
            let error = workspace.stranger().invokes("login", json!([body])).await.unwrap_err();
            assert_eq!(error, "401");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_works_until_it_is_logged_out_or_too_old() {
    each(async |workspace| {
        person(&workspace, "ann", json!({})).await;
        let (_, answer) = logs_in(&workspace, json!({ "user": "ann", "password": "secret" })).await;
        let ann = workspace.with_login(&answer);
        assert_eq!(ann.gets("me").await.0, 200);
        let (_, again) = logs_in(&workspace, json!({ "resume": answer["data"]["authToken"] })).await;
        assert_eq!(again["data"]["authToken"], answer["data"]["authToken"], "the same token goes on");
        assert_eq!(ann.posts("logout", json!({})).await.0, 200);
        assert_eq!(ann.gets("me").await.0, 401);

        let (_, answer) = logs_in(&workspace, json!({ "user": "ann", "password": "secret" })).await;
        let ann = workspace.with_login(&answer);
        workspace.kernel.clock.advance(90 * 24 * 3600 * 1000 - 1);
        assert_eq!(ann.gets("me").await.0, 200);
        workspace.kernel.clock.advance(1);
        assert_eq!(ann.gets("me").await.0, 401);
    })
    .await;
}

#[tokio::test]
async fn a_token_belongs_to_its_user() {
    each(async |workspace| {
        let ann = workspace.somebody("ann", &["user"]).await;
        let bob = workspace.somebody("bob", &["user"]).await;
        assert_eq!(ann.as_uid(&bob.uid).gets("me").await.0, 401);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_log_in_is_told_why_after_the_right_password_only() {
    each(async |workspace| {
        person(&workspace, "idle", json!({ "active": false })).await;
        let (status, answer) = logs_in(&workspace, json!({ "user": "idle", "password": "secret" })).await;
        assert_eq!((status, &answer["error"]), (401, &json!("error-user-is-not-activated")));
        let (_, answer) = logs_in(&workspace, json!({ "user": "idle", "password": "wrong" })).await;
        assert_eq!(answer["error"], "Unauthorized");
    })
    .await;
}

#[tokio::test]
async fn deactivating_ends_sessions_at_once() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let ann = workspace.somebody("ann", &["user"]).await;
        assert_eq!(ann.gets("me").await.0, 200);
        let body = json!({ "userId": ann.uid, "activeStatus": false });
        assert_eq!(root.posts("users.setActiveStatus", body).await.0, 200);
        assert_eq!(ann.gets("me").await.0, 401);
        let own = json!({ "userId": root.uid, "activeStatus": false });
        let (status, answer) = root.posts("users.setActiveStatus", own).await;
        assert_eq!(
            (status, &answer["errorType"]),
            (400, &json!("error-action-not-allowed")),
            "the last one stays"
        );
    })
    .await;
}

#[tokio::test]
async fn too_many_failures_have_to_wait() {
    let on = |pairs: &[(&str, &str)]| -> Environment { pairs.iter().copied().collect() };
    let environment = on(&[
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_Enabled", "true"),
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_By_User", "true"),
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_By_Ip", "false"),
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", "3"),
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", "5"),
    ]);
    each_with(
        environment,
        |_| {},
        async |workspace| {
            person(&workspace, "ann", json!({})).await;
            let right = json!({ "user": "ann", "password": "secret" });
            for _ in 0..3 {
                assert_eq!(logs_in(&workspace, json!({ "user": "ann", "password": "wrong" })).await.0, 401);
            }
            let (status, answer) = logs_in(&workspace, right.clone()).await;
            assert_eq!((status, &answer["error"]), (401, &json!("error-login-blocked-for-user")));
            workspace.kernel.clock.advance(5 * 60 * 1000);
            assert_eq!(logs_in(&workspace, right).await.0, 200);
        },
    )
    .await;
}

#[tokio::test]
async fn changing_a_password_ends_other_sessions_and_asks_for_the_old_one() {
    each(async |workspace| {
        person(&workspace, "ann", json!({})).await;
        let right = json!({ "user": "ann", "password": "secret" });
        let one = workspace.with_login(&logs_in(&workspace, right.clone()).await.1);
        let two = workspace.with_login(&logs_in(&workspace, right.clone()).await.1);
        let change =
            |current: &str| json!({ "data": { "newPassword": "another", "currentPassword": current } });
        let (status, answer) = one.posts("users.updateOwnBasicInfo", change("")).await;
        assert_eq!((status, &answer["errorType"]), (400, &json!("totp-required")));
        assert_eq!(answer["details"]["method"], "password");
        let wrong = gantry_accounts::hashing::digest("wrong");
        let (status, answer) = one.posts("users.updateOwnBasicInfo", change(&wrong)).await;
        assert_eq!((status, &answer["errorType"]), (400, &json!("totp-invalid")));
        let current = gantry_accounts::hashing::digest("secret");
        let (status, answer) = one.posts("users.updateOwnBasicInfo", change(&current)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!((one.gets("me").await.0, two.gets("me").await.0), (200, 401));
        assert_eq!(logs_in(&workspace, right).await.0, 401);
        assert_eq!(logs_in(&workspace, json!({ "user": "ann", "password": "another" })).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn personal_tokens_outlive_logins_and_end_when_removed() {
    each(async |workspace| {
        let ann = workspace.somebody("ann", &["user"]).await;
        let name = json!({ "tokenName": "bot" });
        let (status, answer) = ann.posts("users.generatePersonalAccessToken", name.clone()).await;
        assert_eq!(status, 200, "{answer}");
        let bot = ann.with_token(answer["token"].as_str().expect("a token"));
        let (status, answer) = ann.posts("users.generatePersonalAccessToken", name.clone()).await;
        assert_eq!((status, &answer["errorType"]), (400, &json!("error-token-already-exists")));
        workspace.kernel.clock.advance(91 * 24 * 3600 * 1000);
        assert_eq!((ann.gets("me").await.0, bot.gets("me").await.0), (401, 200));
        let (_, listed) = bot.gets("users.getPersonalAccessTokens").await;
        assert_eq!(listed["tokens"][0]["name"], "bot");
        assert!(listed["tokens"][0].get("token").is_none());
        assert_eq!(bot.posts("users.removePersonalAccessToken", name).await.0, 200);
        assert_eq!(bot.gets("me").await.0, 401);
    })
    .await;
}

#[tokio::test]
async fn a_removed_user_is_out_and_other_domains_may_refuse() {
    let rules = |within: &mut gantry_kernel::within::Within| {
        within.on::<UserDeleting>(|_, _, event| {
            Box::pin(async move {
                if event.confirm_relinquish { Ok(()) } else { Err(Error::code("user-last-owner")) }
            })
        });
    };
    each_with(Environment::default(), rules, async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let ann = workspace.somebody("ann", &["user"]).await;
        let (status, answer) = root.posts("users.delete", json!({ "userId": ann.uid })).await;
        assert_eq!((status, &answer["error"]), (400, &json!("[user-last-owner]")));
        assert_eq!(ann.gets("me").await.0, 200, "nothing was done");
        let confirmed = json!({ "userId": ann.uid, "confirmRelinquish": true });
        assert_eq!(root.posts("users.delete", confirmed).await.0, 200);
        assert_eq!(ann.gets("me").await.0, 401);
        assert_eq!(root.gets("users.info?username=ann").await.0, 400);
    })
    .await;
}

#[tokio::test]
async fn the_first_who_registers_is_administrator_and_names_are_taken_once() {
    let rules = |within: &mut gantry_kernel::within::Within| {
        within.on::<UsernameSought>(|_, _, event| {
            Box::pin(async move {
                if event.username == "team" { Err(Error::code("error-field-unavailable")) } else { Ok(()) }
            })
        });
    };
    each_with(Environment::default(), rules, async |workspace| {
        let form = |name: &str, email: &str| json!({ "username": name, "name": name, "email": email, "pass": "secret" });
        let stranger = workspace.stranger();
        assert_eq!(stranger.posts("users.register", form("First", "f@example.com")).await.0, 200);
        assert_eq!(stranger.posts("users.register", form("second", "s@example.com")).await.0, 200);
        let me = |name: &str| logs_in(&workspace, json!({ "user": name, "password": "secret" }));
        assert!(me("first").await.1["data"]["me"]["roles"].as_array().unwrap().contains(&json!("admin")));
        assert_eq!(me("second").await.1["data"]["me"]["roles"], json!(["user"]));
        for (name, email, error) in [
            ("fIRST", "x@example.com", "Username is already in use"),
            ("team", "x@example.com", "Username is already in use"),
            ("third", "F@example.com", "Email already exists. [403]"),
            ("admin", "x@example.com", "admin is blocked and can't be used! [error-blocked-username]"),
            ("a b", "x@example.com", "The username provided is not valid"),
        ] {
            let (status, answer) = stranger.posts("users.register", form(name, email)).await;
            assert_eq!((status, &answer["error"]), (400, &json!(error)), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn others_see_no_addresses_and_nobody_sees_secrets() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let ann = workspace.somebody("ann", &["user"]).await;
        person(&workspace, "bob", json!({})).await;
        let (_, seen) = root.gets("users.info?username=BOB").await;
        assert_eq!(seen["user"]["emails"][0]["address"], "bob@example.com");
        assert!(seen["user"].get("services").is_none());
        let (_, seen) = ann.gets("users.info?username=bob").await;
        assert!(seen["user"].get("emails").is_none() && seen["user"].get("roles").is_none());
        let (_, listed) = root.gets("users.list?count=2&sort=%7B%22username%22%3A-1%7D").await;
        assert_eq!((&listed["count"], &listed["total"]), (&json!(2), &json!(3)));
        assert_eq!(listed["users"][0]["username"], "root");
        let (_, found) = ann.gets("users.autocomplete?selector=%7B%22term%22%3A%22BO%22%7D").await;
        assert_eq!(found["items"][0]["username"], "bob");
    })
    .await;
}
