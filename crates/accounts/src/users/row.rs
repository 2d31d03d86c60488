//! From the columns of `users` to the stored object, and back.

use gantry_kernel::error::{Error, Result};
use gantry_protocol::Timestamp;
use gantry_protocol::objects::{User, UserStatus};
use gantry_store::Row;
use serde_json::{Map, Value};

/// A query for whole users, in the order of columns that [`user`] reads. The table is called `u`.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.username, u.name, u.type, u.active, u.roles, u.status, u.status_default, ",
            "u.status_connection, u.status_text, u.created_at, u.last_login, u.updated_at, u.avatar_etag, u.doc ",
            "FROM users u ",
            $rest
        )
    };
}
pub(crate) use select_users;

/// Fields of the document that have a column of their own.
const COLUMNS: [&str; 13] = [
    "username",
    "name",
    "type",
    "active",
    "roles",
    "status",
    "statusDefault",
    "statusConnection",
    "statusText",
    "createdAt",
    "lastLogin",
    "_updatedAt",
    "avatarETag",
];

/// The user in a row of [`select_users`].
///
/// # Errors
/// 500 if the row does not hold a user.
pub(crate) fn user(row: &mut Row) -> Result<User> {
    let doc = row.take_text(14)?;
    let mut user: User = serde_json::from_str(&doc).map_err(Error::internal)?;
    user.id = row.text(0)?;
    user.username = row.opt_text(1)?;
    user.name = row.opt_text(2)?;
    user.kind = row.text(3)?;
    user.active = row.bool(4)?;
    user.roles = serde_json::from_str(row.str(5)?).map_err(Error::internal)?;
    user.status = Some(status(row.str(6)?));
    user.status_default = Some(status(row.str(7)?));
    user.status_connection = Some(status(row.str(8)?));
    user.status_text = row.opt_text(9)?;
    user.created_at = Timestamp::from_millis(row.int(10)?);
    user.last_login = row.opt_int(11)?.map(Timestamp::from_millis);
    user.updated_at = Timestamp::from_millis(row.int(12)?);
    user.avatar_etag = row.opt_text(13)?;
    Ok(user)
}

fn status(word: &str) -> UserStatus {
    word.parse().unwrap_or_default()
}

/// The document column: the user without what has a column.
///
/// # Errors
/// 500 if the user cannot be written as JSON.
pub(super) fn document(user: &User) -> Result<String> {
    let Value::Object(mut doc) = serde_json::to_value(user).map_err(Error::internal)? else {
        return Err(Error::internal("a user is not an object"));
    };
    for column in COLUMNS {
        doc.remove(column);
    }
    // Only answers carry these.
    doc.remove("avatarUrl");
    doc.remove("canViewAllInfo");
    serde_json::to_string(&doc).map_err(Error::internal)
}

/// What substring searches look at.
pub(super) fn search_text(user: &User) -> String {
    let parts = [&user.username, &user.name, &user.nickname, &user.bio];
    parts.into_iter().flatten().map(|part| part.to_lowercase()).collect::<Vec<_>>().join("\n")
}

/// Top-level fields that differ between two states of a user: new values, and what is gone.
/// Credentials and the time of change are left out.
pub(super) fn difference(before: &User, after: &User) -> Result<(Map<String, Value>, Vec<String>)> {
    let object = |user: &User| match serde_json::to_value(user) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Error::internal("a user is not an object")),
        Err(error) => Err(Error::internal(error)),
    };
    let (before, mut after) = (object(before)?, object(after)?);
    after.remove("services");
    after.remove("_updatedAt");
    let unset =
        before.keys().filter(|key| *key != "services" && *key != "_updatedAt" && !after.contains_key(*key));
    let unset = unset.cloned().collect();
    after.retain(|key, value| before.get(key) != Some(value));
    Ok((after, unset))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ann() -> User {
        serde_json::from_value(json!({
            "_id": "u1", "username": "Ann", "name": "Ann Lee", "type": "user", "nickname": "Annie", "services": {"totp": {"enabled": true}}
        }))
        .unwrap()
    }

    #[test]
    fn the_document_repeats_no_column() {
        let doc: Value = serde_json::from_str(&document(&ann()).unwrap()).unwrap();
        assert_eq!(
            doc,
            json!({ "_id": "u1", "nickname": "Annie", "services": { "totp": { "enabled": true } } })
        );
        assert_eq!(search_text(&ann()), "ann\nann lee\nannie");
    }

    #[test]
    fn a_difference_names_new_values_and_lost_fields_but_no_credentials() {
        let mut after = ann();
        after.nickname = None;
        after.name = Some("Ann L.".into());
        after.services = None;
        let (diff, unset) = difference(&ann(), &after).unwrap();
        assert_eq!(Value::Object(diff), json!({ "name": "Ann L." }));
        assert_eq!(unset, ["nickname"]);
    }
}
