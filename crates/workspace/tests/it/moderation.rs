//! Reports, as those who report and those who moderate see them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use serde_json::{Value, json};

async fn channel(who: &Actor<'_>) -> String {
    let body = who.post("channels.create", json!({ "name": "dev", "members": ["bob"] })).await.ok();
    body["channel"]["_id"].as_str().unwrap().to_owned()
}

async fn says(who: &Actor<'_>, rid: &str, text: &str) -> String {
    let message = json!({ "message": { "rid": rid, "msg": text } });
    who.post("chat.sendMessage", message).await.ok()["message"]["_id"].as_str().unwrap().to_owned()
}

async fn reports_message(who: &Actor<'_>, mid: &str, why: &str) {
    who.post("chat.reportMessage", json!({ "messageId": mid, "description": why })).await.ok();
}

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn reported_messages_are_listed_by_author() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = channel(&alice).await;
        let first = says(&bob, &rid, "Buy my 100% watches").await;
        let second = says(&bob, &rid, "cheap").await;
        let third = says(&alice, &rid, "watch out").await;
        for (who, mid, why) in
            [(&alice, &first, "spam"), (&alice, &second, "spam again"), (&bob, &third, "rude")]
        {
            reports_message(who, mid, why).await;
        }
        let list = admin.get("moderation.reportsByUsers", "").await.ok();
        assert_eq!((&list["count"], &list["total"], &list["offset"]), (&json!(2), &json!(2), &json!(0)));
        assert_eq!(names(&list["reports"], "userId"), ["alice", "bob"], "the newest report first");
        let of_bob = &list["reports"][1];
        assert_eq!((&of_bob["count"], &of_bob["msgId"]), (&json!(2), &json!(second)));
        assert_eq!((&of_bob["username"], &of_bob["isUserDeleted"]), (&json!("bob"), &json!(false)));
        assert_eq!(of_bob["rooms"][0]["_id"], rid);
        assert_eq!(of_bob["rooms"].as_array().unwrap().len(), 1);
        assert!(of_bob["rooms"][0].get("federated").is_none(), "what a room is not is not said");

        let found = admin.get("moderation.reportsByUsers", "selector=WATCHES").await.ok();
        assert_eq!(names(&found["reports"], "userId"), ["bob"]);
        let percent = admin.get("moderation.reportsByUsers", "selector=100%25%20W").await.ok();
        assert_eq!(percent["total"], 1, "a percent sign is a percent sign");
        let page = admin.get("moderation.reportsByUsers", "count=1&offset=1").await.ok();
        assert_eq!((names(&page["reports"], "userId"), &page["total"]), (vec!["bob".to_owned()], &json!(2)));
        let counted = admin.get("moderation.reportsByUsers", "sort={\"count\":-1}").await.ok();
        assert_eq!(names(&counted["reports"], "userId"), ["bob", "alice"]);
        let past = admin.get("moderation.reportsByUsers", "latest=2001-01-01T00:00:00.000Z").await.ok();
        assert_eq!(past["total"], 0);
        for query in
            ["latest=yesterday", "oldest=2001-01-01", "oldest=2001-01-01T00:00", "latest=", "who=bob"]
        {
            for list in ["moderation.reportsByUsers", "moderation.userReports"] {
                assert_eq!(admin.get(list, query).await.refused(), "invalid-params", "{list}?{query}");
            }
        }
        for list in ["moderation.user.reportedMessages", "moderation.user.reportsByUserId"] {
            assert_eq!(admin.get(list, "userId=bob&who=bob").await.refused(), "invalid-params", "{list}");
        }
        assert_eq!(admin.get("moderation.reports", "msgId=x&who=bob").await.refused(), "invalid-params");
        let zoned = admin.get("moderation.reportsByUsers", "oldest=2001-01-01T00:00:00.5%2B02:00").await.ok();
        assert_eq!(zoned["total"], 2);
        assert_eq!(
            admin.get("moderation.userReports", "").await.ok()["total"],
            0,
            "these are not about people"
        );
    }
}

