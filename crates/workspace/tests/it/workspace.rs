//! Statistics, licences and banners.

use crate::world::{World, worlds};
use gantry_kernel::caller::Ctx;
use gantry_protocol::Timestamp;
use gantry_workspace::banners::shown;
use serde_json::{Value, json};

/// A setting as it is in the database.
async fn stored(world: &World, id: &'static str) -> String {
    let ctx = Ctx::internal(&world.kernel);
    let read = ctx.read(async move |tx| {
        let rows = tx.query_dyn("SELECT value FROM settings WHERE id = ?1", &gantry_store::vals![id]).await?;
        Ok(rows[0].text(0)?)
    });
    read.await.expect("the database answers")
}

#[tokio::test]
async fn statistics_count_people_rooms_and_messages() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let before = admin.get("statistics", "").await.ok();
        assert_eq!((&before["totalUsers"], &before["activeUsers"]), (&json!(3), &json!(3)));
        assert_eq!((&before["totalChannels"], &before["totalPrivateGroups"]), (&json!(1), &json!(0)));
        let group = alice.post("groups.create", json!({ "name": "secret" })).await.ok();
        let rid = &group["group"]["_id"];
        alice.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": "hello" } })).await.ok();
        let kept = admin.get("statistics", "").await.ok();
        assert_eq!(kept["_id"], before["_id"], "nobody asked for fresh ones");
        let fresh = admin.get("statistics", "refresh=true").await.ok();
        assert_eq!(fresh["totalPrivateGroups"], 1);
        assert_eq!((&fresh["totalPrivateGroupMessages"], &fresh["totalMessages"]), (&json!(1), &json!(1)));
        assert_ne!(fresh["process"]["uptime"], before["process"]["uptime"]);
        let list = admin.get("statistics.list", "count=5").await.ok();
        assert_eq!((&list["total"], &list["count"], &list["offset"]), (&json!(2), &json!(2), &json!(0)));
        assert_eq!(list["statistics"][1]["_id"], fresh["_id"]);
        let method = admin.method("getStatistics", json!([])).await.unwrap();
        assert_eq!(method["_id"], fresh["_id"]);
        for path in ["statistics", "statistics.list"] {
            assert_eq!(alice.get(path, "").await.refused(), "error-not-allowed");
        }
        assert!(alice.method("getStatistics", json!([])).await.unwrap_err().is("error-not-allowed"));
    }
}

#[tokio::test]
async fn clients_count_what_is_counted_and_nothing_else() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        let number = |id: &str| world.kernel.settings.value(id).unwrap().as_i64().unwrap();
        let reports = json!({ "params": [
            { "eventName": "updateCounter", "settingsId": "Jitsi_Click_To_Join_Count" },
            { "eventName": "updateCounter", "settingsId": "Jitsi_Click_To_Join_Count" },
            { "eventName": "otrStats", "rid": "GENERAL" },
            { "eventName": "slashCommandsStats", "command": "jitsi" },
            { "eventName": "updateCounter", "settingsId": "API_Default_Count" },
            { "eventName": "updateCounter", "settingsId": "Accounts_Password_Policy_MinLength" },
        ] });
        let (page, length) = (number("API_Default_Count"), number("Accounts_Password_Policy_MinLength"));
        alice.post("statistics.telemetry", reports).await.ok();
        assert_eq!(stored(&world, "Jitsi_Click_To_Join_Count").await, "2");
        assert_eq!(number("API_Default_Count"), page, "a limit is no counter");
        assert_eq!(number("Accounts_Password_Policy_MinLength"), length);
        let unknown = json!({ "params": [{ "eventName": "nothing" }] });
        assert_eq!(alice.post("statistics.telemetry", unknown).await.refused(), "event not found");
    }
}

#[tokio::test]
async fn what_is_counted_at_the_same_time_is_all_counted() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let report = json!({ "params": [{ "eventName": "otrStats", "rid": "GENERAL" }] });
        let (one, other) = tokio::join!(
            alice.post("statistics.telemetry", report.clone()),
            bob.post("statistics.telemetry", report.clone())
        );
        one.ok();
        other.ok();
        assert_eq!(stored(&world, "OTR_Count").await, "2");
    }
}

