//! REST: `subscriptions.*`, `chat.ignoreUser`

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Subscription;

use super::{read, rows};

/// Registers the REST operations.
pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Get>()
        .endpoint::<GetOne>()
        .endpoint::<IgnoreUser>()
        .endpoint::<Read>()
        .endpoint::<Unread>();
}

/// Topic in the API documents.
const TAG: &str = "Subscriptions";

/// The caller's subscriptions, or with `updatedSince` what changed of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Get {
    /// ISO date.
    updated_since: Option<String>,
}

/// Changes of the caller's subscriptions.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Changes {
    /// Subscriptions that are there.
    pub(super) update: Vec<Subscription>,
    /// Subscriptions that are gone.
    pub(super) remove: Vec<Gone>,
}

/// A subscription that is gone.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Gone {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_deletedAt")]
    deleted_at: Timestamp,
}

/// What changed of a user's subscriptions since a time.
///
/// # Errors
/// The database's.
pub(super) async fn since(tx: &Tx, uid: &str, since: Timestamp) -> Result<Changes> {
    let update = rows::of_user_since(tx, uid, since).await?;
    let removed = rows::removed_since(tx, uid, since).await?;
    Ok(Changes {
        update,
        remove: removed.into_iter().map(|(id, _, deleted_at)| Gone { id, deleted_at }).collect(),
    })
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("subscriptions.get", TAG);
    type Guard = LoggedIn;
    type Reply = Changes;

    async fn call(self, user: LoggedIn, ctx: &Ctx) -> Result<Changes> {
        let from = match self.updated_since.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(Timestamp::parse_iso(text).ok_or_else(|| {
                Error::new(
                    "error-roomId-param-invalid",
                    "The \"lastUpdate\" query parameter must be a valid date.",
                )
            })?),
            None => None,
        };
        ctx.read(async move |tx| match from {
            Some(from) => since(tx, &user.0.uid, from).await,
            None => Ok(Changes { update: rows::of_user(tx, &user.0.uid).await?, remove: Vec::new() }),
        })
        .await
    }
}

/// The caller's subscription of one room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetOne {
    /// Room id.
    room_id: String,
}

/// One subscription.
#[derive(Debug, Serialize, JsonSchema)]
struct One {
    /// Null if the caller is not in the room.
    subscription: Option<Subscription>,
}

impl Endpoint for GetOne {
    const SPEC: Spec = Spec::get("subscriptions.getOne", TAG);
    type Guard = LoggedIn;
    type Reply = One;

    async fn call(self, user: LoggedIn, ctx: &Ctx) -> Result<One> {
        if self.room_id.is_empty() {
            return Err(Error::message("The 'roomId' param is required"));
        }
        let subscription = ctx.read(async move |tx| rows::find(tx, &self.room_id, &user.0.uid).await).await?;
        Ok(One { subscription })
    }
}

/// Marks a room as read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
enum Read {
    /// By `rid`.
    Rid {
        /// Room id.
        rid: String,
        /// Its threads are read too.
        #[serde(rename = "readThreads")]
        read_threads: Option<bool>,
    },
    /// By `roomId`.
    RoomId {
        /// Room id.
        #[serde(rename = "roomId")]
        room_id: String,
        /// Its threads are read too.
        #[serde(rename = "readThreads")]
        read_threads: Option<bool>,
    },
}

impl Endpoint for Read {
    const SPEC: Spec = Spec::post("subscriptions.read", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (Self::Rid { rid, read_threads } | Self::RoomId { room_id: rid, read_threads }) = self;
        let inner = ctx.clone();
        ctx.write(async move |tx| read::room(&inner, tx, &rid, read_threads.unwrap_or(false)).await).await
    }
}

/// Marks a room as unread, from its last message or from one that is named.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
enum Unread {
    /// From the last message.
    Room {
        /// Room id.
        #[serde(rename = "roomId")]
        room_id: String,
    },
    /// From a message.
    Message {
        /// The first message that is to be unread.
        #[serde(rename = "firstUnreadMessage")]
        first: MessageId,
    },
}

/// A message by its id.
#[derive(Debug, Deserialize, JsonSchema)]
struct MessageId {
    /// Message id.
    #[serde(rename = "_id")]
    id: String,
}

impl Endpoint for Unread {
    const SPEC: Spec = Spec::post("subscriptions.unread", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let from = match self {
            Self::Room { room_id } => read::From::Room(room_id),
            Self::Message { first } => read::From::Message(first.id),
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| read::unread(&inner, tx, &from).await).await
    }
}

/// Hides the messages of a member for the caller, or shows them again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IgnoreUser {
    /// Room id.
    rid: Option<String>,
    /// The member.
    user_id: Option<String>,
    /// `true` if absent.
    ignore: Option<String>,
}

impl Endpoint for IgnoreUser {
    const SPEC: Spec = Spec::get("chat.ignoreUser", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let rid = filled(self.rid).ok_or_else(|| {
            Error::new("error-room-id-param-not-provided", "The required \"rid\" param is missing.")
        })?;
        let uid = filled(self.user_id).ok_or_else(|| {
            Error::new("error-user-id-param-not-provided", "The required \"userId\" param is missing.")
        })?;
        let ignore = self.ignore.is_none_or(|text| text.contains("true") || text.contains('1'));
        let inner = ctx.clone();
        ctx.write(async move |tx| read::ignore(&inner, tx, &rid, &uid, ignore).await).await
    }
}