#[tokio::test]
async fn a_moderator_looks_into_a_report_and_closes_it() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = channel(&alice).await;
        let mid = says(&bob, &rid, "nonsense").await;
        reports_message(&alice, &mid, "one").await;
        reports_message(&alice, &mid, "two").await;
        let messages = admin.get("moderation.user.reportedMessages", "userId=bob").await.ok();
        assert_eq!((&messages["count"], &messages["total"]), (&json!(2), &json!(2)));
        assert_eq!(messages["messages"].as_array().unwrap().len(), 1, "each message once");
        assert_eq!(messages["user"], json!({ "_id": "bob", "username": "bob", "name": "bob Real" }));
        let reports = admin.get("moderation.reports", &format!("msgId={mid}")).await.ok();
        assert_eq!(names(&reports["reports"], "description"), ["two", "one"]);
        assert!(reports["reports"][0].get("message").is_none());
        let id = reports["reports"][0]["_id"].as_str().unwrap().to_owned();
        let info = admin.get("moderation.reportInfo", &format!("reportId={id}")).await.ok();
        assert_eq!(info["report"]["message"]["msg"], "nonsense");
        let none = admin.get("moderation.reportInfo", "reportId=nothing").await;
        assert_eq!(none.refused(), "error-report-not-found");

        let dismissal = json!({ "msgId": mid, "reason": " ", "action": "Warned" });
        admin.post("moderation.dismissReports", dismissal.clone()).await.ok();
        assert_eq!(admin.post("moderation.dismissReports", dismissal).await.refused(), "no-reports-found");
        assert_eq!(admin.get("moderation.reportsByUsers", "").await.ok()["total"], 0);
        let info = admin.get("moderation.reportInfo", &format!("reportId={id}")).await.ok();
        let outcome = &info["report"]["moderationInfo"];
        assert_eq!(
            (&outcome["moderatedBy"], &outcome["reason"], &outcome["action"]),
            (&json!("admin"), &json!("No reason provided"), &json!("Warned"))
        );
        let both = json!({ "msgId": mid, "userId": "bob" });
        assert_eq!(admin.post("moderation.dismissReports", both).await.refused(), "invalid-params");
        assert_eq!(admin.post("moderation.dismissReports", json!({})).await.refused(), "invalid-params");
    }
}

#[tokio::test]
async fn people_are_reported_too() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        alice.post("moderation.reportUser", json!({ "userId": "bob", "description": "rude" })).await.ok();
        let nobody =
            alice.post("moderation.reportUser", json!({ "userId": "x", "description": "rude" })).await;
        assert_eq!(nobody.refused(), "Invalid user id provided.");
        let empty = alice.post("moderation.reportUser", json!({ "userId": "bob", "description": "" })).await;
        assert_eq!(empty.refused(), "invalid-params");
        let list = admin.get("moderation.userReports", "selector=BOB").await.ok();
        assert_eq!((&list["total"], &list["reports"][0]["count"]), (&json!(1), &json!(1)));
        assert_eq!(list["reports"][0]["reportedUser"]["username"], "bob");
        let about = admin.get("moderation.user.reportsByUserId", "userId=bob").await.ok();
        assert_eq!((&about["user"]["_id"], &about["total"]), (&json!("bob"), &json!(1)));
        assert_eq!(about["reports"][0]["reportedBy"]["username"], "alice");
        assert_eq!(admin.get("moderation.reportsByUsers", "").await.ok()["total"], 0);
        let listed = admin.get("moderation.userReports", "").await.ok()["reports"][0].clone();
        assert_eq!(listed["reportedUser"].get("emails"), None, "what somebody has not is left out");
        let neither = admin.post("moderation.dismissUserReports", json!({})).await.body["error"].clone();
        let missing = "must have required property 'msgId'\n must have required property 'userId'";
        assert!(neither.as_str().unwrap().starts_with(missing), "{neither}");
        admin.post("moderation.dismissUserReports", json!({ "userId": "bob" })).await.ok();
        assert_eq!(admin.get("moderation.userReports", "").await.ok()["total"], 0);
        let wrong = admin.post("moderation.dismissUserReports", json!({ "msgId": "x" })).await;
        assert_eq!(wrong.refused(), "error-user-id-param-not-provided");
    }
}

#[tokio::test]
async fn reported_messages_of_a_person_are_deleted_together() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = channel(&alice).await;
        let (first, second, kept) =
            (says(&bob, &rid, "a").await, says(&bob, &rid, "b").await, says(&bob, &rid, "c").await);
        reports_message(&alice, &first, "spam").await;
        reports_message(&alice, &second, "spam").await;
        let path = "moderation.user.deleteReportedMessages";
        let refused = alice.post(path, json!({ "userId": "bob" })).await;
        assert_eq!(refused.refused(), "error-unauthorized");
        admin.post(path, json!({ "userId": "bob", "reason": "spam" })).await.ok();
        let history = alice.get("channels.history", &format!("roomId={rid}")).await.ok();
        let ids = names(&history["messages"], "_id");
        assert!(ids.contains(&kept) && !ids.contains(&first) && !ids.contains(&second), "{ids:?}");
        let again = admin.post(path, json!({ "userId": "bob" })).await;
        assert_eq!(again.refused(), "No reported messages found for this user.");
    }
}

#[tokio::test]
async fn only_moderators_read_reports() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for (path, query) in [
            ("moderation.reportsByUsers", ""),
            ("moderation.userReports", ""),
            ("moderation.user.reportedMessages", "userId=bob"),
            ("moderation.user.reportsByUserId", "userId=bob"),
            ("moderation.reports", "msgId=x"),
            ("moderation.reportInfo", "reportId=x"),
        ] {
            assert_eq!(alice.get(path, query).await.refused(), "error-unauthorized", "{path}");
        }
        for path in ["moderation.dismissReports", "moderation.dismissUserReports"] {
            let answer = alice.post(path, json!({ "userId": "bob" })).await;
            assert_eq!(answer.refused(), "error-unauthorized", "{path}");
        }
    }
}
