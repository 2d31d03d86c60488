//! How much of a room somebody has not read.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, Subscription};

use super::history;

/// A room's counters for one member.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Whether the room is in the member's list.
    pub joined: bool,
    /// Number of members.
    pub members: Option<i64>,
    /// Messages since the member last looked.
    pub unreads: Option<i64>,
    /// When that was.
    pub unreads_from: Option<Timestamp>,
    /// Messages in the room.
    pub msgs: Option<i64>,
    /// Time of the newest message.
    pub latest: Option<Timestamp>,
    /// Unread mentions.
    pub user_mentions: Option<i64>,
}

impl Counters {
    /// The counters of a channel or group. `overseer` sees the room's numbers without being in it.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(tx: &Tx, room: &Room, sub: Option<&Subscription>, overseer: bool) -> Result<Self> {
        let newest = room.lm.unwrap_or(room.updated_at);
        let mut counters = Self::default();
        if let Some(sub) = sub.filter(|sub| sub.open) {
            let since = sub.ls.unwrap_or(sub.ts);
            counters.joined = true;
            counters.unreads = Some(history::count_between(tx, &room.id, since, newest).await?);
            counters.unreads_from = Some(since);
            counters.user_mentions = Some(sub.user_mentions);
        }
        Ok(counters.with_room(room, overseer))
    }

    /// The counters of a direct room: its unread counter is kept.
    pub fn of_direct(room: &Room, sub: Option<&Subscription>, overseer: bool) -> Self {
        let mut counters = Self::default();
        if let Some(sub) = sub.filter(|sub| sub.open) {
            counters.joined = true;
            counters.user_mentions = Some(sub.user_mentions);
            if let (Some(seen), true) = (sub.ls, room.msgs > 0) {
                counters.unreads = Some(sub.unread);
                counters.unreads_from = Some(seen);
            }
        }
        counters.with_room(room, overseer)
    }

    fn with_room(mut self, room: &Room, overseer: bool) -> Self {
        if overseer || self.joined {
            self.msgs = Some(room.msgs);
            self.latest = Some(room.lm.unwrap_or(room.updated_at));
            self.members = Some(room.users_count);
        }
        self
    }
}
