use gantry_accounts::roles::events::{RoomRoleChanging, RoomRoleHoldersSought};
use gantry_kernel::settings::Environment;
use serde_json::{Value, json};

use crate::workspace::{Actor, each, each_with};

async fn gives(actor: &Actor, to: &Actor, role: &str) -> (u16, Value) {
    actor.posts("roles.addUserToRole", json!({ "username": to.name, "roleId": role })).await
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["errorType"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_given_role_acts_at_once() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let own = user.listens("notify-user", &format!("{}/userData", user.uid)).await.unwrap();
        let changes = user.listens("notify-logged", "roles-change").await.unwrap();
        assert_eq!(user.gets("settings/Site_Name").await.0, 403);
        let (status, body) = gives(&admin, &user, "admin").await;
        assert_eq!((status, &body["role"]["_id"]), (200, &json!("admin")));
        assert_eq!(user.gets("settings/Site_Name").await.0, 200);
        let data =
            json!({ "type": "updated", "id": user.uid, "diff": { "roles": ["user", "admin"] }, "unset": {} });
        assert_eq!(own.heard().await, [json!([data])]);
        let who = json!({ "_id": user.uid, "username": "bob" });
        assert_eq!(changes.heard().await, [json!([{ "type": "added", "_id": "admin", "u": who }])]);

        let take = json!({ "username": "bob", "roleId": "admin" });
        assert_eq!(admin.posts("roles.removeUserFromRole", take.clone()).await.0, 200);
        assert_eq!(user.gets("settings/Site_Name").await.0, 403);
        assert_eq!(changes.heard().await[0][0]["type"], "removed");
        assert_eq!(
            code(&admin.posts("roles.removeUserFromRole", take).await),
            (400, "error-user-not-in-role")
        );
    })
    .await;
}

#[tokio::test]
async fn giving_roles_has_its_rules() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        assert_eq!(code(&gives(&user, &user, "admin").await), (400, "error-action-not-allowed"));
        assert_eq!(code(&gives(&admin, &user, "user").await), (400, "error-user-already-in-role"));
        assert_eq!(code(&gives(&admin, &user, "no-such").await), (400, "Role not found"));
        let nobody = admin.posts("roles.addUserToRole", json!({ "username": "x", "roleId": "bot" })).await;
        assert_eq!(code(&nobody), (400, "error-invalid-user"));
        let nothing = admin.posts("roles.addUserToRole", json!({ "roleId": "bot" })).await;
        assert_eq!(code(&nothing), (400, "error-invalid-role-properties"));

        // Somebody who may give roles, but not that of administrators.
        let granted =
            admin.invokes("authorization:addPermissionToRole", json!(["access-permissions", "bot"])).await;
        assert_eq!(granted, Ok(Value::Null));
        let manager = workspace.somebody("max", &["bot"]).await;
        assert_eq!(code(&gives(&manager, &user, "admin").await), (400, "error-action-not-allowed"));
        assert_eq!(gives(&manager, &user, "livechat-agent").await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let take =
            admin.posts("roles.removeUserFromRole", json!({ "username": "ann", "roleId": "admin" })).await;
        assert_eq!(code(&take), (400, "error-admin-required"));
        assert_eq!(admin.gets("settings/Site_Name").await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn holders_are_listed_in_pages() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        for name in ["dan", "bob", "cat"] {
            workspace.somebody(name, &["user", "bot"]).await;
        }
        let (_, body) = admin.gets("roles.getUsersInRole?role=bot&count=2").await;
        let names: Vec<&str> =
            body["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!((names, &body["total"]), (vec!["bob", "cat"], &json!(3)));
        assert!(body["users"][0].get("roles").is_none());
        assert_eq!(code(&admin.gets("roles.getUsersInRole").await), (400, "error-param-not-provided"));
        assert_eq!(code(&admin.gets("roles.getUsersInRole?role=x").await), (400, "error-invalid-roleId"));
        let user = workspace.somebody("eve", &["user"]).await;
        assert_eq!(user.gets("roles.getUsersInRole?role=bot").await.0, 403);
        let (_, shown) = user.gets("roles.getUsersInPublicRoles").await;
        assert_eq!(shown["users"], json!([{ "_id": admin.uid, "username": "ann", "roles": ["admin"] }]));
    })
    .await;
}

