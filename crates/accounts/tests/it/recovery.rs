//! Getting in otherwise than by the password: codes, challenges, mailed links; and passwords from before.

use gantry_accounts::mail::Mail;
use gantry_accounts::second_factor::challenge;
use gantry_accounts::{recovery, users};
use gantry_kernel::caller::Ctx;
use gantry_kernel::settings::Environment;
use gantry_protocol::objects::User;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::workspace::{Actor, Workspace, each, each_with};

/// Makes a user with a password and a verified address as an administrator does.
async fn person(workspace: &Workspace, name: &str) -> String {
    let root = if workspace.knows("root").await {
        workspace.again("root")
    } else {
        workspace.somebody("root", &["admin"]).await
    };
    let body = json!({
        "username": name, "name": name, "email": format!("{name}@example.com"), "password": "secret", "verified": true,
    });
    let (status, answer) = root.posts("users.create", body).await;
    assert_eq!(status, 200, "{answer}");
    answer["user"]["_id"].as_str().expect("an id").to_owned()
}

async fn signs_in(workspace: &Workspace, name: &str, password: &str) -> (u16, Value) {
    workspace.stranger().posts("login", json!({ "user": name, "password": password })).await
}

async fn stored(workspace: &Workspace, uid: &str) -> User {
    let uid = uid.to_owned();
    let ctx = Ctx::internal(&workspace.kernel);
    ctx.read(async move |tx| users::by_id(tx, &uid).await).await.expect("a read").expect("the user")
}

/// Address and text of every mail from now on.
fn mails(workspace: &Workspace) -> UnboundedReceiver<(String, String)> {
    let (sender, receiver) = unbounded_channel();
    workspace.kernel.events.on::<Mail, _>(move |_kernel, mail| {
        let _ = sender.send((mail.to.clone(), mail.text.clone()));
        Box::pin(async {})
    });
    receiver
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(6).collect()
}

#[tokio::test]
async fn a_login_code_works_once_and_for_a_minute() {
    each(async |workspace| {
        let uid = person(&workspace, "ann").await;
        let ctx = Ctx::internal(&workspace.kernel);
        let redeem =
            async |code: &str| workspace.stranger().posts("loginCode.redeem", json!({ "code": code })).await;

        let code = recovery::login_code(&ctx, &uid).await.expect("a code");
        let (status, answer) = redeem(&code).await;
        assert_eq!((status, &answer["userId"]), (200, &json!(uid)), "{answer}");
        let ann =
            workspace.stranger().as_uid(&uid).with_token(answer["loginToken"].as_str().expect("a token"));
        assert_eq!(ann.gets("me").await.0, 200);
        assert_eq!(redeem(&code).await, (400, json!({ "success": false, "error": "error-invalid-code" })));

        let code = recovery::login_code(&Ctx::internal(&workspace.kernel), &uid).await.expect("a code");
        workspace.kernel.clock.advance(60_001);
        assert_eq!(redeem(&code).await.1["error"], "error-invalid-code");
        let (status, answer) = redeem("short").await;
        assert_eq!((status, &answer["errorType"]), (400, &json!("invalid-params")));
    })
    .await;
}

#[tokio::test]
async fn a_challenge_is_answered_by_its_code_and_closes_after_too_many_wrong_ones() {
    each(async |workspace| {
        let uid = person(&workspace, "ann").await;
        let ctx = || Ctx::internal(&workspace.kernel);
        let user = stored(&workspace, &uid).await;
        assert!(
            challenge::begin(&ctx(), &user).await.expect("an answer").is_none(),
            "nothing is switched on"
        );
        let (_, login) = signs_in(&workspace, "ann", "secret").await;
        assert_eq!(workspace.with_login(&login).posts("users.2fa.enableEmail", json!({})).await.0, 200);
        let user = stored(&workspace, &uid).await;
        let mut mails = mails(&workspace);
        let stranger = workspace.stranger();
        let verify = async |id: &str, code: &str| {
            let body = json!({ "challengeId": id, "code": code });
            stranger.posts("twoFactorChallenges.verifyChallenge", body).await
        };

        let begun = challenge::begin(&ctx(), &user).await.expect("an answer").expect("a challenge");
        assert_eq!(begun.method, "email");
        let (to, text) = mails.recv().await.expect("a mail");
        assert_eq!(to, "ann@example.com");
        assert_eq!(verify(&begun.id, "1").await.1["errorType"], "error-invalid-code");
        let (status, answer) = verify(&begun.id, &digits(&text)).await;
        assert_eq!((status, &answer["userId"]), (200, &json!(uid)), "{answer}");
        assert_eq!(verify(&begun.id, &digits(&text)).await.1["errorType"], "error-challenge-not-found");

        let begun = challenge::begin(&ctx(), &user).await.expect("an answer").expect("a challenge");
        let again = json!({ "challengeId": begun.id });
        assert_eq!(stranger.posts("twoFactorChallenges.sendEmailCode", again).await.0, 200);
        for _ in 0..4 {
            assert_eq!(verify(&begun.id, "1").await.1["errorType"], "error-invalid-code");
        }
        assert_eq!(verify(&begun.id, "1").await.1["errorType"], "totp-max-attempts");
        assert_eq!(verify(&begun.id, "1").await.1["errorType"], "error-challenge-not-found");

        let begun = challenge::begin(&ctx(), &user).await.expect("an answer").expect("a challenge");
        workspace.kernel.clock.advance(5 * 60_000 + 1);
        assert_eq!(verify(&begun.id, "1").await.1["errorType"], "error-challenge-expired");
        assert_eq!(verify(&begun.id, "").await.1["errorType"], "error-parameter-required");
    })
    .await;
}

