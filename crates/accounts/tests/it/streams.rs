use serde_json::json;

use crate::workspace::each;

#[tokio::test]
async fn people_hear_what_is_meant_for_them() {
    each(async |workspace| {
        let user = workspace.somebody("bob", &["user"]).await;
        let stranger = workspace.stranger();
        assert!(stranger.listens("notify-all", "public-info").await.is_some());
        for (stream, event) in
            [("notify-logged", "updateAvatar"), ("roles", "roles"), ("notify-user", "/message")]
        {
            assert!(stranger.listens(stream, event).await.is_none(), "{stream}");
        }
        assert!(user.listens("notify-logged", "updateAvatar").await.is_some());
        assert!(user.listens("roles", "roles").await.is_some());
        assert!(user.listens("notify-user", &format!("{}/message", user.uid)).await.is_some());
        assert!(user.listens("notify-user", "id-of-ann/message").await.is_none());
        assert!(user.listens("notify-user", &user.uid).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn clients_signal_each_other_but_cannot_pose_as_the_server() {
    each(async |workspace| {
        let ann = workspace.somebody("ann", &["user"]).await;
        let bob = workspace.somebody("bob", &["user"]).await;
        let signals = ann.listens("notify-user", &format!("{}/webrtc", ann.uid)).await.unwrap();
        bob.writes("notify-user", json!([format!("{}/webrtc", ann.uid), { "sdp": 1 }])).await;
        assert_eq!(signals.heard().await, [json!([{ "sdp": 1 }])]);
        workspace.stranger().writes("notify-user", json!([format!("{}/webrtc", ann.uid), 1])).await;
        assert!(signals.heard().await.is_empty());

        for event in ["force_logout", "message", "notification", "userData", "rooms-changed"] {
            let listener = ann.listens("notify-user", &format!("{}/{event}", ann.uid)).await.unwrap();
            bob.writes("notify-user", json!([format!("{}/{event}", ann.uid), {}])).await;
            assert!(listener.heard().await.is_empty(), "{event}");
        }
        let calls = ann.listens("notify-user", &format!("{}/video-conference", ann.uid)).await.unwrap();
        let call = json!({ "action": "call", "params": { "callId": "c", "uid": bob.uid, "rid": "r" } });
        bob.writes("notify-user", json!([format!("{}/video-conference", ann.uid), { "action": "call" }]))
            .await;
        bob.writes("notify-user", json!([format!("{}/video-conference", ann.uid), call])).await;
        assert_eq!(calls.heard().await, [json!([call])]);
        bob.writes("notify-logged", json!(["updateAvatar", {}])).await;
        bob.writes("roles", json!(["roles", {}])).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_listens_to_what_a_server_says_to_itself() {
    each(async |workspace| {
        let root = workspace.somebody("root", &["admin"]).await;
        assert!(root.listens("local", "broadcast").await.is_none());
        root.writes("local", json!(["broadcast", {}])).await;
    })
    .await;
}
