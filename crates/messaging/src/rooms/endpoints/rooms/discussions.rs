//! Discussions.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;

use super::{AnyRoom, not_allowed};
use crate::rooms::directory;
use crate::rooms::discussions::{self, NewDiscussion};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<CreateDiscussion>().endpoint::<GetDiscussions>();
}

/// Opens a discussion on a room or a message.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateDiscussion {
    /// The room that it hangs on.
    prid: Option<String>,
    /// The message that it hangs on.
    pmid: Option<String>,
    /// Its name.
    t_name: Option<String>,
    /// First message in it.
    reply: Option<String>,
    /// Usernames of its members: a list.
    users: Option<Value>,
    /// End-to-end encryption: a boolean.
    encrypted: Option<Value>,
    /// Its topic.
    topic: Option<String>,
}

/// The discussion's room.
#[derive(Debug, Serialize, JsonSchema)]
struct DiscussionReply {
    discussion: Discussion,
}

/// A room with its id under both its names.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rooms) struct Discussion {
    rid: String,
    #[serde(flatten)]
    room: Room,
}

impl From<Room> for Discussion {
    fn from(room: Room) -> Self {
        Self { rid: room.id.clone(), room }
    }
}

impl CreateDiscussion {
    fn wish(self) -> Result<NewDiscussion> {
        let missing = |name: &str| Error::message(format!("Body parameter \"{name}\" is required."));
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let prid = filled(self.prid).ok_or_else(|| missing("prid"))?;
        let name = filled(self.t_name).ok_or_else(|| missing("t_name"))?;
        let users = match self.users {
            Some(Value::Array(users)) => {
                users.iter().filter_map(|user| user.as_str().map(str::to_owned)).collect()
            }
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) if text.is_empty() => Vec::new(),
            Some(_) => return Err(Error::message("Body parameter \"users\" must be an array.")),
        };
        let encrypted = match self.encrypted {
            Some(Value::Bool(flag)) => Some(flag),
            None => None,
            Some(_) => {
                return Err(Error::message("Body parameter \"encrypted\" must be a boolean when included."));
            }
        };
        let (pmid, reply, topic) = (filled(self.pmid), self.reply, self.topic);
        Ok(NewDiscussion { prid: Some(prid), pmid, name, reply, users, encrypted, topic })
    }
}

impl Endpoint for CreateDiscussion {
    const SPEC: Spec = Spec::post("rooms.createDiscussion", "rooms");
    type Guard = LoggedIn;
    type Reply = DiscussionReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<DiscussionReply> {
        let (inner, wish) = (ctx.clone(), self.wish()?);
        let room = ctx.write(async move |tx| discussions::open(&inner, tx, wish.clone()).await).await?;
        Ok(DiscussionReply { discussion: room.into() })
    }
}

/// Lists the discussions of a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetDiscussions {
    #[serde(flatten)]
    room: AnyRoom,
    #[serde(flatten)]
    page: Page,
}

/// A page of discussions.
#[derive(Debug, Serialize, JsonSchema)]
struct DiscussionsReply {
    discussions: Vec<Room>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for GetDiscussions {
    const SPEC: Spec = Spec::get("rooms.getDiscussions", "rooms");
    type Guard = LoggedIn;
    type Reply = DiscussionsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<DiscussionsReply> {
        let (inner, window) = (ctx.clone(), self.page.window(ctx));
        let (discussions, total) = ctx
            .read(async move |tx| {
                let room = self.room.find_readable(&inner, tx, not_allowed).await?;
                directory::discussions_of(&inner, tx, &room.id, "", &self.page, window).await
            })
            .await?;
        Ok(DiscussionsReply { count: discussions.len(), discussions, offset: window.offset, total })
    }
}
