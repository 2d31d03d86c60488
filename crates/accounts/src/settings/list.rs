//! Lists of settings.

use std::cmp::Ordering;

use gantry_kernel::prelude::*;
use gantry_kernel::settings::Selection;
use serde_json::Map;

/// A page of settings.
#[derive(Serialize, JsonSchema)]
pub(super) struct Listed {
    /// The settings, each with the fields that this list shows.
    settings: Vec<Value>,
    /// How many they are.
    count: usize,
    /// How many were skipped.
    offset: i64,
    /// How many there are in all.
    total: usize,
}

/// What every list shows of a setting.
const FIELDS: &[&str] = &["_id", "value", "enterprise", "invalidValue", "modules"];

/// By what lists can be sorted.
const SORTABLE: &[&str] = &["_id", "type", "group", "section", "sorter", "_updatedAt"];

/// Puts one page together.
///
/// # Errors
/// `error-invalid-sort`.
pub(super) fn list(ctx: &Ctx, page: &Page, ids: Option<Vec<String>>, scope: &Scope) -> Result<Listed> {
    let window = page.window(ctx);
    let mut found = ctx.settings.all(&Selection { ids, ..Selection::default() });
    if scope.public_only {
        found.retain(|setting| setting["public"] == true);
    }
    sort(&mut found, page.sort.as_deref())?;
    let total = found.len();
    let skip = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(window.count).unwrap_or(usize::MAX);
    let shown = |setting: Value| match setting {
        Value::Object(mut setting) => {
            setting.retain(|field, _| {
                FIELDS.contains(&field.as_str()) || (scope.defaults && field == "packageValue")
            });
            Value::Object(setting)
        }
        other => other,
    };
    let settings: Vec<Value> = found.into_iter().skip(skip).take(take).map(shown).collect();
    Ok(Listed { count: settings.len(), settings, offset: window.offset, total })
}

/// Which settings, and how much of each.
pub(super) struct Scope {
    /// Only those that everybody may see.
    pub(super) public_only: bool,
    /// The values before anybody changed them too.
    pub(super) defaults: bool,
}

/// The ids that a list is restricted to: those of `_id`, a list with commas, or of a `query` like
/// `{"_id": {"$in": […]}}`, by which older apps ask for theirs. Other queries restrict nothing.
pub(super) fn ids(list: Option<&str>, query: Option<&str>) -> Option<Vec<String>> {
    if let Some(list) = list.filter(|list| !list.is_empty()) {
        return Some(list.split(',').map(|id| id.trim().to_owned()).collect());
    }
    let query: Value = serde_json::from_str(query?).ok()?;
    match &query["_id"] {
        Value::String(id) => Some(vec![id.clone()]),
        Value::Object(condition) => {
            let ids = condition.get("$in")?.as_array()?;
            Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => None,
    }
}

fn sort(settings: &mut [Value], order: Option<&str>) -> Result<()> {
    let text = order.unwrap_or_default();
    let invalid = || Error::new("error-invalid-sort", format!("Invalid sort parameter provided: \"{text}\""));
    let order: Map<String, Value> =
        if text.is_empty() { Map::new() } else { serde_json::from_str(text).map_err(|_| invalid())? };
    if order.values().any(|direction| !matches!(direction.as_f64(), Some(1.0 | -1.0))) {
        return Err(invalid());
    }
    let fields: Vec<(&str, bool)> = order
        .iter()
        .filter(|(field, _)| SORTABLE.contains(&field.as_str()))
        .map(|(field, direction)| (field.as_str(), direction.as_i64().is_some_and(|n| n < 0)))
        .collect();
    settings.sort_by(|a, b| {
        let by_field = fields.iter().map(|&(field, descending)| {
            let order = compare(&a[field], &b[field]);
            if descending { order.reverse() } else { order }
        });
        let decided = by_field.fold(Ordering::Equal, Ordering::then);
        decided.then_with(|| compare(&a["_id"], &b["_id"]))
    });
    Ok(())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (a, b) => b.is_null().cmp(&a.is_null()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_apps_name_their_settings_in_a_query() {
        assert_eq!(ids(Some("A, B"), None), Some(vec!["A".into(), "B".into()]));
        assert_eq!(ids(None, Some(r#"{"_id":{"$in":["A"]}}"#)), Some(vec!["A".into()]));
        assert_eq!(ids(None, Some(r#"{"_id":"A"}"#)), Some(vec!["A".into()]));
        assert_eq!(ids(Some(""), None), None);
        assert_eq!(ids(None, Some(r#"{"$where":"1"}"#)), None);
    }

    #[test]
    fn lists_are_sorted_by_id_unless_asked_otherwise() {
        let given = [
            json!({ "_id": "b", "sorter": 1 }),
            json!({ "_id": "c", "sorter": 0 }),
            json!({ "_id": "a", "sorter": 1 }),
        ];
        let sorted = |order: Option<&str>| {
            let mut list = given.to_vec();
            sort(&mut list, order)
                .map(|()| list.iter().map(|setting| setting["_id"].clone()).collect::<Vec<_>>())
        };
        assert_eq!(sorted(None).unwrap(), ["a", "b", "c"]);
        assert_eq!(sorted(Some(r#"{"_id":-1}"#)).unwrap(), ["c", "b", "a"]);
        assert_eq!(sorted(Some(r#"{"sorter":1}"#)).unwrap(), ["c", "a", "b"]);
        assert!(sorted(Some("_id")).unwrap_err().is("error-invalid-sort"));
        assert!(sorted(Some(r#"{"_id":"up"}"#)).unwrap_err().is("error-invalid-sort"));
    }
}
