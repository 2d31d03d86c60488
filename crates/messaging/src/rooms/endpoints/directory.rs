//! Finding people, rooms and teams of the workspace.

use gantry_kernel::prelude::*;
use serde_json::Map;

use crate::rooms::browsing::Browse;
use crate::rooms::spotlight::{Spotlight, Spotted};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Directory>().endpoint::<SpotlightSearch>();
}

/// Searches the directory: channels, teams or users.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Directory {
    /// Part of the names.
    text: Option<String>,
    /// `channels`, `teams` or `users`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Whose users: `local`, `external` or `all`. Those of other servers are never found here.
    workspace: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of what was found.
#[derive(Debug, Serialize, JsonSchema)]
struct DirectoryReply {
    result: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

/// The field and direction of a sort order. Who asks for no order gets names from the last to the first.
fn sorting(sort: Option<&str>) -> Result<(Option<String>, Option<String>)> {
    const LAST_FIRST: &str = "desc";
    let Some(text) = sort.filter(|text| !text.is_empty()) else {
        return Ok((None, Some(LAST_FIRST.to_owned())));
    };
    let invalid = || Error::new("error-invalid-sort", format!("Invalid sort parameter provided: \"{text}\""));
    let fields: Map<String, Value> = serde_json::from_str(text).map_err(|_| invalid())?;
    if !fields.values().all(|direction| matches!(direction.as_f64(), Some(1.0 | -1.0))) {
        return Err(invalid());
    }
    if fields.len() > 1 {
        return Err(Error::message("This method support only one \"sort\" parameter"));
    }
    Ok(match fields.into_iter().next() {
        Some((field, direction)) => {
            let direction = if direction.as_f64() == Some(1.0) { "asc" } else { LAST_FIRST };
            (Some(field), Some(direction.to_owned()))
        }
        None => (None, Some(LAST_FIRST.to_owned())),
    })
}

impl Endpoint for Directory {
    const SPEC: Spec = Spec::get("directory", "rooms");
    type Guard = LoggedIn;
    type Reply = DirectoryReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<DirectoryReply> {
        let window = self.page.window(ctx);
        let (sort_by, sort_direction) = sorting(self.page.sort.as_deref())?;
        let external = self.workspace.as_deref() == Some("external");
        let nobody = external && self.kind.as_deref() == Some("users");
        let browse = Browse {
            text: self.text,
            kind: self.kind,
            sort_by,
            sort_direction,
            page: None,
            offset: Some(window.offset),
            limit: Some(window.count),
        };
        let inner = ctx.clone();
        let found = ctx.read(async move |tx| browse.find(&inner, tx).await).await?;
        let mut found = found.ok_or_else(|| Error::message("Please verify the parameters"))?;
        if nobody {
            found.results.clear();
            found.total = 0;
        }
        let count = found.results.len();
        Ok(DirectoryReply { result: found.results, count, offset: window.offset, total: found.total })
    }
}

/// Finds people and rooms by a part of their names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SpotlightSearch {
    /// Part of a name; `#` before it leaves people out, `@` rooms.
    query: String,
}

impl Endpoint for SpotlightSearch {
    const SPEC: Spec = Spec::get("spotlight", "rooms");
    type Guard = LoggedIn;
    type Reply = Spotted;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Spotted> {
        let (inner, search) = (ctx.clone(), Spotlight::new(&self.query));
        ctx.read(async move |tx| search.find(&inner, tx).await).await
    }
}
