//! Invitations and searches, as people and strangers use them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use crate::world::{Actor, worlds};
use serde_json::{Value, json};

async fn room(who: &Actor<'_>, kind: &str, name: &str) -> String {
    let body = who.post(&format!("{kind}.create"), json!({ "name": name })).await.ok();
    body.get("channel").or(body.get("group")).unwrap()["_id"].as_str().unwrap().to_owned()
}

async fn link(who: &Actor<'_>, rid: &str, days: i64, uses: i64) -> Value {
    who.post("findOrCreateInvite", json!({ "rid": rid, "days": days, "maxUses": uses })).await.ok()
}

async fn search(who: &Actor<'_>, text: &str, rid: &str) -> Value {
    let kinds = json!({ "users": true, "mentions": true });
    who.method("spotlight", json!([text, [], kinds, rid])).await.unwrap()["users"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["username"].as_str().or(entry["name"].as_str()).unwrap())
        .collect()
}

#[tokio::test]
async fn a_link_lets_people_in_until_it_is_used_up_or_over() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let carol = world.user("carol", &["user"]).await;
        let rid = room(&alice, "groups", "secret").await;
        let once = link(&alice, &rid, 1, 1).await;
        assert!(once["url"].as_str().unwrap().ends_with(once["_id"].as_str().unwrap()), "{once}");
        assert_eq!(link(&alice, &rid, 1, 1).await["_id"], once["_id"]);
        let token = json!({ "token": once["_id"] });
        let valid = |answer: Value| answer["valid"].as_bool().unwrap();
        assert!(valid(bob.post("validateInviteToken", token.clone()).await.ok()));
        let entered = bob.post("useInviteToken", token.clone()).await.ok();
        assert_eq!((&entered["room"]["rid"], &entered["room"]["t"]), (&json!(rid), &json!("p")));
        assert_eq!(bob.get("groups.info", &format!("roomId={rid}")).await.ok()["group"]["usersCount"], 2);
        assert!(!valid(carol.post("validateInviteToken", token.clone()).await.ok()));
        assert_eq!(carol.post("useInviteToken", token.clone()).await.refused(), "error-invite-expired");
        let day = link(&alice, &rid, 1, 0).await;
        let listed = admin.get("listInvites", "").await.ok();
        assert_eq!(listed.as_array().unwrap().len(), 2);
        world.wait(25 * 60 * 60 * 1000);
        let late = carol.post("useInviteToken", json!({ "token": day["_id"] })).await;
        assert_eq!(late.refused(), "error-invite-expired");
        let fresh = link(&alice, &rid, 0, 0).await;
        assert_eq!(fresh["expires"], Value::Null);
        alice.post("groups.delete", json!({ "roomId": rid })).await.ok();
        let gone = carol.post("useInviteToken", json!({ "token": fresh["_id"] })).await;
        assert_eq!(gone.refused(), "error-invalid-token");
    }
}

#[tokio::test]
async fn only_those_who_may_invite_make_see_and_remove_links() {
    for world in worlds().await {
        let (admin, alice, bob) = world.people().await;
        let rid = room(&alice, "channels", "open").await;
        bob.post("channels.join", json!({ "roomId": rid })).await.ok();
        let wish = json!({ "rid": rid, "days": 1, "maxUses": 0 });
        assert_eq!(bob.post("findOrCreateInvite", wish.clone()).await.refused(), "not_authorized");
        assert_eq!(admin.post("findOrCreateInvite", wish).await.refused(), "error-invalid-room");
        let odd = json!({ "rid": rid, "days": 2, "maxUses": 0 });
        assert_eq!(alice.post("findOrCreateInvite", odd).await.refused(), "invalid-number-of-days");
        let odd = json!({ "rid": rid, "days": 1, "maxUses": 3 });
        assert_eq!(alice.post("findOrCreateInvite", odd).await.refused(), "invalid-number-of-uses");
        let made = link(&alice, &rid, 7, 5).await;
        let path = format!("removeInvite/{}", made["_id"].as_str().unwrap());
        assert_eq!(bob.get("listInvites", "").await.refused(), "not_authorized");
        assert_eq!(bob.delete(&path).await.refused(), "not_authorized");
        admin.delete(&path).await.ok();
        assert_eq!(admin.delete(&path).await.refused(), "invalid-invitation-id");
        let letter = json!({ "emails": ["friend@example.org"] });
        assert_eq!(
            bob.post("sendInvitationEmail", letter).await.refused(),
            "Not allowed [error-not-allowed]"
        );
    }
}

