//! Finding users while somebody types. Upstream: `apps/meteor/app/api/server/lib/users.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_protocol::objects::User;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::events::AcquaintancesSought;
use super::{fold, list, view};

/// Users found at most.
const FOUND: usize = 10;
/// Users looked at before giving up on conditions that few fulfil.
const LOOKED_AT: i64 = 2_000;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Selector {
    /// Part of a name.
    term: Option<String>,
    /// Usernames that are not wanted.
    exceptions: Option<Vec<String>>,
    /// Fields that have to have certain values, with `$and` and `$or`.
    conditions: Option<Map<String, Value>>,
}

impl Selector {
    /// From the text of the parameter.
    ///
    /// # Errors
    /// 400 if it is not understood or uses other operators than `$and` and `$or`.
    pub fn parse(text: &str) -> Result<Self> {
        let selector: Self = serde_json::from_str(text)
            .map_err(|_| Error::invalid_params("selector must be a JSON object"))?;
        let conditions = selector.conditions.clone().unwrap_or_default();
        if allowed(&Value::Object(conditions)) {
            Ok(selector)
        } else {
            Err(Error::message("error-invalid-query"))
        }
    }
}

fn allowed(value: &Value) -> bool {
    match value {
        Value::Object(object) => object
            .iter()
            .all(|(key, value)| (!key.starts_with('$') || key == "$and" || key == "$or") && allowed(value)),
        Value::Array(items) => items.iter().all(allowed),
        _ => true,
    }
}

/// Whether a document fulfils conditions.
fn fulfils(document: &Map<String, Value>, conditions: &Map<String, Value>) -> bool {
    conditions.iter().all(|(key, wanted)| match (key.as_str(), wanted) {
        ("$and", Value::Array(all)) => {
            all.iter().all(|one| one.as_object().is_some_and(|one| fulfils(document, one)))
        }
        ("$or", Value::Array(any)) => {
            any.iter().any(|one| one.as_object().is_some_and(|one| fulfils(document, one)))
        }
        ("$and" | "$or", _) => false,
        (field, wanted) => match document.get(field) {
            Some(Value::Array(items)) => items.contains(wanted) || Value::Array(items.clone()) == *wanted,
            Some(value) => value == wanted,
            None => wanted.is_null(),
        },
    })
}

/// Users that fit, in order of their usernames. Who may not see everybody finds those who share a room.
///
/// # Errors
/// If the database fails.
pub async fn find(ctx: &Ctx, selector: Selector) -> Result<Vec<User>> {
    let inner = ctx.clone();
    let everybody = ctx.may("view-outside-room");
    ctx.read(async move |tx| {
        let uid = inner.uid().to_owned();
        let known = if everybody {
            None
        } else {
            let sought = AcquaintancesSought::new(&uid);
            inner.within.run(&inner, tx, &sought).await?;
            let mut known = sought.take();
            known.retain(|known| *known != uid);
            Some(known)
        };
        let unwanted: Vec<String> = selector.exceptions.iter().flatten().map(|name| fold(name)).collect();
        let conditions = selector.conditions.clone().unwrap_or_default();
        let term = selector.term.as_deref().unwrap_or_default();
        let (mut found, mut offset, batch) = (Vec::new(), 0, 100);
        while found.len() < FOUND && offset < LOOKED_AT {
            let users = list::search(tx, term, known.as_deref(), offset, batch).await?;
            let last = i64::try_from(users.len()).unwrap_or(i64::MAX) < batch;
            for user in users {
                let wanted = !user.username.as_deref().is_some_and(|name| unwanted.contains(&fold(name)));
                let shown = view::answer(&user, list::sees_everything(&inner))?;
                if wanted && shown.as_object().is_some_and(|shown| fulfils(shown, &conditions)) {
                    found.push(user);
                }
            }
            if last {
                break;
            }
            offset += batch;
        }
        found.truncate(FOUND);
        Ok(found)
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn operators_that_could_read_secrets_are_refused() {
        assert!(Selector::parse(r#"{"conditions":{"$and":[{"active":true}]}}"#).is_ok());
        for text in [
            r#"{"conditions":{"$nor":[{"username":"a"}]}}"#,
            r#"{"conditions":{"services":{"$regex":"^a"}}}"#,
            "[]x",
        ] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn conditions_compare_values() {
        let user = map(json!({ "active": true, "status": "online", "roles": ["user", "bot"] }));
        assert!(fulfils(&user, &map(json!({ "$or": [{ "status": "away" }, { "roles": "bot" }] }))));
        assert!(!fulfils(&user, &map(json!({ "$and": [{ "active": false }, { "status": "online" }] }))));
        assert!(fulfils(&user, &map(json!({ "missing": null }))));
    }
}
