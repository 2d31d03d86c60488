use gantry_kernel::settings::{Environment, keys};
use serde_json::{Value, json};

use crate::workspace::{each, each_with};

fn ids(body: &Value) -> Vec<&str> {
    let settings = body["settings"].as_array().expect("settings");
    settings.iter().map(|setting| setting["_id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn a_saved_value_holds_at_once_and_everybody_hears_of_it() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let stranger = workspace.stranger();
        let all = stranger.listens("notify-all", "public-settings-changed").await.unwrap();
        let info = stranger.listens("notify-all", "public-info").await.unwrap();
        let privileged = admin.listens("notify-logged", "private-settings-changed").await.unwrap();

        let (status, body) = admin.posts("settings/Message_AllowEditing", json!({ "value": false })).await;
        assert_eq!((status, body), (200, json!({ "success": true })));
        assert!(!workspace.kernel.settings.get(keys::Message_AllowEditing));
        assert_eq!(admin.gets("settings/Message_AllowEditing").await.1["value"], false);

        let setting = json!({
            "_id": "Message_AllowEditing", "value": false, "enterprise": false, "requiredOnWizard": false
        });
        assert_eq!(all.heard().await, [json!(["updated", setting])]);
        assert_eq!(info.heard().await, [json!([["public-settings-changed", ["updated", setting]]])]);
        assert_eq!(privileged.heard().await, [json!(["updated", setting])]);

        admin.posts("settings/Message_AllowEditing", json!({ "value": false })).await;
        assert!(all.heard().await.is_empty(), "an unchanged value is no news");
    })
    .await;
}

#[tokio::test]
async fn null_empties_a_setting_and_forms_may_send_other_scalars() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        for (id, sent, stored) in [
            ("Message_AllowEditing", json!(null), json!(false)),
            ("Message_AllowEditing", json!(1), json!(true)),
            ("Message_AllowEditing", json!(0), json!(false)),
            ("Message_AllowEditing", json!("true"), json!(true)),
            ("Message_MaxAllowedSize", json!(null), json!(0)),
            ("Message_MaxAllowedSize", json!("70"), json!(70)),
            ("Site_Name", json!(null), json!("")),
            ("Site_Name", json!(5), json!("5")),
            ("Hide_System_Messages", json!(null), json!([])),
        ] {
            let answer = admin.posts(&format!("settings/{id}"), json!({ "value": sent })).await;
            assert_eq!(answer, (200, json!({ "success": true })), "{id} {sent}");
            assert_eq!(admin.gets(&format!("settings/{id}")).await.1["value"], stored, "{id} {sent}");
        }
        for (id, sent) in [
            ("Message_AllowEditing", json!(2)),
            ("Message_AllowEditing", json!("")),
            ("Site_Name", json!(["x"])),
            ("Hide_System_Messages", json!("uj")),
        ] {
            let answer = admin.posts(&format!("settings/{id}"), json!({ "value": sent })).await;
            assert_eq!(
                (answer.0, &answer.1["errorType"]),
                (400, &json!("error-invalid-setting-value")),
                "{id}"
            );
        }
        let nothing = admin.posts("settings/Site_Name", json!({})).await;
        assert_eq!(nothing, (400, json!({ "success": false })));
    })
    .await;
}

#[tokio::test]
async fn private_values_are_not_for_everybody() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let all = workspace.stranger().listens("notify-all", "public-settings-changed").await.unwrap();
        assert!(user.listens("notify-logged", "private-settings-changed").await.is_none());
        admin.posts("settings/SMTP_Password", json!({ "value": "hunter2" })).await;
        assert!(all.heard().await.is_empty());

        assert_eq!(user.gets("settings/SMTP_Password").await.0, 403);
        assert_eq!(user.posts("settings/SMTP_Password", json!({ "value": "x" })).await.0, 403);
        assert_eq!(workspace.stranger().gets("settings").await.0, 401);
        let (_, public) = workspace.stranger().gets("settings.public?_id=SMTP_Password,Site_Name").await;
        assert_eq!(ids(&public), ["Site_Name"]);
        let (_, own) = user.gets("settings?count=0").await;
        assert!(!ids(&own).contains(&"SMTP_Password"));
        assert_eq!(user.invokes("private-settings/get", json!([])).await, Ok(json!([])));
    })
    .await;
}