#[tokio::test]
async fn who_forgot_the_password_gets_one_answer_whoever_asks_for_whom() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        let mut mails = mails(&workspace);
        let stranger = workspace.stranger();
        for address in ["nobody@example.com", "ann@example.com"] {
            let answer = stranger.posts("users.forgotPassword", json!({ "email": address })).await;
            assert_eq!(answer, (200, json!({ "success": true })), "{address}");
            let result = stranger.invokes("sendForgotPasswordEmail", json!([address])).await;
            assert_eq!(result, Ok(json!(true)), "{address}");
        }
        for _ in 0..2 {
            assert_eq!(mails.recv().await.expect("a mail").0, "ann@example.com");
        }
        assert!(mails.try_recv().is_err(), "nobody gets no mail");
    })
    .await;
}

async fn changes_password(who: &Actor, old: &str, new: &str) -> Result<Value, String> {
    who.invokes("changePassword", json!([old, new])).await
}

#[tokio::test]
async fn a_password_from_before_does_not_come_again_where_the_workspace_looks_at_that() {
    let environment = [
        ("OVERWRITE_SETTING_Accounts_Password_History_Enabled", "true"),
        ("OVERWRITE_SETTING_Accounts_Password_History_Amount", "2"),
        ("OVERWRITE_SETTING_Accounts_Password_Policy_Enabled", "false"),
    ];
    each_with(
        environment.iter().copied().collect::<Environment>(),
        |_within| {},
        async |workspace| {
            person(&workspace, "ann").await;
            let (_, login) = signs_in(&workspace, "ann", "secret").await;
            let ann = workspace.with_login(&login);
            for (old, new) in [("secret", "second"), ("second", "third")] {
                workspace.kernel.clock.advance(1_000);
                changes_password(&ann, old, new).await.expect("a new one is fine");
            }
            for old in ["secret", "second"] {
                assert_eq!(
                    changes_password(&ann, "third", old).await.unwrap_err(),
                    "error-password-in-history"
                );
            }
            workspace.kernel.clock.advance(1_000);
            changes_password(&ann, "third", "fourth").await.expect("a new one is fine");
            workspace.kernel.clock.advance(1_000);
            changes_password(&ann, "fourth", "secret").await.expect("only the last two count");
        },
    )
    .await;
}

#[tokio::test]
async fn an_authenticator_is_taken_away_by_its_owner_and_by_whoever_may() {
    each(async |workspace| {
        let uid = person(&workspace, "ann").await;
        person(&workspace, "bob").await;
        let enroll = async || {
            let id = uid.clone();
            let ctx = Ctx::internal(&workspace.kernel);
            ctx.write(async move |tx| {
                let mut user = users::lock(tx, &id).await?.expect("the user");
                user.services = Some(json!({ "totp": { "enabled": true, "secret": "S" } }));
                users::save(tx, &user).await
            })
            .await
            .expect("a write");
        };
        let (_, login) = signs_in(&workspace, "bob", "secret").await;
        let bob = workspace.with_login(&login);
        for path in ["users.resetTOTP", "users.resetE2EKey"] {
            let (status, answer) = bob.posts(path, json!({ "userId": uid })).await;
            assert_eq!((status, &answer["errorType"]), (400, &json!("error-not-allowed")), "{path}");
        }
        enroll().await;
        // Test mode asks for no code.
        let (_, login) = signs_in(&workspace, "ann", "secret").await;
        let ann = workspace.with_login(&login);
        let has = async || {
            stored(&workspace, &uid).await.services.is_some_and(|services| services.get("totp").is_some())
        };
        assert!(has().await);
        let root = workspace.again("root");
        let (status, answer) = root.posts("users.resetTOTP", json!({ "username": "ann" })).await;
        assert_eq!(status, 200, "{answer}");
        assert!(!has().await);
        assert_eq!(ann.gets("me").await.0, 401, "her sessions end");
        let (status, answer) = root.posts("users.resetTOTP", json!({ "username": "nobody" })).await;
        assert_eq!((status, &answer["errorType"]), (400, &json!("error-invalid-user")));
    })
    .await;
}