#[tokio::test]
async fn a_search_shows_what_one_may_know() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        world.user("carol", &["guest"]).await;
        let guest = world.user("gus", &["guest"]).await;
        let open = room(&alice, "channels", "harbour").await;
        let closed = room(&alice, "groups", "harbour-master").await;
        let team = alice.post("teams.create", json!({ "name": "harbour-crew", "type": 1 })).await.ok();
        let inside = json!({ "name": "harbour-deck", "extraData": { "teamId": team["team"]["_id"] } });
        alice.post("channels.create", inside).await.ok();
        let found = bob.get("spotlight", "query=harbour").await.ok();
        assert_eq!(names(&found["rooms"]), ["harbour"]);
        assert_eq!(names(&bob.get("spotlight", "query=@ali").await.ok()["users"]), ["alice"]);
        assert!(names(&guest.get("spotlight", "query=ali").await.ok()["users"]).is_empty());
        assert!(names(&guest.get("spotlight", "query=harbour").await.ok()["rooms"]).is_empty());
        let insiders = search(&alice, "ali", &closed).await;
        assert_eq!((&insiders[0]["username"], insiders[0].get("outside")), (&json!("alice"), None));
        assert_eq!(search(&bob, "ali", &closed).await[0]["outside"], true);
        assert_eq!(search(&alice, "harbour", &open).await[0]["isTeam"], true);
        assert_eq!(search(&bob, "harbour", &open).await, json!([]));
        assert_eq!(search(&guest, "ali", &open).await, json!([]));
        let directory = |kind: &str| format!("type={kind}&text=harbour");
        assert_eq!(bob.get("directory", &directory("channels")).await.ok()["total"], 1);
        assert_eq!(alice.get("directory", &directory("channels")).await.ok()["total"], 3);
        assert_eq!(bob.get("directory", &directory("teams")).await.ok()["total"], 0);
        assert_eq!(alice.get("directory", &directory("teams")).await.ok()["result"][0]["roomsCount"], 1);
        assert_eq!(bob.get("directory", "type=users&text=ali").await.ok()["result"][0].get("emails"), None);
        assert_ne!(guest.get("directory", "type=users").await.status, 200);
        assert_ne!(bob.get("directory", "type=nothing").await.status, 200);
    }
}

#[tokio::test]
async fn the_directory_is_sorted_as_asked_and_takes_nothing_that_it_does_not_know() {
    for world in worlds().await {
        let (_, alice, _) = world.people().await;
        for name in ["pier-a", "pier-b", "pier-c"] {
            room(&alice, "channels", name).await;
        }
        let listed = async |query: &str| {
            let found = alice.get("directory", &format!("text=pier&{query}")).await.ok();
            names(&found["result"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(listed("type=channels&sort={\"name\":1}").await, ["pier-a", "pier-b", "pier-c"]);
        assert_eq!(listed("type=channels&sort={\"name\":-1}").await, ["pier-c", "pier-b", "pier-a"]);
        assert_eq!(listed("").await, ["pier-c", "pier-b", "pier-a"], "names from the last to the first");
        assert_eq!(listed("sort={\"usernames\":1}&count=1&query={}").await, ["pier-a"]);

        let refused = async |path: &str, query: &str| {
            let answer = alice.get(path, query).await;
            (answer.status, answer.body["errorType"].as_str().unwrap_or_default().to_owned())
        };
        let code = |code: &str| (400, code.to_owned());
        assert_eq!(refused("directory", "sort={\"name\":2}").await, code("error-invalid-sort"));
        assert_eq!(refused("directory", "colour=blue").await, code("invalid-params"));
        assert_eq!(refused("spotlight", "query=pier&colour=blue").await, code("invalid-params"));
        assert_eq!(refused("spotlight", "").await, code("invalid-params"));
        let two = alice.get("directory", "sort={\"name\":1,\"createdAt\":1}").await;
        assert_eq!(two.body["error"], "This method support only one \"sort\" parameter");
        let odd = alice.get("directory", "sort={\"colour\":1}").await;
        assert_eq!(odd.body["error"], "Please verify the parameters");
    }
}

#[tokio::test]
async fn nobody_writes_into_an_archived_room_or_slips_past_a_code() {
    for world in worlds().await {
        let (_, alice, bob) = world.people().await;
        let rid = room(&alice, "channels", "old").await;
        let settings = json!({ "rid": rid, "joinCode": "1234" });
        alice.post("rooms.saveRoomSettings", settings).await.ok();
        let text = json!({ "channel": "#old", "text": "hi" });
        assert_eq!(bob.post("chat.postMessage", text.clone()).await.refused(), "error-code-required");
        bob.post("channels.join", json!({ "roomId": rid, "joinCode": "1234" })).await.ok();
        bob.post("chat.postMessage", text.clone()).await.ok();
        alice.post("channels.archive", json!({ "roomId": rid })).await.ok();
        for who in [&alice, &bob] {
            let refused =
                who.post("chat.sendMessage", json!({ "message": { "rid": rid, "msg": "hi" } })).await;
            assert_eq!(refused.refused(), "error-room-archived");
            assert_eq!(who.post("chat.postMessage", text.clone()).await.refused(), "error-room-archived");
        }
    }
}
