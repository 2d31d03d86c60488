//! Video conferences. They need a provider, which apps bring; without one there are no calls, and these
//! operations say so as upstream does.
//!
//! Upstream: `apps/meteor/app/api/server/v1/videoConference.ts`.

use gantry_kernel::prelude::*;
use gantry_messaging::access::can_access;
use gantry_messaging::{rooms, subscriptions};

const TAG: &str = "video-conference";

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Start>()
        .endpoint::<Join>()
        .endpoint::<Cancel>()
        .endpoint::<Info>()
        .endpoint::<List>()
        .endpoint::<Providers>()
        .endpoint::<Capabilities>();
}

/// What upstream answers where no app has brought a provider.
fn no_provider() -> Error {
    Error::message("no-videoconf-provider-app")
}

/// There is no such call, or the caller may not know of it.
fn unknown() -> Error {
    Error::message("invalid-params")
}

/// Whether the caller may read the room, and their roles in it.
async fn roles_in_readable(ctx: &Ctx, rid: String) -> Result<Vec<String>> {
    let inner = ctx.clone();
    ctx.read(async move |tx| {
        let room = rooms::rows::by_id(tx, &rid).await?.ok_or_else(unknown)?;
        if !can_access(&inner, tx, &room).await? {
            return Err(unknown());
        }
        subscriptions::rows::roles_in(tx, &rid, inner.uid()).await
    })
    .await
}

/// Starts a call in a room.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    /// The room.
    room_id: String,
    /// What the call is about.
    #[serde(rename = "title")]
    _title: Option<String>,
    /// Whether the others' devices ring.
    #[serde(rename = "allowRinging")]
    _allow_ringing: Option<bool>,
}

impl Endpoint for Start {
    const SPEC: Spec = Spec::post("video-conference.start", TAG).rate(3, 60_000).exact_types();
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let roles = roles_in_readable(ctx, self.room_id).await?;
        if !ctx.may_in_room("call-management", &roles) {
            return Err(Error::unauthorized());
        }
        Err(no_provider())
    }
}

/// How somebody joins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Devices {
    /// With the microphone on.
    #[serde(rename = "mic")]
    _mic: Option<bool>,
    /// With the camera on.
    #[serde(rename = "cam")]
    _cam: Option<bool>,
}

/// Joins a call.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Join {
    /// The call.
    #[serde(rename = "callId")]
    _call_id: String,
    /// Which devices are on.
    #[serde(rename = "state")]
    _state: Option<Devices>,
}

impl Endpoint for Join {
    const SPEC: Spec = Spec::post("video-conference.join", TAG).rate(2, 5000).exact_types();
    type Guard = MaybeLoggedIn;
    type Reply = ();

    async fn call(self, _: MaybeLoggedIn, _: &Ctx) -> Result<()> {
        Err(unknown())
    }
}

/// Cancels a call that nobody has joined.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cancel {
    /// The call.
    #[serde(rename = "callId")]
    _call_id: String,
}

impl Endpoint for Cancel {
    const SPEC: Spec = Spec::post("video-conference.cancel", TAG).rate(3, 60_000).exact_types();
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(unknown())
    }
}

/// Shows a call.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Info {
    /// The call.
    #[serde(rename = "callId")]
    _call_id: String,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("video-conference.info", TAG).rate(15, 3000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(unknown())
    }
}

/// Lists the calls of a room.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct List {
    /// The room.
    room_id: String,
    #[serde(flatten)]
    page: Page,
}

/// A page of calls.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    data: Vec<Value>,
    count: i64,
    offset: i64,
    total: i64,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("video-conference.list", TAG).rate(3, 1000);
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let offset = self.page.window(ctx).offset;
        roles_in_readable(ctx, self.room_id).await?;
        Ok(ListReply { data: Vec::new(), count: 0, offset, total: 0 })
    }
}

/// Lists the providers of calls.
#[derive(Deserialize, JsonSchema)]
struct Providers {}

/// Providers, each with its name.
#[derive(Serialize, JsonSchema)]
struct ProvidersReply {
    data: Vec<Value>,
}

impl Endpoint for Providers {
    const SPEC: Spec = Spec::get("video-conference.providers", TAG).rate(3, 1000);
    type Guard = LoggedIn;
    type Reply = ProvidersReply;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<ProvidersReply> {
        Ok(ProvidersReply { data: Vec::new() })
    }
}

/// Shows what the chosen provider can do.
#[derive(Deserialize, JsonSchema)]
struct Capabilities {}

impl Endpoint for Capabilities {
    const SPEC: Spec = Spec::get("video-conference.capabilities", TAG).rate(3, 1000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(no_provider())
    }
}
