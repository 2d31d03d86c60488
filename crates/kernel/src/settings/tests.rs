use gantry_protocol::Timestamp;
use gantry_store::testing::{TestDb, open_sqlite};
use serde_json::{Value, json};

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn first_start() -> FirstStart {
    FirstStart { now: at(1_000), unique_id: "workspace-1".into(), secret_url: "secret-1".into() }
}

async fn load(db: &TestDb, variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
    Settings::load(db, &variables.iter().copied().collect(), &first_start()).await
}

async fn start(variables: &[(&str, &str)]) -> (TestDb, Settings) {
    let db = open_sqlite().await;
    let settings = load(&db, variables).await.expect("the settings load");
    (db, settings)
}

/// Sets a value as an operation does.
async fn set(db: &TestDb, settings: &Settings, id: &str, value: Value) -> Result<(), SettingError> {
    let (writer, id) = (settings.clone(), id.to_owned());
    let change = db.write(async move |tx| writer.set(tx, &id, value.clone(), at(2_000)).await).await?;
    settings.apply(&change);
    Ok(())
}

async fn stored_ids(db: &TestDb) -> Vec<String> {
    let rows = db.read(async |tx| tx.query("SELECT id FROM settings ORDER BY id", &[]).await).await;
    rows.expect("a read").iter().map(|row| row.text(0).expect("an id")).collect()
}

#[test]
fn every_row_of_the_catalogue_is_well_formed() {
    let lines = include_str!("../../data/settings.tsv").lines().skip(1).count();
    let catalogue = Catalogue::builtin();
    assert_eq!(catalogue.definitions().len() + Catalogue::custom_oauth("X").len(), lines);
    for definition in catalogue.definitions() {
        if !definition.extra.is_empty() {
            assert!(!definition.extra().is_empty(), "{}: extra is not a JSON object", definition.id);
        }
        if !definition.enable_query.is_empty() {
            serde_json::from_str::<Value>(&definition.enable_query).expect("enableQuery is JSON");
        }
        if definition.kind != Kind::Group && !definition.default.starts_with('@') {
            let default = serde_json::from_str(&definition.default).expect("defaults are JSON");
            assert_eq!(kind::check(definition, default).map(drop), Ok(()), "the default fits");
        }
        if !definition.group.is_empty() {
            let group = catalogue.definitions().iter().find(|other| other.id == definition.group);
            assert_eq!(group.map(|group| group.kind), Some(Kind::Group), "the group of {}", definition.id);
        }
    }
}

#[test]
fn every_key_is_a_setting_of_its_type() {
    let catalogue = Catalogue::builtin();
    for (id, fits) in keys::all() {
        let found = catalogue.definitions().iter().find(|definition| definition.id == *id);
        let definition = found.unwrap_or_else(|| panic!("the key {id} names no setting"));
        assert!(fits(definition.kind), "the key {id} has another type than the setting");
    }
}

#[tokio::test]
async fn a_new_workspace_has_the_defaults_and_stores_only_what_it_made_up() {
    let (db, settings) = start(&[("ROOT_URL", "https://chat.example")]).await;
    assert!(settings.get(keys::Message_AllowEditing));
    assert_eq!(settings.get(keys::API_Default_Count), 50);
    assert_eq!(settings.get(keys::Accounts_RegistrationForm), "Public");
    assert_eq!(settings.get(keys::Hide_System_Messages), Vec::<String>::new());
    assert_eq!(settings.get(keys::Site_Url), "https://chat.example");
    assert_eq!(settings.get(keys::uniqueID), "workspace-1");
    assert_eq!(settings.get(keys::Accounts_RegistrationForm_SecretURL), "secret-1");
    assert_eq!(stored_ids(&db).await, ["Accounts_RegistrationForm_SecretURL", "uniqueID"]);
}

#[tokio::test]
async fn what_was_made_up_at_the_first_start_stays() {
    let (db, _) = start(&[]).await;
    let other = FirstStart { now: at(9_000), unique_id: "other".into(), secret_url: "other".into() };
    let settings = Settings::load(&db, &Environment::default(), &other).await.expect("the settings load");
    assert_eq!(settings.get(keys::uniqueID), "workspace-1");
    assert_eq!(settings.get(keys::Accounts_RegistrationForm_SecretURL), "secret-1");
    assert_eq!(settings.installed_at(), at(1_000));
}

#[tokio::test]
async fn a_changed_value_is_seen_at_once_and_after_a_restart() {
    let (db, settings) = start(&[]).await;
    set(&db, &settings, "Message_AllowEditing", json!(false)).await.expect("it is set");
    assert!(!settings.get(keys::Message_AllowEditing));
    let again = load(&db, &[]).await.expect("the settings load");
    assert!(!again.get(keys::Message_AllowEditing));
}