/// A workspace in which addresses are confirmed before the first login.
const CONFIRMED_FIRST: [(&str, &str); 2] =
    [("OVERWRITE_SETTING_SMTP_Host", "127.0.0.1"), ("OVERWRITE_SETTING_Accounts_EmailVerification", "true")];

async fn registers(workspace: &Workspace, username: &str, email: &str) -> (u16, Value) {
    let body = json!({ "username": username, "name": "N", "email": email, "pass": "a long secret" });
    workspace.stranger().posts("users.register", body).await
}

/// What an answer looks like, without what is different for each user.
fn shape(answer: &(u16, Value)) -> (u16, Vec<String>) {
    let fields = answer.1["user"].as_object().expect("a user").keys().cloned().collect();
    (answer.0, fields)
}

#[tokio::test]
async fn registering_does_not_tell_whether_an_address_is_taken() {
    each_with(
        CONFIRMED_FIRST.into_iter().collect::<Environment>(),
        |_within| {},
        async |workspace| {
            person(&workspace, "ann").await;
            let mut mails = mails(&workspace);
            let free = registers(&workspace, "eve1", "free@example.com").await;
            let taken = registers(&workspace, "eve2", "Ann@example.com").await;
            assert_eq!(free.0, 200, "{free:?}");
            assert_eq!(shape(&free), shape(&taken));
            let (to, _) = mails.recv().await.expect("a link to confirm");
            assert_eq!(to, "free@example.com");
            let (to, text) = mails.recv().await.expect("a note to the owner");
            assert!(to == "ann@example.com" && text.contains("account ann"), "{to}: {text}");
            let form = json!([{ "name": "N", "email": "ann@example.com", "pass": "a long secret" }]);
            assert!(workspace.stranger().invokes("registerUser", form).await.is_ok());

            // Nor do those who come back with the name or the address.
            assert_eq!(
                registers(&workspace, "eve1", "x@example.com").await,
                registers(&workspace, "eve2", "x@example.com").await,
                "both names are taken now"
            );
            let logs_in = async |user: &str| signs_in(&workspace, user, "a long secret").await;
            assert_eq!(logs_in("eve1").await.1["error"], "error-invalid-email");
            assert_eq!(logs_in("eve1").await, logs_in("eve2").await);
            assert_eq!(logs_in("free@example.com").await, logs_in("ann@example.com").await);
            assert_eq!(logs_in("free@example.com").await.1["error"], "Unauthorized");

            // The owner is still the owner.
            let (status, answer) = signs_in(&workspace, "ann@example.com", "secret").await;
            assert_eq!((status, &answer["data"]["me"]["username"]), (200, &json!("ann")), "{answer}");
        },
    )
    .await;
}

#[tokio::test]
async fn where_one_is_in_at_once_a_taken_address_is_refused() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        let (status, answer) = registers(&workspace, "eve", "ann@example.com").await;
        assert_eq!((status, &answer["error"]), (400, &json!("Email already exists. [403]")));
        assert!(!workspace.knows("eve").await);
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_link_to_confirm_does_not_tell_whose_an_address_is() {
    each(async |workspace| {
        person(&workspace, "ann").await;
        person(&workspace, "bob").await;
        let mut mails = mails(&workspace);
        let (_, login) = signs_in(&workspace, "bob", "secret").await;
        let bob = workspace.with_login(&login);
        let asks = async |who: &Actor, email: &str| {
            who.posts("users.sendConfirmationEmail", json!({ "email": email })).await.0
        };
        for email in ["ann@example.com", "nobody@example.com", "bob@example.com"] {
            assert_eq!(asks(&bob, email).await, 200, "{email}");
        }
        assert_eq!(mails.recv().await.expect("a mail").0, "bob@example.com");
        let root = workspace.again("root");
        assert_eq!(
            (asks(&root, "ann@example.com").await, asks(&root, "nobody@example.com").await),
            (200, 400)
        );
        assert_eq!(mails.recv().await.expect("a mail").0, "ann@example.com");
        workspace.kernel.events.quiesce().await;
        assert!(mails.try_recv().is_err());
    })
    .await;
}