#[tokio::test]
async fn a_workspace_has_roles_of_its_own() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let create = || admin.posts("roles.create", json!({ "name": "Crew", "description": "On board" }));
        let heard = admin.listens("roles", "roles").await.unwrap();
        let (status, body) = create().await;
        assert_eq!(status, 200);
        let id = body["role"]["_id"].as_str().unwrap().to_owned();
        assert_eq!(heard.heard().await[0][0]["name"], "Crew");
        assert_eq!(code(&create().await), (400, "error-duplicate-role-names-not-allowed"));
        let odd = admin.posts("roles.create", json!({ "name": "X", "scope": "Rooms" })).await;
        assert_eq!(code(&odd), (400, "error-invalid-role-properties"));

        let user = workspace.somebody("bob", &["user"]).await;
        let refused = user.posts("roles.create", json!({ "name": "X" })).await;
        assert_eq!(code(&refused), (400, "error-action-not-allowed"));
        assert_eq!(gives(&admin, &user, &id).await.0, 200);
        let delete = || admin.posts("roles.delete", json!({ "roleId": id }));
        assert_eq!(code(&delete().await), (400, "error-role-in-use"));
        admin.posts("roles.removeUserFromRole", json!({ "username": "bob", "roleId": id })).await;
        let before = workspace.kernel.clock.now().millis() - 1;
        assert_eq!(delete().await.0, 200);
        assert_eq!(heard.heard().await.last().unwrap()[0]["type"], "removed");
        let since = gantry_protocol::Timestamp::from_millis(before).to_iso();
        let (_, synced) = user.gets(&format!("roles.sync?updatedSince={since}")).await;
        assert_eq!(synced["roles"]["remove"][0]["_id"], id.as_str());
        assert_eq!(code(&delete().await), (400, "error-invalid-roleId"));
        assert_eq!(
            code(&admin.posts("roles.delete", json!({ "roleId": "bot" })).await),
            (400, "error-role-protected")
        );
    })
    .await;
}

#[tokio::test]
async fn built_in_roles_keep_their_names() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let update = |body: Value| admin.posts("roles.update", body);
        let renamed = update(json!({ "roleId": "bot", "name": "robot" })).await;
        assert_eq!(code(&renamed), (400, "error-role-protected"));
        let described = update(json!({ "roleId": "bot", "name": "bot", "description": "A machine" })).await;
        assert_eq!((described.0, &described.1["role"]["description"]), (200, &json!("A machine")));
        let (_, listed) = admin.gets("roles.list").await;
        let bot = listed["roles"].as_array().unwrap().iter().find(|role| role["_id"] == "bot").unwrap();
        assert_eq!(bot["description"], "A machine");
        assert!(bot.get("_updatedAt").is_none());
    })
    .await;
}

/// Rooms, as another domain knows them: in `GENERAL` everybody is a member, and bob is owner already.
fn rooms(within: &mut gantry_kernel::within::Within) {
    within.on::<RoomRoleHoldersSought>(|_ctx, _tx, sought| {
        Box::pin(async {
            if sought.role == "owner" {
                sought.add(["id-of-bob".to_owned()]);
            }
            Ok(())
        })
    });
    within.on::<RoomRoleChanging>(|_ctx, _tx, changing| {
        Box::pin(async {
            if changing.rid == "GENERAL" {
                changing.done();
            }
            Ok(())
        })
    });
}

#[tokio::test]
async fn roles_in_rooms_are_kept_by_those_who_keep_rooms() {
    each_with(Environment::default(), rooms, async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        workspace.somebody("bob", &["user"]).await;
        workspace.somebody("cat", &["user"]).await;
        let give = |name: &str, rid: &str| {
            admin.posts("roles.addUserToRole", json!({ "username": name, "roleId": "owner", "roomId": rid }))
        };
        assert_eq!(give("cat", "GENERAL").await.0, 200);
        assert_eq!(code(&give("bob", "GENERAL").await), (400, "error-user-already-in-role"));
        assert_eq!(code(&give("cat", "no-such").await), (400, "error-invalid-user"));
        let (_, body) = admin.gets("roles.getUsersInRole?role=owner&roomId=GENERAL").await;
        assert_eq!((&body["users"][0]["username"], &body["total"]), (&json!("bob"), &json!(1)));
        let (_, bob) = admin.gets("roles.getUsersInRole?role=user").await;
        assert_eq!(bob["total"], 2, "a role in a room is none everywhere");
    })
    .await;
}

