//! A team with rooms of its own.

use serde_json::{Value, json};

use super::step::{Step, send, step};

fn team(by: &'static str, path: &'static str, mut body: Value) -> Step {
    body["teamName"] = json!("stateTeam");
    step(by, path, body)
}

pub(super) fn story() -> Vec<Step> {
    [founded(), rooms(), members(), end()].into_iter().flatten().collect()
}

fn founded() -> Vec<Step> {
    vec![
        step("alice", "teams.create", json!({ "name": "stateTeam", "type": 0, "members": ["$bob"] }))
            .opens("room", "/team/roomId")
            .keeps("team", "/team/_id"),
        send("bob", "team1", "hello @stateTeam"),
        step("alice", "channels.create", json!({ "name": "teamOpen" })).opens("open", "/channel/_id"),
        step("alice", "groups.create", json!({ "name": "teamClosed", "members": ["bob"] }))
            .opens("closed", "/group/_id"),
    ]
}

fn rooms() -> Vec<Step> {
    vec![
        team("alice", "teams.addRooms", json!({ "rooms": ["$open", "$closed"] })),
        step("alice", "teams.updateRoom", json!({ "roomId": "$open", "isDefault": true })),
        step("alice", "chat.postMessage", json!({ "roomId": "$open", "text": "hello @bob" })),
        team("alice", "teams.addMembers", json!({ "members": [{ "userId": "$carol" }] })),
        step("alice", "teams.updateRoom", json!({ "roomId": "$open", "isDefault": false })),
        team("alice", "teams.removeRoom", json!({ "roomId": "$closed" })),
        team("alice", "teams.addRooms", json!({ "rooms": ["$closed"] })),
        step(
            "alice",
            "rooms.saveRoomSettings",
            json!({ "rid": "$room", "sidepanel": { "items": ["channels"] } }),
        ),
        step(
            "alice",
            "channels.create",
            json!({ "name": "teamMade", "members": ["bob"], "extraData": { "teamId": "$team" } }),
        ),
    ]
}

fn members() -> Vec<Step> {
    vec![
        team(
            "alice",
            "teams.updateMember",
            json!({ "member": { "userId": "$bob", "roles": ["moderator"] } }),
        ),
        team("alice", "teams.updateMember", json!({ "member": { "userId": "$bob", "roles": ["owner"] } })),
        team("alice", "teams.updateMember", json!({ "member": { "userId": "$bob", "roles": [] } })),
        team("alice", "teams.removeMember", json!({ "userId": "$bob", "rooms": ["$open"] })),
        team("alice", "teams.addMembers", json!({ "members": [{ "userId": "$bob", "roles": ["owner"] }] })),
        team("bob", "teams.leave", json!({ "rooms": ["$closed"] })),
        team("alice", "teams.addMembers", json!({ "members": [{ "userId": "$bob" }] })),
        team("alice", "teams.update", json!({ "data": { "name": "stateOther", "type": 1 } })),
        step("alice", "teams.update", json!({ "teamName": "stateOther", "data": { "name": "stateTeam" } })),
        send("bob", "team2", "@stateTeam, look"),
        team("alice", "teams.update", json!({ "data": { "type": 0 } })),
        team("bob", "teams.leave", json!({})),
        team("alice", "teams.addMembers", json!({ "members": [{ "userId": "$bob" }] })),
    ]
}

fn end() -> Vec<Step> {
    vec![
        team("alice", "teams.delete", json!({ "roomsToRemove": ["$open"] })),
        step("alice", "teams.create", json!({ "name": "stateTeam", "type": 1, "members": ["$bob"] }))
            .opens("room", "/team/roomId"),
        team("alice", "teams.convertToChannel", json!({})),
        step(
            "alice",
            "teams.create",
            json!({ "name": "stateGroupTeam", "type": 1, "room": { "id": "$room" } }),
        ),
        step("alice", "teams.delete", json!({ "teamName": "stateTeam" })),
    ]
}