#[tokio::test]
async fn a_change_that_was_rolled_back_is_not_seen() {
    let (db, settings) = start(&[]).await;
    let writer = settings.clone();
    let result: Result<Change, SettingError> = db
        .write(async move |tx| {
            writer.set(tx, "Message_AllowEditing", json!(false), at(2_000)).await?;
            Err(SettingError::Unknown { id: "rolled back".into() })
        })
        .await;
    assert!(result.is_err());
    assert!(settings.get(keys::Message_AllowEditing));
}

#[tokio::test]
async fn nobody_is_lost_who_counts_before_others_are_heard_of() {
    let (db, settings) = start(&[]).await;
    let count = async |n: i64| {
        let writer = settings.clone();
        db.write(async move |tx| writer.add(tx, "OTR_Count", n, at(2_000)).await)
            .await
            .expect("it is counted")
    };
    // The first is not heard of before the second counts.
    let (first, second) = (count(1).await, count(2).await);
    settings.apply(&first);
    settings.apply(&second);
    assert_eq!(*settings.value("OTR_Count").expect("a number"), json!(3));
    let unknown = db.write(async move |tx| settings.add(tx, "No_Such", 1, at(2_000)).await).await;
    assert!(unknown.is_err());
}

#[tokio::test]
async fn applying_tells_what_changed_and_nothing_if_nothing_did() {
    let (db, settings) = start(&[]).await;
    let writer = settings.clone();
    let change =
        db.write(async move |tx| writer.set(tx, "API_Default_Count", json!(70), at(2_000)).await).await;
    let change = change.expect("it is set");
    let event = settings.apply(&change).expect("an event");
    assert_eq!((event.id.as_str(), &*event.value), ("API_Default_Count", &json!(70)));
    assert_eq!((event.action, event.public), (SettingAction::Updated, false));
    assert_eq!(settings.apply(&change), None);
}

#[tokio::test]
async fn values_are_checked_against_the_type() {
    let (_db, settings) = start(&[]).await;
    let check = |id: &str, value: Value| settings.check(id, value);
    assert_eq!(check("Message_AllowEditing", json!("false")), Ok(json!(false)));
    assert_eq!(check("API_Default_Count", json!("7")), Ok(json!(7)));
    assert_eq!(check("API_Default_Count", json!(7.0)), Ok(json!(7)));
    let expected = |id: &str, expected| Err(SettingError::WrongType { id: id.into(), expected });
    assert_eq!(check("Message_AllowEditing_BlockEditInMinutes", json!(0.5)), Ok(json!(0.5)));
    assert_eq!(check("API_Default_Count", json!("many")), expected("API_Default_Count", "a whole number"));
    assert_eq!(check("Message_AllowEditing", json!(1)), Ok(json!(true)));
    assert_eq!(check("Message_AllowEditing", json!(0)), Ok(json!(false)));
    assert_eq!(check("Message_AllowEditing", json!(2)), expected("Message_AllowEditing", "a boolean"));
    assert_eq!(check("Site_Name", json!(5)), Ok(json!("5")));
    assert_eq!(check("Site_Name", json!(true)), expected("Site_Name", "a text"));
    assert_eq!(check("Site_Name", json!(null)), expected("Site_Name", "a text"));
    assert_eq!(
        check("Hide_System_Messages", json!([1])),
        expected("Hide_System_Messages", "a list of texts")
    );
    assert_eq!(check("SMS_Service", json!("")), Ok(json!("")));
    assert!(matches!(check("Message_CustomFields", json!("{")), Err(SettingError::InvalidJson { .. })));
    assert!(matches!(check("General", json!("x")), Err(SettingError::WrongType { .. })));
    assert!(matches!(check("No_Such_Setting", json!("x")), Err(SettingError::Unknown { .. })));
}

#[tokio::test]
async fn the_environment_gives_the_first_value_of_a_setting_only() {
    let (db, settings) = start(&[("API_Default_Count", "20")]).await;
    assert_eq!(settings.get(keys::API_Default_Count), 20);
    let document = settings.document("API_Default_Count").expect("a document");
    assert_eq!(document["valueSource"], "processEnvValue");
    assert_eq!(document["blocked"], false);
    set(&db, &settings, "API_Default_Count", json!(30)).await.expect("it is set");
    let again = load(&db, &[("API_Default_Count", "40")]).await.expect("the settings load");
    assert_eq!(again.get(keys::API_Default_Count), 30);
}

