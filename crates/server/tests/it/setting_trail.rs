//! Who changed which setting, and what a copied workspace forgets.

use gantry_kernel::caller::Ctx;
use gantry_store::testing::engines;
use serde_json::{Value, json};

use crate::harness::TestServer;

async fn server(engine: gantry_store::Engine) -> TestServer {
    TestServer::start_with(engine, |config| config.test_mode = true).await
}

#[tokio::test]
async fn changes_of_settings_can_be_looked_up_and_show_no_secrets() {
    for engine in engines() {
        let server = server(engine).await;
        let (admin, user) = (server.admin().await, server.user("ann").await);
        let change = async |id: &str, value: &str| {
            admin.post(&format!("settings/{id}"), &json!({ "value": value })).await.unwrap().ok();
        };
        let begun = server.running.kernel.clock.now().to_iso();
        change("Layout_Home_Title", "Ours").await;
        change("Layout_Home_Title", "Ours").await;
        change("SMTP_Password", "hunter2-hunter2").await;
        let many = json!({ "settings": [{ "_id": "Layout_Home_Title", "value": "Theirs" }] });
        admin.post("settings", &many).await.unwrap().ok();
        let since = format!("start={begun}");
        let find = async |query: &str| admin.get(&format!("audit.settings?{since}{query}")).await.unwrap();
        let found = find("").await.ok();
        assert_eq!((&found["total"], &found["count"], &found["offset"]), (&json!(3), &json!(3), &json!(0)));
        assert!(!found.to_string().contains("hunter2"), "{found}");
        let secret = &found["events"][1]["data"];
        assert_eq!(secret[0], json!({ "key": "id", "value": "SMTP_Password" }));
        assert_eq!(secret[1], json!({ "key": "previous", "value": "" }));
        assert_ne!(secret[2]["value"], "");
        let first = &found["events"][2];
        assert_eq!(first["t"], "settings.changed");
        assert_eq!(
            (&first["actor"]["type"], &first["actor"]["_id"], &first["actor"]["username"]),
            (&json!("user"), &json!(admin.uid()), &json!("admin"))
        );
        assert_eq!(first["actor"]["ip"], "127.0.0.1");
        assert_eq!(first["data"][2], json!({ "key": "current", "value": "Ours" }));
        let last = &found["events"][0]["data"];
        assert_eq!((&last[1]["value"], &last[2]["value"]), (&json!("Ours"), &json!("Theirs")));

        let total = async |query: &str| find(query).await.ok()["total"].clone();
        assert_eq!(total("&settingId=Layout_Home_Title").await, 2);
        assert_eq!(total("&actor[username]=admin").await, 3);
        assert_eq!(total("&actor[_id]=bob").await, 0);
        assert_eq!(total("&actor[type]=system").await, 0);
        assert_eq!(total("&end=2001-01-01").await, 0);
        let sorted = find("&sort=%7B%22ts%22:1%7D&count=1").await.ok();
        assert_eq!((&sorted["events"][0]["_id"], &sorted["total"]), (&first["_id"], &json!(3)));
        let bad = admin.get("audit.settings?start=x").await.unwrap();
        assert_eq!(
            (bad.status.as_u16(), &bad.body["error"]),
            (400, &json!("The \"start\" query parameter must be a valid date."))
        );
        assert_eq!(find("&more=1").await.body["errorType"], "invalid-params");
        assert_eq!(user.get("audit.settings").await.unwrap().status, 403);

        // One request changes a setting twice: each change follows the one before it.
        let twice = json!({ "settings": [
            { "_id": "Layout_Home_Body", "value": "one" }, { "_id": "Layout_Home_Body", "value": "two" },
        ] });
        admin.post("settings", &twice).await.unwrap().ok();
        let chain = find("&settingId=Layout_Home_Body").await.ok()["events"].clone();
        let (last, first) = (&chain[0]["data"], &chain[1]["data"]);
        assert_eq!((&last[1]["value"], &last[2]["value"]), (&json!("one"), &json!("two")));
        assert_eq!(first[2]["value"], "one");
    }
}

#[tokio::test]
async fn a_copied_workspace_becomes_one_of_its_own() {
    for engine in engines() {
        let server = server(engine).await;
        let (admin, user) = (server.admin().await, server.user("ann").await);
        let say = |what: &str| json!({ "setDeploymentAs": what });
        let kernel = &server.running.kernel;
        let value = async |id: &str| Value::clone(&kernel.settings.value(id).unwrap());
        let internal = Ctx::internal(kernel);
        gantry_accounts::settings::save_one(&internal, "Cloud_Workspace_Id", json!("cloud")).await.unwrap();
        let before = value("uniqueID").await;
        assert_eq!(user.post("fingerprint", &say("new-workspace")).await.unwrap().status, 403);
        let other = admin.post("fingerprint", &say("other")).await.unwrap();
        assert_eq!(other.body["errorType"], "invalid-params");
        admin.post("fingerprint", &say("updated-configuration")).await.unwrap().ok();
        assert_eq!(
            (value("uniqueID").await, value("Cloud_Workspace_Id").await),
            (before.clone(), json!("cloud"))
        );
        admin.post("fingerprint", &say("new-workspace")).await.unwrap().ok();
        assert_ne!(value("uniqueID").await, before);
        assert_eq!(value("Cloud_Workspace_Id").await, "");
    }
}

#[tokio::test]
async fn the_button_that_clears_the_cache_of_previews_works() {
    let server = server(gantry_store::Engine::Sqlite).await;
    let press = json!({ "execute": true });
    server.admin().await.post("settings/API_Embed_clear_cache_now", &press).await.unwrap().ok();
}