#[tokio::test]
async fn parameters_that_make_no_role_are_told_in_one_way() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let whole = json!("The role properties are invalid. [error-invalid-role-properties]");
        for (path, body) in [
            ("roles.create", json!({ "description": "No name" })),
            ("roles.create", json!({ "name": "Crew", "colour": "blue" })),
            ("roles.create", json!({ "name": ["Crew"] })),
            ("roles.update", json!({ "roleId": "bot" })),
            ("roles.update", json!({ "roleId": "bot", "name": "bot", "colour": "blue" })),
            ("roles.delete", json!({})),
            ("roles.delete", json!({ "roleId": "bot", "force": true })),
            ("roles.removeUserFromRole", json!({ "roleId": "bot" })),
        ] {
            let (status, answer) = admin.posts(path, body.clone()).await;
            assert_eq!((status, &answer["error"]), (400, &whole), "{path} {body}");
            assert_eq!(answer["errorType"], "error-invalid-role-properties");
        }
        // Who may not do it at all hears that first.
        assert_eq!(user.posts("roles.delete", json!({})).await.0, 403);

        let give = async |body: Value| admin.posts("roles.addUserToRole", body).await.1["error"].clone();
        let code = "[error-invalid-role-properties]";
        assert_eq!(
            give(json!({ "roleId": "bot" })).await,
            format!("must have required property 'username' {code}")
        );
        let odd = json!({ "username": "bob", "roleId": "bot", "colour": "blue" });
        assert_eq!(give(odd).await, format!("must NOT have additional properties {code}"));
        let nobody = give(json!({ "username": " ", "roleId": "bot" })).await;
        assert_eq!(
            nobody,
            "The required \"userId\" or \"username\" param was not provided [error-user-param-not-provided]"
        );
        assert_eq!(give(json!({ "username": "BOB", "roleId": "bot" })).await, Value::Null, "in any case");
        let none = admin.posts("roles.addUserToRole", json!({ "username": "bob" })).await;
        assert_eq!(none, (400, json!({ "success": false, "error": "error-invalid-role-properties" })));
    })
    .await;
}

#[tokio::test]
async fn changed_roles_are_asked_for_by_a_time() {
    each(async |workspace| {
        let user = workspace.somebody("bob", &["user"]).await;
        let error = async |query: &str| user.gets(&format!("roles.sync{query}")).await.1["error"].clone();
        assert_eq!(error("").await, "Match error: Missing key 'updatedSince'");
        assert_eq!(
            error("?updatedSince=soon").await,
            "Match error: Failed Match.Where validation in field updatedSince"
        );
        let (status, all) = user.gets("roles.sync?updatedSince=2018-11-27").await;
        assert_eq!((status, &all["roles"]["remove"]), (200, &json!([])));
        let admin = workspace.somebody("ann", &["admin"]).await;
        let role = admin.posts("roles.create", json!({ "name": "scribe" })).await.1["role"].clone();
        let since = role["_updatedAt"].as_str().unwrap();
        let (_, synced) = user.gets(&format!("roles.sync?updatedSince={since}")).await;
        let updated = synced["roles"]["update"].as_array().unwrap();
        assert!(updated.contains(&role), "what changed at that very time is among it: {synced}");
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_who_can_log_in_stays_one_whoever_edits_them() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let edit = json!({ "userId": admin.uid, "data": { "roles": ["user"] } });
        assert_eq!(code(&admin.posts("users.update", edit.clone()).await), (400, "error-admin-required"));
        let form = json!([{ "_id": admin.uid, "roles": ["user"] }]);
        assert_eq!(admin.invokes("insertOrUpdateUser", form).await, Err("error-admin-required".into()));

        // Somebody who cannot log in is no administrator to rely on.
        let other = workspace.somebody("bob", &["admin"]).await;
        let active = |on: bool| json!({ "userId": other.uid, "activeStatus": on });
        assert_eq!(admin.posts("users.setActiveStatus", active(false)).await.0, 200);
        assert_eq!(code(&admin.posts("users.update", edit.clone()).await), (400, "error-admin-required"));
        let take =
            admin.posts("roles.removeUserFromRole", json!({ "username": "ann", "roleId": "admin" })).await;
        assert_eq!(code(&take), (400, "error-admin-required"));
        assert_eq!(admin.posts("users.setActiveStatus", active(true)).await.0, 200);
        assert_eq!(admin.posts("users.update", edit).await.0, 200);
    })
    .await;
}
