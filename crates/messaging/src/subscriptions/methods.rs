//! DDP: `subscriptions/get`, `readMessages`, `unreadMessages`, `ignoreUser`

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Subscription;

use super::endpoints::{Changes, since};
use super::{read, rows};
use crate::messages::place;

/// Registers the methods.
pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<IgnoreUser>()
        .method::<ReadMessages>()
        .method::<SubscriptionsGet>()
        .method::<UnreadMessages>();
}

/// Topic in the documents.
const TAG: &str = "Subscriptions";

/// `subscriptions/get [updatedAt]`: all subscriptions, or with a date what changed.
#[derive(Debug, Deserialize)]
struct SubscriptionsGet {
    updated_at: Option<Timestamp>,
}

/// All, or changes.
#[derive(Serialize)]
#[serde(untagged)]
enum Got {
    /// All.
    All(Vec<Subscription>),
    /// Changes.
    Changes(Changes),
}

impl Method for SubscriptionsGet {
    const SPEC: MethodSpec = MethodSpec::new("subscriptions/get", TAG);
    type Guard = MaybeLoggedIn;
    type Reply = Got;

    async fn call(self, user: MaybeLoggedIn, ctx: &Ctx) -> Result<Got> {
        let Some(user) = user.0 else { return Ok(Got::All(Vec::new())) };
        ctx.read(async move |tx| {
            Ok(match self.updated_at {
                Some(at) => Got::Changes(since(tx, &user.uid, at).await?),
                None => Got::All(rows::of_user(tx, &user.uid).await?),
            })
        })
        .await
    }
}

/// `readMessages [rid, readThreads]`
#[derive(Debug, Deserialize)]
struct ReadMessages {
    rid: String,
    read_threads: Option<bool>,
}

impl Method for ReadMessages {
    const SPEC: MethodSpec = MethodSpec::new("readMessages", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let details = || json!({ "method": "readMessages" });
            let place = place::by_id(&inner, tx, &self.rid).await?.ok_or_else(|| {
                Error::new("error-room-does-not-exist", "This room does not exist").with_details(details())
            })?;
            if !place.readable(&inner, tx).await? {
                return Err(Error::new("error-not-allowed", "Not allowed").with_details(details()));
            }
            read::room(&inner, tx, &self.rid, self.read_threads.unwrap_or(false)).await
        })
        .await
    }
}

/// `unreadMessages [firstUnreadMessage, rid]`
#[derive(Debug, Deserialize)]
struct UnreadMessages {
    first: Option<Value>,
    rid: Option<String>,
}

impl Method for UnreadMessages {
    const SPEC: MethodSpec = MethodSpec::new("unreadMessages", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let first = self.first.as_ref().and_then(|first| first.get("_id")).and_then(Value::as_str);
        let from = match (self.rid.filter(|rid| !rid.is_empty()), first) {
            (Some(rid), _) => read::From::Room(rid),
            (None, Some(mid)) => read::From::Message(mid.to_owned()),
            (None, None) => {
                return Err(Error::new("error-action-not-allowed", "Not allowed")
                    .with_details(json!({ "method": "unreadMessages", "action": "Unread_messages" })));
            }
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| read::unread(&inner, tx, &from).await).await
    }
}

/// `ignoreUser [{rid, userId, ignore}]`
#[derive(Debug, Deserialize)]
struct IgnoreUser {
    of: Ignored,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ignored {
    rid: String,
    user_id: String,
    ignore: Option<bool>,
}

impl Method for IgnoreUser {
    const SPEC: MethodSpec = MethodSpec::new("ignoreUser", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        let Ignored { rid, user_id, ignore } = self.of;
        ctx.write(async move |tx| {
            read::ignore(&inner, tx, &rid, &user_id, ignore.unwrap_or(true)).await.map(|()| true)
        })
        .await
    }
}