#[tokio::test]
async fn an_overwritten_setting_cannot_be_changed_and_returns_when_it_is_no_longer_overwritten() {
    let (db, settings) = start(&[]).await;
    set(&db, &settings, "Site_Name", json!("Ours")).await.expect("it is set");

    let forced =
        [("OVERWRITE_SETTING_Site_Name", "Theirs"), ("OVERWRITE_SETTING_Show_Setup_Wizard", "Completed")];
    let settings = load(&db, &forced).await.expect("the settings load");
    assert_eq!(settings.get(keys::Site_Name), "Theirs");
    assert_eq!(settings.get(keys::Show_Setup_Wizard), "completed");
    let refused = set(&db, &settings, "Site_Name", json!("Ours again")).await;
    assert_eq!(refused, Err(SettingError::Blocked { id: "Site_Name".into() }));
    set(&db, &settings, "Show_Setup_Wizard", json!("completed")).await.expect("the present value is fine");
    let document = settings.document("Site_Name").expect("a document");
    assert_eq!(document["blocked"], true);
    assert_eq!(document["valueSource"], "processEnvValue");
    assert_eq!(document["processEnvValue"], "Theirs");

    let settings = load(&db, &[]).await.expect("the settings load");
    assert_eq!(settings.get(keys::Site_Name), "Ours");
    assert_eq!(settings.get(keys::Show_Setup_Wizard), "pending");
}

#[tokio::test]
async fn a_bad_variable_stops_the_start_and_is_named_without_its_value() {
    let db = open_sqlite().await;
    let error =
        load(&db, &[("OVERWRITE_SETTING_API_Default_Count", "hunter2")]).await.expect_err("it is refused");
    assert_eq!(
        error.to_string(),
        "environment variable OVERWRITE_SETTING_API_Default_Count: the setting API_Default_Count takes a whole number"
    );
}

#[tokio::test]
async fn overwrites_that_name_no_setting_are_listed() {
    let (_db, settings) =
        start(&[("OVERWRITE_SETTING_Site_Nmae", "x"), ("OVERWRITE_SETTING_Site_Name", "x")]).await;
    assert_eq!(settings.unknown_overwrites(), ["Site_Nmae"]);
}

#[tokio::test]
async fn lists_of_the_environment_hide_block_and_require() {
    let (db, settings) = start(&[
        ("SETTINGS_HIDDEN", "Site_Name, Language"),
        ("SETTINGS_BLOCKED", "Website"),
        ("SETTINGS_REQUIRED_ON_WIZARD", "Organization_Type"),
    ])
    .await;
    assert!(settings.is_hidden("Language") && !settings.is_hidden("Site_Url"));
    assert!(settings.public_document("Site_Name").is_none());
    assert_eq!(settings.document("Organization_Type").expect("a document")["requiredOnWizard"], true);
    assert!(matches!(set(&db, &settings, "Website", json!("x")).await, Err(SettingError::Blocked { .. })));
}

