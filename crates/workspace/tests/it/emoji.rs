//! Names of custom emoji.

use serde_json::json;

use crate::world::worlds;

#[tokio::test]
async fn of_two_who_want_a_name_at_the_same_time_one_gets_it() {
    for world in worlds().await {
        let admin = world.user("admin", &["admin"]).await;
        for round in 0..10 {
            let alias = format!("shared{round}");
            let wish = |name: &str| json!([{ "name": format!("{name}{round}"), "aliases": alias, "extension": "png" }]);
            let (one, other) = tokio::join!(
                admin.method("insertOrUpdateEmoji", wish("one")),
                admin.method("insertOrUpdateEmoji", wish("other"))
            );
            assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
            let refused = one.err().or(other.err()).expect("one was refused");
            assert!(refused.is("Custom_Emoji_Error_Name_Or_Alias_Already_In_Use"), "{refused}");
        }
    }
}
