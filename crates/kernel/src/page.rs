//! Paging and sorting of lists.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::settings::keys;

/// The paging parameters of a list, to be flattened into an operation's struct.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Page {
    /// Entries to skip.
    pub offset: Option<i64>,
    /// Entries to return; 0 means all where the workspace allows it.
    pub count: Option<i64>,
    /// Sort order as JSON, for example `{"name": 1}`.
    pub sort: Option<String>,
}

/// Paging with the workspace's defaults and limits applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Entries to skip.
    pub offset: i64,
    /// Entries to return; `i64::MAX` for all.
    pub count: i64,
}

impl Page {
    /// Applies `API_Default_Count`, `API_Upper_Count_Limit` and `API_Allow_Infinite_Count`.
    /// Upstream: `apps/meteor/app/api/server/helpers/getPaginationItems.ts`.
    pub fn window(&self, ctx: &Ctx) -> Window {
        let upper = ctx.settings.get(keys::API_Upper_Count_Limit);
        let default = ctx.settings.get(keys::API_Default_Count);
        let infinite = ctx.settings.get(keys::API_Allow_Infinite_Count);
        let count = match self.count {
            Some(0) if infinite => i64::MAX,
            Some(0) | None => default,
            Some(count) => count.max(0),
        };
        let count = if count > upper && !(infinite && count == i64::MAX) { upper } else { count };
        Window { offset: self.offset.unwrap_or(0).max(0), count }
    }

    /// The sort order as SQL, made of the given columns only.
    ///
    /// `columns` maps a field that clients name to a column. Fields that are not in it are ignored, so
    /// that nothing from a request becomes SQL. `otherwise` is used when nothing is left.
    ///
    /// # Errors
    /// `error-invalid-sort` if the parameter is not a JSON object of 1 and -1.
    pub fn order_by(&self, columns: &[(&str, &'static str)], otherwise: &str) -> Result<String> {
        let Some(text) = self.sort.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(otherwise.to_owned());
        };
        let invalid =
            || Error::new("error-invalid-sort", format!("Invalid sort parameter provided: \"{text}\""));
        let fields: Map<String, Value> = serde_json::from_str(text).map_err(|_| invalid())?;
        let mut terms = Vec::new();
        for (field, direction) in &fields {
            let descending = match direction.as_f64() {
                Some(1.0) => false,
                Some(-1.0) => true,
                _ => return Err(invalid()),
            };
            let Some((_, column)) = columns.iter().find(|(name, _)| name == field) else { continue };
            terms.push(format!("{column} {}", if descending { "DESC" } else { "ASC" }));
        }
        Ok(if terms.is_empty() { otherwise.to_owned() } else { terms.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(text: &str) -> Result<String> {
        Page { sort: Some(text.into()), ..Page::default() }
            .order_by(&[("name", "r.name"), ("ts", "r.ts")], "r.name ASC")
    }

    #[test]
    fn only_listed_columns_reach_the_query() {
        assert_eq!(sorted(r#"{"ts":-1}"#).unwrap(), "r.ts DESC");
        assert_eq!(sorted(r#"{"ts; DROP TABLE rooms":-1}"#).unwrap(), "r.name ASC");
    }

    #[test]
    fn a_sort_that_is_not_an_object_is_refused() {
        assert!(sorted("name").unwrap_err().is("error-invalid-sort"));
        assert!(sorted("[1]").unwrap_err().is("error-invalid-sort"));
        assert!(sorted(r#"{"name":"up"}"#).unwrap_err().is("error-invalid-sort"));
        assert!(sorted(r#"{"name":2}"#).unwrap_err().is("error-invalid-sort"));
    }
}