#[tokio::test]
async fn documents_have_the_fields_that_clients_know() {
    let (_db, settings) = start(&[]).await;
    let document = settings.document("Accounts_RegistrationForm").expect("a document");
    assert_eq!(
        document,
        json!({
            "_id": "Accounts_RegistrationForm", "type": "select", "value": "Public", "packageValue": "Public",
            "valueSource": "packageValue", "public": true, "hidden": false, "blocked": false, "secret": false,
            "enterprise": false, "env": false, "autocomplete": true, "requiredOnWizard": false,
            "group": "Accounts", "section": "Registration", "sorter": 21019,
            "i18nLabel": "Accounts_RegistrationForm", "i18nDescription": "Accounts_RegistrationForm_Description",
            "values": [
                { "key": "Public", "i18nLabel": "Accounts_RegistrationForm_Public" },
                { "key": "Disabled", "i18nLabel": "Accounts_RegistrationForm_Disabled" },
                { "key": "Secret URL", "i18nLabel": "Accounts_RegistrationForm_Secret_URL" },
            ],
            "ts": { "$date": 1000 }, "createdAt": { "$date": 1000 }, "_updatedAt": { "$date": 1000 },
        })
    );
    let group = settings.document("Accounts").expect("a document");
    assert_eq!(group["type"], "group");
    assert!(group.get("value").is_none());
    let query =
        &settings.document("Accounts_TwoFactorAuthentication_MaxDelta").expect("a document")["enableQuery"];
    assert_eq!(query, r#"{"_id":"Accounts_TwoFactorAuthentication_Enabled","value":true}"#);
}

#[tokio::test]
async fn everybody_sees_public_settings_and_nothing_else() {
    let (db, settings) = start(&[]).await;
    let all = settings.public(&Selection::default());
    let ids: Vec<&str> = all.iter().filter_map(|document| document["_id"].as_str()).collect();
    assert!(ids.contains(&"Site_Name") && !ids.contains(&"SMTP_Password") && !ids.contains(&"General"));
    assert!(settings.public_document("SMTP_Password").is_none());

    set(&db, &settings, "Site_Name", json!("Ours")).await.expect("it is set");
    set(&db, &settings, "SMTP_Password", json!("x")).await.expect("it is set");
    let recent = settings.public(&Selection { since: Some(at(1_500)), ..Selection::default() });
    assert_eq!(
        recent,
        [json!({ "_id": "Site_Name", "value": "Ours", "enterprise": false, "requiredOnWizard": false })]
    );
    let recent = settings.all(&Selection { since: Some(at(1_500)), ..Selection::default() });
    assert_eq!(recent.len(), 2);
}

#[tokio::test]
async fn clients_learn_of_defaults_that_another_version_or_environment_brought() {
    let (db, _) = start(&[]).await;
    let later = FirstStart { now: at(5_000), ..first_start() };
    let environment = [("ROOT_URL", "https://new.example")].into_iter().collect();
    let settings = Settings::load(&db, &environment, &later).await.expect("the settings load");
    let recent = settings.public(&Selection { since: Some(at(4_000)), ..Selection::default() });
    assert!(recent.iter().any(|document| document["_id"] == "Site_Url"));
    assert_eq!(settings.installed_at(), at(1_000));
    let later = FirstStart { now: at(8_000), ..first_start() };
    let settings = Settings::load(&db, &environment, &later).await.expect("the settings load");
    assert!(settings.public(&Selection { since: Some(at(7_000)), ..Selection::default() }).is_empty());
}

#[tokio::test]
async fn a_custom_service_is_registered_kept_and_removed() {
    let (db, settings) = start(&[]).await;
    let writer = settings.clone();
    let register = async move |tx: &gantry_store::Tx| {
        writer.register(tx, Catalogue::custom_oauth("Keycloak"), at(2_000)).await
    };
    for change in db.write(register).await.expect("it is registered") {
        let event = settings.apply(&change).expect("an event");
        assert_eq!(event.action, SettingAction::Inserted);
    }
    let token_path = "Accounts_OAuth_Custom-Keycloak-token_path";
    assert_eq!(settings.text_by_id(token_path), "/oauth/token");
    set(&db, &settings, "Accounts_OAuth_Custom-Keycloak", json!(true)).await.expect("it is set");

    let again = load(&db, &[]).await.expect("the settings load");
    assert!(again.flag_by_id("Accounts_OAuth_Custom-Keycloak"));
    assert_eq!(again.document(token_path).expect("a document")["section"], "Custom OAuth: Keycloak");

    let (writer, ids) = (again.clone(), vec![token_path.to_owned()]);
    let removed = db.write(async move |tx| writer.unregister(tx, &ids, at(3_000)).await).await;
    for change in removed.expect("it is removed") {
        again.apply(&change);
    }
    assert!(!again.exists(token_path));
    assert!(again.flag_by_id("Accounts_OAuth_Custom-Keycloak"));
    let gone = db.read(async |tx| Settings::removed_since(tx, at(2_500)).await).await.expect("a read");
    assert_eq!(gone, [(token_path.to_owned(), at(3_000))]);

    let writer = again.clone();
    let refused =
        db.write(async move |tx| writer.unregister(tx, &["Site_Name".to_owned()], at(3_000)).await).await;
    assert_eq!(refused.map(drop), Err(SettingError::BuiltIn { id: "Site_Name".into() }));
}

#[tokio::test]
async fn another_node_sees_changes_when_it_reloads() {
    let (db, settings) = start(&[]).await;
    let other = load(&db, &[]).await.expect("the settings load");
    set(&db, &settings, "Site_Name", json!("Ours")).await.expect("it is set");
    assert_eq!(other.get(keys::Site_Name), "Rocket.Chat");
    let changes = other.reload(&db).await.expect("it reloads");
    assert_eq!(changes.iter().map(|change| change.id.as_str()).collect::<Vec<_>>(), ["Site_Name"]);
    assert_eq!(other.get(keys::Site_Name), "Ours");
}

#[tokio::test]
async fn the_editor_of_a_colour_is_kept_beside_its_value() {
    let (db, settings) = start(&[]).await;
    let writer = settings.clone();
    let change = db
        .write(async move |tx| writer.set_editor(tx, "Livechat_title_color", "expression", at(2_000)).await);
    settings.apply(&change.await.expect("it is set"));
    set(&db, &settings, "Livechat_title_color", json!("red")).await.expect("it is set");
    for settings in [settings, load(&db, &[]).await.expect("the settings load")] {
        let document = settings.document("Livechat_title_color").expect("a document");
        assert_eq!((&document["editor"], &document["value"]), (&json!("expression"), &json!("red")));
        assert_eq!(document["packageEditor"], "color");
    }
}
