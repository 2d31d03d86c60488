//! Voice calls: there are none on this server, so nobody has a history of them and none is going on.
//!
//! Upstream: `apps/meteor/app/api/server/v1/call-history.ts`, `media-calls.ts` there.

use gantry_kernel::prelude::*;

const TAG: &str = "calls";

pub(crate) fn register(registry: &mut Registry) {
    registry.endpoint::<List>().endpoint::<Info>().endpoint::<State>();
}

/// Which side the caller was on.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Direction {
    Inbound,
    Outbound,
}

/// How a call ended.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Ending {
    Ended,
    NotAnswered,
    Failed,
    Error,
    Transferred,
}

/// One ending or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Endings {
    Several(#[expect(dead_code, reason = "there is nothing to choose from")] Vec<Ending>),
    One(#[expect(dead_code, reason = "there is nothing to choose from")] Ending),
}

/// Lists the caller's voice calls. There are none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Entries to skip.
    offset: Option<i64>,
    /// Entries to return.
    count: Option<i64>,
    /// Sort order as JSON.
    sort: Option<String>,
    /// Words of the other side's name.
    #[serde(rename = "filter")]
    _filter: Option<String>,
    /// Only calls that came in, or only those that went out.
    #[serde(rename = "direction")]
    _direction: Option<Direction>,
    /// Only calls that ended like this.
    #[serde(rename = "state")]
    _state: Option<Endings>,
}

/// A page of calls.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    items: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("call-history.list", TAG);
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let page = Page { offset: self.offset, count: self.count, sort: self.sort };
        page.order_by(&[("ts", "ts")], "")?;
        Ok(ListReply { items: Vec::new(), count: 0, offset: page.window(ctx).offset, total: 0 })
    }
}

/// Shows one of the caller's voice calls. There are none.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["historyId"] }, { "required": ["callId"] }]))]
struct Info {
    /// The entry of the history.
    #[serde(rename = "historyId")]
    _history_id: Option<String>,
    /// The call.
    #[serde(rename = "callId")]
    _call_id: Option<String>,
}

/// A call.
#[derive(Serialize, JsonSchema)]
struct InfoReply {
    item: Value,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("call-history.info", TAG);
    type Guard = LoggedIn;
    type Reply = InfoReply;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<InfoReply> {
        Err(Error::not_found("Resource not found"))
    }
}

/// Lists the voice calls that the caller is in. There are none.
#[derive(Deserialize, JsonSchema)]
struct State {}

/// Calls.
#[derive(Serialize, JsonSchema)]
struct StateReply {
    calls: Vec<Value>,
}

impl Endpoint for State {
    const SPEC: Spec = Spec::get("media-calls.state", TAG);
    type Guard = LoggedIn;
    type Reply = StateReply;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<StateReply> {
        Ok(StateReply { calls: Vec::new() })
    }
}
