//! People who come and go while others look on.

use serde_json::json;

use super::names::spoken;
use super::step::{Step, step};

/// SHA-256 of the password that everybody has.
const DIGEST: &str = "9028ea0d15decaa35b2da21c0290af3b1a5ba0a30a591906f89b5074e209ea72";

pub(super) fn story() -> Vec<Step> {
    [spoken(), come(), gone()].into_iter().flatten().collect()
}

fn come() -> Vec<Step> {
    vec![
        step(
            "admin",
            "users.create",
            json!({ "username": "erin", "name": "Erin", "email": "erin@example.org", "password": "a long password 1" }),
        )
        .keeps("erin", "/user/_id"),
        step(
            "admin",
            "users.register",
            json!({ "username": "frank", "name": "Frank", "email": "frank@example.org", "pass": "a long password 1" }),
        ),
        step("admin", "channels.addOwner", json!({ "roomId": "$room", "userId": "$dave" })),
        step("admin", "channels.removeOwner", json!({ "roomId": "$room", "userId": "$alice" })),
    ]
}

fn gone() -> Vec<Step> {
    vec![
        step(
            "admin",
            "users.setActiveStatus",
            json!({ "userId": "$dave", "activeStatus": false, "confirmRelinquish": true }),
        ),
        step("admin", "users.setActiveStatus", json!({ "userId": "$dave", "activeStatus": true })),
        step("admin", "users.update", json!({ "userId": "$erin", "data": { "roles": ["guest"] } })),
        step("admin", "users.deactivateIdle", json!({ "daysIdle": -1, "role": "guest" })),
        step("carol", "users.deleteOwnAccount", json!({ "password": DIGEST, "confirmRelinquish": true })),
        step("admin", "settings/:_id", json!({ "_id": "Message_ErasureType", "value": "Unlink" })),
        step("admin", "users.delete", json!({ "userId": "$dave", "confirmRelinquish": true })),
        step("admin", "users.delete", json!({ "userId": "$erin" })),
    ]
}
