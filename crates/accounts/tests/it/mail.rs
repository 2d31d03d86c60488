//! Mail to all users, and the methods that the setup and old clients call.

use gantry_accounts::mail::Mail;
use gantry_kernel::settings::Environment;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::workspace::{Workspace, each, each_with};

fn mails(workspace: &Workspace) -> UnboundedReceiver<Mail> {
    let (sender, receiver) = unbounded_channel();
    workspace.kernel.events.on::<Mail, _>(move |_kernel, mail| {
        let _ = sender.send(mail.clone());
        Box::pin(async {})
    });
    receiver
}

async fn person(workspace: &Workspace, name: &str) {
    let root = workspace.again("root");
    let body = json!({ "username": name, "name": name, "email": format!("{name}@example.com"), "password": "secret" });
    let (status, answer) = root.posts("users.create", body).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn without_a_server_no_mail_is_promised() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let ann = workspace.somebody("ann", &["user"]).await;
        assert_eq!(ann.gets("smtp.check").await.1["isSMTPConfigured"], false);
        let letter =
            json!({ "from": "root@example.com", "subject": "Hi", "body": "Hi [name] [unsubscribe]" });
        assert_eq!(ann.posts("mailer", letter.clone()).await.0, 403);
        assert_eq!(root.posts("mailer", letter).await.1["errorType"], "error-email-send-failed");
        assert_eq!(root.invokes("sendSMTPTestEmail", json!([])).await.unwrap_err(), "error-invalid-email");
    })
    .await;
}