#[tokio::test]
async fn everything_is_switched_on() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let seen = alice.get("licenses.info", "").await.ok()["license"].clone();
        assert!(seen.get("license").is_none());
        assert_eq!((&seen["tags"], &seen["limits"]), (&json!([]), &json!({})));
        let modules = seen["activeModules"].as_array().unwrap();
        assert!(modules.contains(&json!("auditing")));
        let seen = admin.get("licenses.info", "loadValues=true").await.ok()["license"].clone();
        assert_eq!(seen["limits"]["activeUsers"], json!({ "value": 3, "max": -1 }));
        assert!(seen["license"]["grantedModules"].is_array());
        let users = alice.get("licenses.maxActiveUsers", "").await.ok();
        assert_eq!((&users["maxActiveUsers"], &users["activeUsers"]), (&Value::Null, &json!(3)));
        for path in ["licenses.add", "licenses.validate"] {
            let body = json!({ "license": "key" });
            assert_eq!(alice.post(path, body.clone()).await.refused(), "error-unauthorized");
            assert_eq!(admin.post(path, body).await.refused(), "Invalid license");
        }
        assert_eq!(alice.method("license:isEnterprise", json!([])).await.unwrap(), true);
        assert_eq!(alice.method("license:hasLicense", json!(["auditing"])).await.unwrap(), true);
        assert_eq!(alice.method("license:hasLicense", json!(["magic"])).await.unwrap(), false);
        assert_eq!(alice.method("license:getTags", json!([])).await.unwrap(), json!([]));
    }
}

#[tokio::test]
async fn a_banner_is_shown_until_it_is_dismissed() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let now = world.kernel.clock.now();
        let put = async |id: &str, roles: Value, ends: Timestamp| {
            let mut banner = json!({
                "_id": id, "platform": ["web"], "startAt": now, "expireAt": ends, "view": { "blocks": [] },
            });
            if roles.is_array() {
                banner["roles"] = roles;
            }
            let ctx = Ctx::internal(&world.kernel);
            let write = ctx.write(async move |tx| shown::put(tx, banner.clone(), now).await);
            write.await.unwrap();
        };
        put("all", Value::Null, now.plus_millis(1_000_000)).await;
        put("admins", json!(["admin"]), now.plus_millis(1_000_000)).await;
        put("short", Value::Null, now.plus_millis(1)).await;
        let ids = |body: Value| -> Vec<String> {
            let list = body["banners"].as_array().unwrap();
            list.iter().map(|banner| banner["_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(admin.get("banners", "platform=web").await.ok()), ["admins", "all"]);
        let seen = alice.get("banners", "platform=web").await.ok();
        assert_eq!(
            (&seen["banners"][0]["view"]["viewId"], &seen["banners"][0]["surface"]),
            (&json!("all"), &json!("banner"))
        );
        assert_eq!(ids(seen), ["all"]);
        assert!(ids(alice.get("banners", "platform=mobile").await.ok()).is_empty());
        assert!(ids(alice.get("banners/admins", "platform=web").await.ok()).is_empty(), "not for her");
        assert_eq!(ids(alice.get("banners/all", "platform=web").await.ok()), ["all"]);
        assert_eq!(alice.get("banners", "platform=tv").await.refused(), "invalid-params");
        assert_eq!(ids(alice.get("banners.getNew", "platform=web").await.ok()), ["all"]);
        assert_eq!(ids(admin.get("banners.getNew", "platform=web&bid=admins").await.ok()), ["admins"]);
        assert!(ids(alice.get("banners.getNew", "platform=web&bid=admins").await.ok()).is_empty());
        assert_eq!(alice.get("banners.getNew", "").await.refused(), "invalid-params");
        alice.post("banners.dismiss", json!({ "bannerId": "all" })).await.ok();
        alice.post("banners.dismiss", json!({ "bannerId": "all" })).await.ok();
        assert!(ids(alice.get("banners", "platform=web").await.ok()).is_empty());
        assert_eq!(ids(bob.get("banners", "platform=web").await.ok()), ["all"], "bob still sees it");
        let nothing = alice.post("banners.dismiss", json!({ "bannerId": "nothing" })).await;
        assert_eq!(nothing.refused(), "Banner not found");
        alice.method("banner/dismiss", json!([{ "id": "versionUpdate" }])).await.unwrap();
    }
}
