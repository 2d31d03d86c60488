use gantry_protocol::Timestamp;
use gantry_store::testing::{TestDb, open_sqlite};
use gantry_store::vals;
use serde_json::json;

use super::*;
use crate::settings::{Environment, FirstStart, Settings};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn roles(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

async fn load(db: &TestDb, now: Timestamp) -> Permissions {
    let first = FirstStart { now, unique_id: "w".into(), secret_url: "s".into() };
    let settings = Settings::load(db, &Environment::default(), &first).await.expect("the settings load");
    Permissions::load(db, &settings, now).await.expect("the permissions load")
}

async fn start() -> (TestDb, Permissions) {
    let db = open_sqlite().await;
    let permissions = load(&db, at(1_000)).await;
    (db, permissions)
}

async fn grant(db: &TestDb, permissions: &Permissions, permission: &'static str, role: &'static str) {
    let writer = permissions.clone();
    let changes = db.write(async move |tx| writer.grant(tx, permission, role, at(2_000)).await).await;
    changes.expect("it is granted").iter().for_each(|change| permissions.apply(change));
}

async fn create(db: &TestDb, permissions: &Permissions, name: &str) -> Result<(), PermissionError> {
    let role = Role {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        scope: Scope::Users,
        description: String::new(),
        protected: false,
        mandatory_2fa: false,
        updated_at: at(2_000),
    };
    let writer = permissions.clone();
    let change = db.write(async move |tx| writer.create_role(tx, role.clone()).await).await?;
    permissions.apply(&change);
    Ok(())
}

#[tokio::test]
async fn a_new_workspace_has_the_built_in_permissions_and_roles() {
    let (_db, permissions) = start().await;
    assert!(permissions.has(&roles(&["admin"]), "delete-user"));
    assert!(permissions.has(&roles(&["user"]), "create-c"));
    assert!(!permissions.has(&roles(&["user"]), "delete-user"));
    assert!(!permissions.has(&roles(&["admin"]), "no-such-permission"));
    assert_eq!(permissions.roles().len(), builtin::roles().count());
    assert_eq!(permissions.role("owner").map(|role| role.scope), Some(Scope::Subscriptions));
}

#[test]
fn every_built_in_permission_is_held_by_built_in_roles() {
    let known: Vec<String> = builtin::roles().map(|role| role.id).collect();
    for (permission, holders) in builtin::permissions() {
        for role in holders {
            assert!(known.iter().any(|id| id == role), "{permission} names the unknown role {role}");
            assert!(role != GUEST || !live::restricted(permission), "{permission} is not for guests");
        }
    }
}

#[tokio::test]
async fn roles_in_a_room_add_to_those_of_the_user() {
    let (_db, permissions) = start().await;
    assert!(!permissions.in_room(&roles(&["user"]), &[], "set-owner"));
    assert!(permissions.in_room(&roles(&["user"]), &roles(&["owner"]), "set-owner"));
    assert!(permissions.has_any(&roles(&["user"]), &["delete-user", "create-c"]));
    assert!(!permissions.has_all(&roles(&["user"]), &["delete-user", "create-c"]));
}

#[tokio::test]
async fn guests_stay_guests_whatever_else_they_are() {
    let (db, permissions) = start().await;
    assert!(permissions.has(&roles(&["guest"]), "view-d-room"));
    assert!(!permissions.has(&roles(&["guest", "user"]), "create-c"));
    let writer = permissions.clone();
    let refused = db.write(async move |tx| writer.grant(tx, "create-c", "guest", at(2_000)).await).await;
    assert!(matches!(refused, Err(PermissionError::Restricted { .. })));
}

#[tokio::test]
async fn what_was_granted_holds_at_once_and_after_a_restart() {
    let (db, permissions) = start().await;
    grant(&db, &permissions, "delete-user", "user").await;
    assert!(permissions.has(&roles(&["user"]), "delete-user"));
    assert!(load(&db, at(5_000)).await.has(&roles(&["user"]), "delete-user"));

    let writer = permissions.clone();
    let change = db.write(async move |tx| writer.revoke(tx, "delete-user", "user", at(3_000)).await).await;
    permissions.apply(&change.expect("it is revoked").expect("a change"));
    assert!(!permissions.has(&roles(&["user"]), "delete-user"));
    assert!(permissions.has(&roles(&["admin"]), "delete-user"));
    let again = load(&db, at(5_000)).await;
    assert!(!again.has(&roles(&["user"]), "delete-user"));
    assert_eq!(again.documents(Some(at(2_500))).len(), 1);
}

#[tokio::test]
async fn what_an_administrator_took_away_is_not_brought_back_by_a_restart() {
    let (db, permissions) = start().await;
    let writer = permissions.clone();
    let change = db.write(async move |tx| writer.set_roles(tx, "create-c", &[], at(2_000)).await).await;
    permissions.apply(&change.expect("it is set"));
    assert!(!load(&db, at(5_000)).await.has(&roles(&["admin"]), "create-c"));
}

#[tokio::test]
async fn permissions_that_a_newer_version_brings_are_added() {
    let (db, _) = start().await;
    db.write(async |tx| tx.exec("DELETE FROM permissions WHERE id = ?1", &vals!["create-c"]).await)
        .await
        .expect("a write");
    let permissions = load(&db, at(5_000)).await;
    assert!(permissions.has(&roles(&["user"]), "create-c"));
    let recent = permissions.documents(Some(at(4_000)));
    assert_eq!(recent.len(), 1);
    assert_eq!(recent[0]["_id"], "create-c");
    assert_eq!(recent[0]["_updatedAt"], json!({ "$date": 5000 }));
}

#[tokio::test]
async fn unknown_names_are_refused() {
    let (db, permissions) = start().await;
    let writer = permissions.clone();
    let refused = db.write(async move |tx| writer.set_roles(tx, "no-such", &[], at(2_000)).await).await;
    assert_eq!(refused, Err(PermissionError::UnknownPermission("no-such".into())));
    let writer = permissions.clone();
    let unknown = roles(&["no-such"]);
    let refused = db.write(async move |tx| writer.set_roles(tx, "create-c", &unknown, at(2_000)).await).await;
    assert_eq!(refused, Err(PermissionError::UnknownRole("no-such".into())));
}

#[tokio::test]
async fn every_visible_setting_has_a_permission_of_its_own() {
    let (db, permissions) = start().await;
    let id = "change-setting-Accounts_RegistrationForm";
    assert_eq!(
        permissions.document(id),
        Some(json!({
            "_id": id, "roles": [], "level": "settings", "settingId": "Accounts_RegistrationForm",
            "group": "Accounts", "groupPermissionId": "change-setting-Accounts",
            "section": "Registration", "sectionPermissionId": "change-setting-Registration",
            "sorter": 21019, "_updatedAt": { "$date": 1000 },
        }))
    );
    assert!(permissions.document("change-setting-Manual_Entry_User_Count").is_none(), "it is hidden");
    let listed = permissions.documents(None);
    assert!(listed.iter().any(|document| document["_id"] == id));

    let helper = roles(&["livechat-manager"]);
    grant(&db, &permissions, id, "livechat-manager").await;
    assert!(permissions.has(&helper, "change-setting-Accounts"), "the group goes with it");
    assert!(!permissions.may_change_setting(&helper, "Accounts_RegistrationForm"));
    grant(&db, &permissions, "manage-selected-settings", "livechat-manager").await;
    assert!(permissions.may_change_setting(&helper, "Accounts_RegistrationForm"));
    assert!(!permissions.may_change_setting(&helper, "Accounts_CustomFields"));
    assert_eq!(permissions.documents(None).len(), listed.len());
}

#[tokio::test]
async fn a_role_is_created_changed_and_removed() {
    let (db, permissions) = start().await;
    create(&db, &permissions, "tester").await.expect("it is created");
    assert_eq!(
        create(&db, &permissions, "tester").await,
        Err(PermissionError::DuplicateName("tester".into()))
    );
    assert_eq!(create(&db, &permissions, "admin").await, Err(PermissionError::DuplicateName("admin".into())));
    let tester = roles(&["id-of-tester"]);
    grant(&db, &permissions, "create-c", "id-of-tester").await;
    assert!(permissions.has(&tester, "create-c") && !permissions.mandatory_2fa(&tester));

    let writer = permissions.clone();
    let update = RoleUpdate { mandatory_2fa: Some(true), ..RoleUpdate::default() };
    let change = db
        .write(async move |tx| writer.update_role(tx, "id-of-tester", update.clone(), at(3_000)).await)
        .await;
    permissions.apply(&change.expect("it is changed"));
    assert!(permissions.mandatory_2fa(&tester));
    let recent = permissions.role_documents(Some(at(2_500)));
    assert_eq!(
        recent,
        [json!({
            "_id": "id-of-tester", "name": "tester", "scope": "Users", "description": "", "protected": false,
            "mandatory2fa": true, "_updatedAt": { "$date": 3000 },
        })]
    );

    let writer = permissions.clone();
    let changes = db.write(async move |tx| writer.delete_role(tx, "id-of-tester", at(4_000)).await).await;
    changes.expect("it is removed").iter().for_each(|change| permissions.apply(change));
    assert!(permissions.find_role("tester").is_none());
    assert!(!permissions.has(&tester, "create-c"));
    let gone =
        db.read(async |tx| Permissions::removed_roles_since(tx, at(3_500)).await).await.expect("a read");
    assert_eq!(gone, [("id-of-tester".to_owned(), at(4_000))]);
}

#[tokio::test]
async fn built_in_roles_keep_their_name_and_stay() {
    let (db, permissions) = start().await;
    let writer = permissions.clone();
    let refused = db.write(async move |tx| writer.delete_role(tx, "owner", at(2_000)).await).await;
    assert_eq!(refused, Err(PermissionError::Protected("owner".into())));
    let writer = permissions.clone();
    let update = RoleUpdate { name: Some("boss".into()), ..RoleUpdate::default() };
    let refused =
        db.write(async move |tx| writer.update_role(tx, "owner", update.clone(), at(2_000)).await).await;
    assert_eq!(refused, Err(PermissionError::Protected("owner".into())));
    let writer = permissions.clone();
    let update = RoleUpdate { description: Some("Runs a room".into()), ..RoleUpdate::default() };
    let change =
        db.write(async move |tx| writer.update_role(tx, "owner", update.clone(), at(2_000)).await).await;
    permissions.apply(&change.expect("it is changed"));
    assert_eq!(permissions.role("owner").map(|role| role.description), Some("Runs a room".into()));
}

#[tokio::test]
async fn another_node_sees_changes_when_it_reloads() {
    let (db, permissions) = start().await;
    let other = load(&db, at(1_000)).await;
    grant(&db, &permissions, "delete-user", "user").await;
    assert!(!other.has(&roles(&["user"]), "delete-user"));
    other.reload(&db).await.expect("it reloads");
    assert!(other.has(&roles(&["user"]), "delete-user"));
}