#[tokio::test]
async fn a_mail_goes_to_those_who_are_chosen_and_have_not_refused() {
    let smtp = [("OVERWRITE_SETTING_SMTP_Host", "127.0.0.1"), ("OVERWRITE_SETTING_SMTP_Port", "1")];
    each_with(smtp.iter().copied().collect::<Environment>(), |_within| {}, async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        for name in ["ann", "bob", "eve"] {
            person(&workspace, name).await;
        }
        let letter = |more: serde_json::Value| {
            let mut letter =
                json!({ "from": "root@example.com", "subject": "Hi", "body": "<p>[name]: [unsubscribe]</p>" });
            letter.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            letter
        };
        for (body, code) in [
            (letter(json!({ "from": "nobody" })), "error-invalid-from-address"),
            (letter(json!({ "body": "no link" })), "error-missing-unsubscribe-link"),
            (letter(json!({ "query": r#"{"$where":"true"}"# })), "error-invalid-query"),
            (letter(json!({ "dryrun": true })), "error-invalid-user"),
        ] {
            assert_eq!(root.posts("mailer", body).await.1["errorType"], code);
        }
        let mut mails = mails(&workspace);
        let chosen = letter(json!({ "query": r#"{"username":{"$in":["ann","bob"]}}"# }));
        assert_eq!(root.posts("mailer", chosen.clone()).await.0, 200);
        let mut got = [mails.recv().await.expect("a mail"), mails.recv().await.expect("a mail")];
        got.sort_by(|one, other| one.to.cmp(&other.to));
        assert_eq!([&got[0].to, &got[1].to], ["ann@example.com", "bob@example.com"]);
        let page = got[0].html.clone().expect("a page");
        assert!(page.starts_with("<p>ann: ") && got[0].from.as_deref() == Some("root@example.com"), "{page}");

        // The link holds who, and when they came.
        let link = page.split("/mailer/unsubscribe/").nth(1).expect("a link").trim_end_matches("</p>");
        let (uid, created_at) = link.split_once('/').expect("two parts");
        let unsubscribe = async |at: &str| {
            let body = json!({ "_id": uid, "createdAt": at });
            assert_eq!(root.posts("mailer.unsubscribe", body).await.0, 200);
        };
        unsubscribe("1").await;
        assert_eq!(root.posts("mailer", chosen.clone()).await.0, 200);
        assert!(mails.recv().await.is_some() && mails.recv().await.is_some(), "a wrong link changes nothing");
        unsubscribe(created_at).await;
        assert_eq!(root.posts("mailer", chosen).await.0, 200);
        assert_eq!(mails.recv().await.expect("a mail").to, "bob@example.com");
        workspace.kernel.events.quiesce().await;
        assert!(mails.try_recv().is_err());
    })
    .await;
}

#[tokio::test]
async fn the_setup_asks_before_anybody_is_there_and_nothing_can_be_taken_over() {
    each(async |workspace| {
        let stranger = workspace.stranger();
        let wizard = stranger.invokes("getSetupWizardParameters", json!([])).await.expect("an answer");
        let ids: Vec<&str> =
            wizard["settings"].as_array().unwrap().iter().filter_map(|one| one["_id"].as_str()).collect();
        assert!(ids.contains(&"Site_Name") && ids.contains(&"Organization_Type"), "{ids:?}");
        assert!(wizard["settings"].as_array().unwrap().iter().all(|one| one.get("wizard").is_some()));
        assert_eq!(wizard["serverAlreadyRegistered"], false);
        for service in ["google", "made-up"] {
            let refused = stranger.invokes("configureLoginService", json!([{ "service": service }])).await;
            assert_eq!(refused.unwrap_err(), "403");
        }
        assert_eq!(stranger.invokes("createUser", json!([{ "username": "x" }])).await.unwrap_err(), "403");
    })
    .await;
}

#[tokio::test]
async fn somebody_anonymous_with_a_verified_address_becomes_a_user() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        person(&workspace, "ann").await;
        let (_, answer) = root.gets("users.info?username=ann").await;
        let uid = answer["user"]["_id"].as_str().unwrap().to_owned();
        let change = |data: serde_json::Value| json!({ "userId": uid, "data": data });
        root.posts("users.update", change(json!({ "roles": ["anonymous"] }))).await;
        let login =
            workspace.stranger().posts("login", json!({ "user": "ann", "password": "secret" })).await.1;
        let ann = workspace.with_login(&login);
        ann.invokes("afterVerifyEmail", json!([])).await.expect("it answers nothing");
        assert_eq!(ann.gets("me").await.1["roles"], json!(["anonymous"]), "the address is not verified yet");
        root.posts("users.update", change(json!({ "verified": true }))).await;
        ann.invokes("afterVerifyEmail", json!([])).await.expect("it answers nothing");
        assert_eq!(ann.gets("me").await.1["roles"], json!(["user"]));
    })
    .await;
}

const SMTP: [(&str, &str); 2] =
    [("OVERWRITE_SETTING_SMTP_Host", "127.0.0.1"), ("OVERWRITE_SETTING_SMTP_Port", "1")];

#[tokio::test]
async fn who_gets_an_account_is_welcomed_and_told_a_password_that_was_made_up() {
    each_with(SMTP.into_iter().collect::<Environment>(), |_within| {}, async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        let mut mails = mails(&workspace);
        let logs_in = async |password: &str| {
            let body = json!({ "user": "ann", "password": password });
            workspace.stranger().posts("login", body).await.0
        };
        let told = |mail: &Mail| {
            let (_, rest) = mail.text.split_once("temporary password is ").expect("the password");
            rest.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
        };
        let body = json!({
            "username": "ann", "name": "Ann", "email": "ann@example.com", "password": "", "verified": true,
            "sendWelcomeEmail": true, "setRandomPassword": true,
        });
        let (status, answer) = root.posts("users.create", body).await;
        assert_eq!(status, 200, "{answer}");
        let welcome = mails.recv().await.expect("a welcome");
        assert!(welcome.to == "ann@example.com" && welcome.subject.starts_with("Welcome to"), "{welcome:?}");
        let password = told(&mails.recv().await.expect("the password"));
        assert_eq!(logs_in(&password).await, 200);

        // The same again, by a rule for passwords that not every random text fulfils.
        for id in ["Enabled", "AtLeastOneSpecialCharacter", "AtLeastOneUppercase", "AtLeastOneNumber"] {
            let set = json!({ "value": true });
            root.posts(&format!("settings/Accounts_Password_Policy_{id}"), set).await;
        }
        for _ in 0..10 {
            let update = json!({ "userId": answer["user"]["_id"], "data": { "setRandomPassword": true } });
            let (status, answer) = root.posts("users.update", update).await;
            assert_eq!(status, 200, "{answer}");
            let fresh = told(&mails.recv().await.expect("the password"));
            assert_eq!((logs_in(&fresh).await, logs_in(&password).await), (200, 401));
        }
        let quiet = json!({
            "username": "bob", "name": "Bob", "email": "bob@example.com", "password": "secret",
        });
        assert_eq!(root.posts("users.create", quiet).await.0, 200);
        workspace.kernel.events.quiesce().await;
        assert!(mails.try_recv().is_err(), "nobody asked for a letter");
    })
    .await;
}

#[tokio::test]
async fn a_changed_address_is_told_to_the_old_one_and_confirmed_by_the_new_one() {
    each_with(
        SMTP.into_iter().collect::<Environment>(),
        |_within| {},
        async |workspace| {
            let root = workspace.somebody("root", &["admin"]).await;
            person(&workspace, "ann").await;
            let (_, info) = root.gets("users.info?username=ann").await;
            let mut mails = mails(&workspace);
            let change = async |data: serde_json::Value| {
                let body = json!({ "userId": info["user"]["_id"], "data": data });
                assert_eq!(root.posts("users.update", body).await.0, 200);
            };
            change(json!({ "email": "new@example.com" })).await;
            let old = mails.recv().await.expect("a mail");
            assert!(old.to == "ann@example.com" && old.text.contains("new@example.com"), "{old:?}");
            let new = mails.recv().await.expect("a mail");
            let (_, link) = new.text.split_once("verify-email/").expect("a link");
            let secret: String =
                link.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            assert_eq!(new.to, "new@example.com");
            let verify = workspace.stranger().posts("users.verifyEmail", json!({ "token": secret })).await;
            assert_eq!(verify.0, 200, "{verify:?}");
            let (_, after) = root.gets("users.info?username=ann").await;
            assert_eq!(after["user"]["emails"], json!([{ "address": "new@example.com", "verified": true }]));

            // An address that an administrator vouches for needs no confirmation; the same address is no change.
            change(json!({ "email": "sure@example.com", "verified": true })).await;
            assert_eq!(mails.recv().await.expect("a mail").to, "new@example.com");
            change(json!({ "email": "sure@example.com", "name": "Ann" })).await;
            workspace.kernel.events.quiesce().await;
            assert!(mails.try_recv().is_err());
        },
    )
    .await;
}

#[tokio::test]
async fn a_welcome_goes_to_an_address() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        for address in ["", "ann", "@example.org", "ann@", "a@b@c"] {
            let (status, answer) = admin.posts("users.sendWelcomeEmail", json!({ "email": address })).await;
            assert_eq!((status, &answer["errorType"]), (400, &json!("invalid-params")), "{address}");
        }
    })
    .await;
}
