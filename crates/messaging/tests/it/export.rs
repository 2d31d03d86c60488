//! Exporting rooms.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use gantry_kernel::caller::Ctx;
use gantry_messaging::exports::forget_old;
use gantry_messaging::rooms::export::{Format, Wanted, allowed, run};
use gantry_protocol::Timestamp;
use serde_json::json;

use crate::world::{Actor, World, worlds};

async fn channel(who: &Actor<'_>, texts: &[&str]) -> String {
    let room = who.post("channels.create", json!({ "name": "talk" })).await.ok();
    let rid = room["channel"]["_id"].as_str().unwrap().to_owned();
    for text in texts {
        who.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": text } })).await.ok();
    }
    rid
}

/// The address of an archive.
async fn address(world: &World, who: &Actor<'_>, rid: &str, format: Format) -> String {
    let caller = world.kernel.identity().caller_of(&world.kernel, &who.uid).await.unwrap();
    let ctx = Ctx { caller, ..Ctx::internal(&world.kernel) };
    let (inner, rid) = (ctx.clone(), rid.to_owned());
    let room = ctx.read(async move |tx| allowed(&inner, tx, &rid).await).await.unwrap();
    let to = ctx.now.plus_millis(86_400_000);
    let wanted = Wanted { room, format, from: Timestamp::default(), to };
    run(&ctx, &wanted).await.unwrap()
}

/// The archive's bytes, as text.
async fn archive(world: &World, who: &Actor<'_>, rid: &str, format: Format) -> String {
    let address = address(world, who, rid, format).await;
    let id = address.rsplit('/').next().unwrap();
    let bytes = world.kernel.files.bytes(&format!("exports/{id}"), 1 << 20).await.unwrap().unwrap();
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn an_archive_has_all_messages_and_no_markup_of_theirs() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rid = channel(&admin, &["first", "<script>alert(1)</script>"]).await;
        let page = archive(&world, &admin, &rid, Format::Html).await;
        assert!(page.contains("first") && page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script"), "{page}");
        let lines = archive(&world, &admin, &rid, Format::Json).await;
        assert!(lines.contains(r#""msg":"first""#) && lines.contains("talk.json"), "{lines}");
    }
}

#[tokio::test]
async fn only_people_who_may_mail_messages_of_rooms_they_may_read_export() {
    for world in worlds().await {
        let (admin, alice, _) = world.people().await;
        let rid = channel(&alice, &["first"]).await;
        let file = json!({ "rid": rid, "type": "file", "format": "html" });
        assert_eq!(alice.post("rooms.export", file.clone()).await.refused(), "error-action-not-allowed");
        admin.post("rooms.export", file).await.ok();
        let group = alice.post("groups.create", json!({ "name": "closed" })).await.ok();
        let closed = json!({ "rid": group["group"]["_id"], "type": "file", "format": "html" });
        assert_eq!(admin.post("rooms.export", closed).await.refused(), "error-not-allowed");
    }
}

#[tokio::test]
async fn a_mail_goes_to_people_and_addresses_and_says_who_has_none() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rid = channel(&admin, &["first"]).await;
        let mail = |to: &str| json!({ "rid": rid, "type": "email", "toUsers": ["bob"], "toEmails": [to], "subject": "s", "messages": ["x"] });
        let sent = admin.post("rooms.export", mail("ann@example.com")).await.ok();
        assert_eq!(sent["missing"], json!(["bob"]));
        for address in ["no address", "a@b\r\nBcc: c@d", "a@b,c@d"] {
            assert_eq!(admin.post("rooms.export", mail(address)).await.refused(), "error-invalid-email");
        }
        let nobody = json!({ "rid": rid, "type": "email", "messages": ["x"] });
        assert_eq!(admin.post("rooms.export", nobody).await.refused(), "error-invalid-recipient");
        for wrong in [
            json!({ "rid": rid, "type": "email", "toUsers": ["bob"] }),
            json!({ "rid": rid, "type": "file" }),
            json!({ "type": "file", "format": "html" }),
            json!({ "rid": rid, "type": "file", "format": "html", "dateFrom": "test-date" }),
        ] {
            assert_eq!(admin.post("rooms.export", wrong).await.refused(), "invalid-params");
        }
    }
}

#[tokio::test]
async fn an_archive_goes_after_a_month() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rid = channel(&admin, &["first"]).await;
        let address = address(&world, &admin, &rid, Format::Html).await;
        let key = format!("exports/{}", address.rsplit('/').next().unwrap());
        let files = &world.kernel.files;
        for (days, there) in [(0, true), (29, true), (2, false)] {
            world.wait(days * 86_400_000);
            forget_old(&world.kernel).await.unwrap();
            world.kernel.events.settle().await;
            assert_eq!(files.size(&key).await.unwrap().is_some(), there, "{days} days later");
        }
    }
}

#[tokio::test]
async fn a_few_archives_of_each_person_are_kept() {
    for world in worlds().await {
        let (admin, _, _) = world.people().await;
        let rid = channel(&admin, &["first"]).await;
        let mut keys = Vec::new();
        for _ in 0..11 {
            let address = address(&world, &admin, &rid, Format::Json).await;
            keys.push(format!("exports/{}", address.rsplit('/').next().unwrap()));
            world.wait(1000);
        }
        world.kernel.events.quiesce().await;
        let mut there = Vec::new();
        for key in &keys {
            there.push(world.kernel.files.size(key).await.unwrap().is_some());
        }
        assert!(!there[0], "the eleventh took the first one's place");
        assert!(there[1..].iter().all(|there| *there));
    }
}
