use serde_json::{Value, json};

use crate::workspace::each;

#[tokio::test]
async fn a_changed_permission_acts_at_once_and_clients_hear_of_it() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let heard = user.listens("notify-logged", "permissions-changed").await.unwrap();
        let body =
            json!({ "permissions": [{ "_id": "view-privileged-setting", "roles": ["admin", "user"] }] });
        let (status, answer) = admin.posts("permissions.update", body).await;
        assert_eq!(status, 200);
        let first = &answer["permissions"][0];
        assert!(first["_id"].is_string() && first["roles"].is_array() && first["_updatedAt"].is_string());
        assert_eq!(user.gets("settings/Site_Name").await.0, 200);
        let events = heard.heard().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0][0], "updated");
        assert_eq!(events[0][1]["_id"], "view-privileged-setting");
        assert_eq!(events[0][1]["roles"], json!(["admin", "user"]));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_refused_and_nothing_changes() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let update = async |permissions: Value| {
            let (status, body) =
                admin.posts("permissions.update", json!({ "permissions": permissions })).await;
            (status, body["errorType"].as_str().unwrap_or_default().to_owned())
        };
        let known = json!({ "_id": "create-c", "roles": ["bot"] });
        let refused = |code: &str| (400, code.to_owned());
        assert_eq!(
            update(json!([known, { "_id": "no-such", "roles": ["admin"] }])).await,
            refused("error-invalid-permission")
        );
        assert_eq!(update(json!([known, known])).await, refused("error-invalid-permission"));
        assert_eq!(
            update(json!([known, { "_id": "create-d", "roles": ["no-such"] }])).await,
            refused("error-invalid-role")
        );
        assert_eq!(update(json!("")).await, refused("error-invalid-body-params"));
        assert!(workspace.kernel.permissions.has(&["user".to_owned()], "create-c"));
        let user = workspace.somebody("bob", &["user"]).await;
        let (status, body) = user.posts("permissions.update", json!({ "permissions": [known] })).await;
        assert_eq!(
            (status, body["error"].as_str().unwrap()),
            (403, "User does not have the permissions required for this action [error-unauthorized]")
        );
    })
    .await;
}

#[tokio::test]
async fn guests_stay_guests() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let granted =
            admin.invokes("authorization:addPermissionToRole", json!(["delete-user", "guest"])).await;
        assert_eq!(granted, Err("error-action-not-allowed".into()));
        assert!(!workspace.kernel.permissions.has(&["guest".to_owned()], "delete-user"));
    })
    .await;
}

#[tokio::test]
async fn single_roles_are_added_and_removed() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let bot = ["bot".to_owned()];
        let body = json!({ "permissionId": "delete-user", "role": "bot" });
        assert_eq!(admin.posts("permissions.addRole", body.clone()).await.0, 200);
        assert!(workspace.kernel.permissions.has(&bot, "delete-user"));
        assert_eq!(admin.posts("permissions.removeRole", body).await.0, 200);
        assert!(!workspace.kernel.permissions.has(&bot, "delete-user"));
        let unknown =
            admin.posts("permissions.addRole", json!({ "permissionId": "no-such", "role": "bot" })).await;
        assert_eq!(unknown.1["errorType"], "error-invalid-permission");
        let unknown =
            admin.posts("permissions.addRole", json!({ "permissionId": "delete-user", "role": "x" })).await;
        assert_eq!(unknown.1["error"], "Role does not exist [error-invalid-role]");
        let user = workspace.somebody("bob", &["user"]).await;
        let refused =
            user.invokes("authorization:removeRoleFromPermission", json!(["create-c", "user"])).await;
        assert_eq!(refused, Err("error-action-not-allowed".into()));
    })
    .await;
}

#[tokio::test]
async fn clients_ask_what_changed_since() {
    each(async |workspace| {
        let user = workspace.somebody("bob", &["user"]).await;
        let (status, body) = user.gets("permissions.listAll").await;
        assert_eq!(status, 200);
        assert!(body["update"].as_array().unwrap().len() > 100 && body["remove"] == json!([]));
        let (_, recent) = user.gets("permissions.listAll?updatedSince=2099-01-01T00:00:00.000Z").await;
        assert_eq!(recent["update"], json!([]));
        assert_eq!(user.gets("permissions.listAll?updatedSince=yesterday").await.0, 400);
        let listed = user.invokes("permissions/get", json!([])).await.unwrap();
        assert_eq!(listed.as_array().map(Vec::len), body["update"].as_array().map(Vec::len));
        let changed = user.invokes("permissions/get", json!([{ "$date": 0 }])).await.unwrap();
        assert_eq!(changed["remove"], json!([]));
    })
    .await;
}
