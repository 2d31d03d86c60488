use serde_json::{Value, json};

use crate::workspace::each;

#[tokio::test]
async fn statuses_are_added_changed_and_removed() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let updates = user.listens("notify-logged", "updateCustomUserStatus").await.unwrap();
        let removals = user.listens("notify-logged", "deleteCustomUserStatus").await.unwrap();
        let (status, body) =
            admin.posts("custom-user-status.create", json!({ "name": "Lunch", "statusType": "away" })).await;
        assert_eq!(status, 200);
        let id = body["customUserStatus"]["_id"].clone();
        let change = json!({ "_id": id, "name": "Dinner", "statusType": "busy" });
        assert_eq!(admin.posts("custom-user-status.update", change).await.0, 200);
        let heard: Vec<Value> =
            updates.heard().await.iter().map(|args| args[0]["userStatusData"]["name"].clone()).collect();
        assert_eq!(heard, ["Lunch", "Dinner"]);
        let listed = user.invokes("listCustomUserStatus", json!([])).await.unwrap();
        assert_eq!((&listed[0]["name"], &listed[0]["statusType"]), (&json!("Dinner"), &json!("busy")));
        assert_eq!(
            admin.posts("custom-user-status.delete", json!({ "customUserStatusId": id })).await.0,
            200
        );
        assert_eq!(removals.heard().await[0][0]["userStatusData"]["_id"], id);
        assert_eq!(user.gets("custom-user-status.list").await.1["total"], 0);
    })
    .await;
}

#[tokio::test]
async fn statuses_have_their_rules() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let save = async |status: Value| admin.invokes("insertOrUpdateUserStatus", json!([status])).await;
        assert!(save(json!({ "name": "Lunch" })).await.unwrap().is_string());
        for (status, code) in [
            (json!({ "name": "Lunch" }), "Custom_User_Status_Error_Name_Already_In_Use"),
            (json!({ "name": " " }), "error-the-field-is-required"),
            (json!({ "name": "<b>" }), "error-input-is-not-a-valid-field"),
            (json!({ "name": "X", "statusType": "gone" }), "error-input-is-not-a-valid-field"),
        ] {
            assert_eq!(save(status).await, Err(code.into()));
        }
        let refused = user.invokes("insertOrUpdateUserStatus", json!([{ "name": "Y" }])).await;
        assert_eq!(refused, Err("not_authorized".into()));
        let unknown = admin.posts("custom-user-status.update", json!({ "_id": "x", "name": "Z" })).await;
        assert_eq!(unknown.1["error"], "No custom user status found with the id of \"x\".");
        let gone = admin.invokes("deleteCustomUserStatus", json!(["x"])).await;
        assert_eq!(gone, Err("Custom_User_Status_Error_Invalid_User_Status".into()));
    })
    .await;
}

#[tokio::test]
async fn statuses_are_found_by_name() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        for name in ["Lunch", "Launch", "Away"] {
            admin.posts("custom-user-status.create", json!({ "name": name })).await;
        }
        let names = async |query: &str| {
            let (_, body) = admin.gets(&format!("custom-user-status.list{query}")).await;
            let statuses = body["statuses"].as_array().unwrap().clone();
            statuses.iter().map(|status| status["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["Away", "Launch", "Lunch"]);
        assert_eq!(names("?name=UNCH").await, ["Launch", "Lunch"]);
        assert_eq!(names("?sort=%7B%22name%22%3A-1%7D&count=1").await, ["Lunch"]);
    })
    .await;
}

#[tokio::test]
async fn a_status_must_be_named() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let refusal = async |path: &str, body: Value| admin.posts(path, body).await.1["error"].clone();
        let missing = refusal("custom-user-status.create", json!({ "statusType": "busy" })).await;
        assert_eq!(missing, "Match error: Missing key 'name'");
        let missing = refusal("custom-user-status.update", json!({ "name": "Lunch" })).await;
        assert_eq!(missing, "Match error: Missing key '_id'");
        let missing = refusal("custom-user-status.delete", json!({})).await;
        assert_eq!(missing, "The \"customUserStatusId\" params is required!");
    })
    .await;
}

#[tokio::test]
async fn a_status_is_text_and_nothing_else() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let refusal = async |body: Value| admin.posts("custom-user-status.create", body).await;
        for (body, error) in [
            (json!({ "name": 5 }), "Match error: Expected string, got number in field name"),
            (json!({ "name": ["Lunch"] }), "Match error: Expected string, got object in field name"),
            (
                json!({ "name": "Lunch", "statusType": true }),
                "Match error: Expected string, got boolean in field statusType",
            ),
            (json!({ "name": "Lunch", "colour": "blue" }), "Match error: Unknown key in field colour"),
        ] {
            assert_eq!(refusal(body).await, (400, json!({ "success": false, "error": error })));
        }
        let (status, odd) = admin.gets("custom-user-status.list?colour=blue").await;
        assert_eq!((status, &odd["errorType"]), (400, &json!("invalid-params")));
        assert_eq!(admin.gets("custom-user-status.list?query=%7B%7D").await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_status_that_gets_another_name_stands_for_what_it_stood_for() {
    each(async |workspace| {
        let admin = workspace.somebody("ann", &["admin"]).await;
        let user = workspace.somebody("bob", &["user"]).await;
        let made =
            admin.posts("custom-user-status.create", json!({ "name": "Lunch", "statusType": "away" })).await;
        let id = made.1["customUserStatus"]["_id"].clone();
        let renamed = admin.posts("custom-user-status.update", json!({ "_id": id, "name": "Dinner" })).await;
        assert_eq!(renamed.1["customUserStatus"]["statusType"], "away");

        let mine = user.posts("custom-user-status.update", json!({ "_id": id, "name": "Mine" })).await;
        assert_eq!(mine.1["errorType"], "not_authorized");
        let unknown = user.posts("custom-user-status.update", json!({ "_id": "x", "name": "Mine" })).await;
        assert_eq!(unknown.1["error"], "No custom user status found with the id of \"x\".");
    })
    .await;
}

#[tokio::test]
async fn a_status_is_made_of_texts() {
    each(async |workspace| {
        let ann = workspace.somebody("ann", &["user"]).await;
        for body in [json!({}), json!({ "message": 5 }), json!({ "message": "at lunch", "status": true })] {
            let (status, answer) = ann.posts("users.setStatus", body.clone()).await;
            assert_eq!(status, 400, "{body}");
            assert_eq!(
                answer["error"], "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation",
                "{body}"
            );
        }
        for body in [json!({ "message": "at lunch", "status": null }), json!({ "status": "busy" })] {
            assert_eq!(ann.posts("users.setStatus", body.clone()).await.0, 200, "{body}");
        }
    })
    .await;
}