#[tokio::test]
async fn public_settings_come_in_pages() {
    each(async |workspace| {
        let stranger = workspace.stranger();
        let (status, first) = stranger.gets("settings.public?count=5").await;
        assert_eq!((status, &first["count"], &first["offset"]), (200, &json!(5), &json!(0)));
        let (_, second) = stranger.gets("settings.public?count=5&offset=5").await;
        let all = [ids(&first), ids(&second)].concat();
        assert!(all.is_sorted() && all.len() == 10);
        let (_, reversed) = stranger.gets("settings.public?count=5&sort=%7B%22_id%22%3A-1%7D").await;
        assert!(ids(&reversed).is_sorted_by(|a, b| a > b));
        assert_eq!(first["total"], reversed["total"]);
        let (_, named) = stranger.gets("settings.public?_id=Site_Name,%20Site_Url").await;
        assert_eq!(ids(&named), ["Site_Name", "Site_Url"]);
        assert_eq!(stranger.gets("settings.public?sort=name").await.0, 400);
    })
    .await;
}

#[tokio::test]
async fn defaults_are_listed_on_demand() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let (_, plain) = admin.gets("settings?_id=API_Default_Count").await;
        assert_eq!(
            plain["settings"],
            json!([{ "_id": "API_Default_Count", "value": 50, "enterprise": false }])
        );
        let (_, more) = admin.gets("settings?_id=API_Default_Count&includeDefaults=true").await;
        assert_eq!(more["settings"][0]["packageValue"], 50);
    })
    .await;
}

#[tokio::test]
async fn a_setting_that_nobody_can_see_is_refused_without_a_word() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        assert!(workspace.kernel.settings.is_hidden("Manual_Entry_User_Count"));
        for id in ["No_Such_Setting", "Manual_Entry_User_Count"] {
            assert_eq!(admin.gets(&format!("settings/{id}")).await, (400, json!({ "success": false })));
            assert_eq!(
                admin.posts(&format!("settings/{id}"), json!({ "value": "x" })).await,
                (400, json!({ "success": false }))
            );
        }
        let (status, _) = admin.posts("settings/Site_Name", json!({})).await;
        assert_eq!(status, 400);
    })
    .await;
}

#[tokio::test]
async fn what_the_environment_decides_stays() {
    let environment = Environment::from_iter([("OVERWRITE_SETTING_Site_Name", "Fixed")]);
    each_with(
        environment,
        |_within| {},
        async |workspace| {
            let admin = workspace.somebody("ann", &["admin"]).await;
            let (status, body) = admin.posts("settings/Site_Name", json!({ "value": "Other" })).await;
            assert_eq!((status, &body["errorType"]), (400, &json!("error-action-not-allowed")));
            assert_eq!(&*workspace.kernel.settings.get(keys::Site_Name), "Fixed");
        },
    )
    .await;
}

#[tokio::test]
async fn several_are_saved_together_or_not_at_all() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let limit = "Message_AllowEditing_BlockEditInMinutes";
        let save = async |changes: Value| admin.invokes("saveSettings", json!([changes])).await;
        let bad = save(json!([
            { "_id": "Site_Name", "value": "New" },
            { "_id": limit, "value": { "$InfNaN": 0 } },
        ]));
        assert_eq!(bad.await, Err("Invalid setting value NaN".into()));
        assert_ne!(&*workspace.kernel.settings.get(keys::Site_Name), "New");
        for (value, code) in [
            (json!({ "$InfNaN": 1 }), "Invalid setting value Infinity"),
            (json!({ "$InfNaN": -1 }), "Invalid setting value -Infinity"),
            (json!(1.5), "Invalid setting value 1.5"),
            (json!("many"), "400"),
        ] {
            assert_eq!(save(json!([{ "_id": limit, "value": value }])).await, Err(code.into()));
        }
        let good = json!([{ "_id": "Site_Name", "value": "New" }, { "_id": limit, "value": 7 }]);
        assert_eq!(save(good).await, Ok(json!(true)));
        assert_eq!(&*workspace.kernel.settings.get(keys::Site_Name), "New");
        assert_eq!(workspace.kernel.settings.get(keys::Message_AllowEditing_BlockEditInMinutes), 7);
    })
    .await;
}

#[tokio::test]
async fn a_role_may_hold_single_settings() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let save = |id: &str| json!([[{ "_id": id, "value": "x" }]]);
        assert_eq!(
            user.invokes("saveSettings", save("Site_Name")).await,
            Err("error-action-not-allowed".into())
        );
        for permission in ["manage-selected-settings", "change-setting-Site_Name"] {
            let granted =
                admin.invokes("authorization:addPermissionToRole", json!([permission, "user"])).await;
            assert_eq!(granted, Ok(Value::Null));
        }
        assert_eq!(user.invokes("saveSettings", save("Site_Name")).await, Ok(json!(true)));
        let refused =
            user.posts("settings", json!({ "settings": [{ "_id": "Language", "value": "de" }] })).await;
        assert_eq!(refused.0, 403);
        assert_eq!(refused.1["details"], json!({ "method": "saveSettings", "settingIds": ["Language"] }));
        let shown = user.invokes("private-settings/get", json!([])).await.unwrap();
        let shown: Vec<&Value> = shown.as_array().unwrap().iter().map(|setting| &setting["_id"]).collect();
        assert!(shown.contains(&&json!("Site_Name")) && !shown.contains(&&json!("Language")));
    })
    .await;
}

#[tokio::test]
async fn clients_ask_what_changed_since() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let before = workspace.kernel.clock.now().millis();
        let since = |method: &'static str| admin.invokes(method, json!([{ "$date": before - 1 }]));
        admin.posts("settings.addCustomOAuth", json!({ "name": "My-IdP" })).await;
        assert!(workspace.kernel.settings.exists("Accounts_OAuth_Custom-Myidp-url"));
        assert_eq!(admin.invokes("removeOAuthService", json!(["my idp"])).await, Ok(Value::Null));
        let changes = since("private-settings/get").await.unwrap();
        let removed = changes["remove"].as_array().unwrap();
        assert!(
            removed
                .iter()
                .any(|gone| gone["_id"] == "Accounts_OAuth_Custom-Myidp" && gone["_deletedAt"].is_object())
        );
        let all = admin.invokes("public-settings/get", json!([])).await.unwrap();
        assert!(all.as_array().unwrap().len() > 100);
    })
    .await;
}

#[tokio::test]
async fn sign_in_services_are_shown_without_their_secrets() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let stranger = workspace.stranger();
        assert_eq!(stranger.gets("service.configurations").await.1["configurations"], json!([]));
        let values = json!([[
            { "_id": "Accounts_OAuth_Github", "value": true },
            { "_id": "Accounts_OAuth_Github_id", "value": "client" },
            { "_id": "Accounts_OAuth_Github_secret", "value": "S3CRET" },
        ]]);
        assert_eq!(admin.invokes("saveSettings", values).await, Ok(json!(true)));
        let (_, shown) = stranger.gets("service.configurations").await;
        let expected = json!([{ "_id": "github", "service": "github", "clientId": "client" }]);
        assert_eq!(shown["configurations"], expected);
        let added = stranger.publishes("meteor.loginServiceConfiguration").await;
        assert_eq!(added, [json!({ "service": "github", "clientId": "client" })]);
        let (_, shown) = stranger.gets("settings.oauth").await;
        assert_eq!(shown["services"][0]["name"], "github");
        assert_eq!(shown["services"][0]["custom"], false);

        let nameless = admin.posts("settings.addCustomOAuth", json!({ "name": " " })).await;
        assert_eq!(nameless.1["errorType"], "error-name-param-not-provided");
        admin.posts("settings.addCustomOAuth", json!({ "name": "Keycloak" })).await;
        admin.posts("settings/Accounts_OAuth_Custom-Keycloak", json!({ "value": true })).await;
        admin.posts("settings/Accounts_OAuth_Custom-Keycloak-secret", json!({ "value": "S3CRET" })).await;
        let (_, shown) = stranger.gets("settings.oauth").await;
        assert!(!shown.to_string().contains("S3CRET"));
        let custom = &shown["services"].as_array().unwrap()[1];
        assert_eq!((&custom["service"], &custom["custom"]), (&json!("keycloak"), &json!(true)));
    })
    .await;
}

#[tokio::test]
async fn the_password_policy_is_public() {
    each(async |workspace| {
        let (status, body) = workspace.stranger().gets("pw.getPolicy").await;
        assert_eq!(status, 200);
        assert!(body["enabled"].is_boolean() && body["policy"].is_array());
    })
    .await;
}

#[tokio::test]
async fn a_colour_may_be_called_a_colour() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let path = "settings/Livechat_title_color";
        let chosen = json!({ "color": "#123456", "editor": "color" });
        assert_eq!(admin.posts(path, chosen).await.0, 200);
        assert_eq!(admin.gets(path).await.1["value"], "#123456");
        assert_eq!(admin.posts(path, json!({ "editor": "color" })).await.0, 400, "no colour");
        assert_eq!(admin.posts("settings/Site_Name", json!({ "color": "x" })).await.0, 400, "not a colour");
    })
    .await;
}

#[tokio::test]
async fn public_settings_take_no_parameters_that_they_do_not_know() {
    each(async |workspace| {
        let stranger = workspace.stranger();
        let (status, answer) = stranger.gets("settings.public?colour=blue").await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("must NOT have additional properties [invalid-params]"))
        );
        assert_eq!(stranger.gets("settings.public?query=%7B%7D&count=1&sort=").await.0, 200);
    })
    .await;
}
