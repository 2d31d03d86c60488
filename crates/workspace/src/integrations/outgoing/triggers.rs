//! Which outgoing webhooks something concerns.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use parking_lot::Mutex;

use super::super::record::{self, Integration};
use super::facts::{Facts, Happening};

/// How long the list is believed, in milliseconds: another node may have changed it.
const FRESH: i64 = 10_000;

/// The outgoing webhooks, kept in memory so that a message costs nothing where there are none for it.
#[derive(Default)]
pub(crate) struct Triggers {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Counts the changes: what was read before one is not kept after it.
    version: u64,
    /// Those that are switched on, and when they were read.
    list: Option<(Timestamp, Arc<Vec<Integration>>)>,
}

impl Known {
    fn fresh(&self, now: Timestamp) -> Option<&Arc<Vec<Integration>>> {
        let (read_at, list) = self.list.as_ref()?;
        (now.millis() - read_at.millis() < FRESH).then_some(list)
    }
}

impl Triggers {
    /// The list is not what it was.
    pub(crate) fn forget(&self) {
        let mut known = self.known.lock();
        known.version += 1;
        known.list = None;
    }

    /// Those that are switched on.
    pub(crate) async fn all(&self, ctx: &Ctx) -> Result<Arc<Vec<Integration>>> {
        let now = ctx.clock.now();
        let version = {
            let known = self.known.lock();
            if let Some(list) = known.fresh(now) {
                return Ok(list.clone());
            }
            known.version
        };
        let mut list = ctx.read(async move |tx| record::outgoing(tx).await).await?;
        list.retain(|integration| integration.enabled);
        let list = Arc::new(list);
        let mut known = self.known.lock();
        if known.version == version {
            known.list = Some((now, list.clone()));
        }
        Ok(list)
    }

    /// Whether it is known that nobody listens for such a thing: then nothing of it need be kept.
    pub(crate) fn surely_none(&self, now: Timestamp, happening: Happening) -> bool {
        let listens = |integration: &Integration| integration.event.as_deref() == Some(happening.name());
        self.known.lock().fresh(now).is_some_and(|list| !list.iter().any(listens))
    }

    /// Those that something concerns.
    pub(crate) async fn of(&self, ctx: &Ctx, facts: &Facts) -> Result<Vec<Integration>> {
        let all = self.all(ctx).await?;
        Ok(all.iter().filter(|integration| concerns(integration, facts)).cloned().collect())
    }
}

fn concerns(integration: &Integration, facts: &Facts) -> bool {
    if integration.event.as_deref() != Some(facts.event.name()) {
        return false;
    }
    // Things are written down a little after they happened; one made meanwhile is not called for them.
    if facts.at < integration.created_at {
        return false;
    }
    // What an integration posts must not call it again, for ever.
    let own = facts.message.as_ref().and_then(|message| message.bot.as_ref());
    if own.and_then(|bot| bot.get("i")).and_then(Value::as_str) == Some(&integration.id) {
        return false;
    }
    if facts.is_edit() && integration.run_on_edits != Some(true) {
        return false;
    }
    in_channel(integration, facts) && word(integration, facts).is_ok()
}

fn in_channel(integration: &Integration, facts: &Facts) -> bool {
    if !facts.event.has_channel() {
        return true;
    }
    let Some(room) = &facts.room else { return false };
    let listed = |name: &str| integration.channel.iter().any(|channel| channel == name);
    match room.t {
        RoomType::Direct => {
            let author = facts.message.as_ref().and_then(|message| message.u.username.as_deref());
            listed("all_direct_messages")
                || room.uids.iter().flatten().any(|uid| listed(&format!("@{uid}")))
                || room
                    .usernames
                    .iter()
                    .flatten()
                    .any(|name| Some(name.as_str()) != author && listed(&format!("@{name}")))
        }
        RoomType::Channel => {
            listed("all_public_channels") || integration.channel.is_empty() || by_name(room, listed)
        }
        _ => listed("all_private_groups") || by_name(room, listed),
    }
}

fn by_name(room: &Room, listed: impl Fn(&str) -> bool) -> bool {
    let name = room.name.as_deref().unwrap_or_default();
    listed(&format!("#{}", room.id)) || listed(&format!("#{name}"))
}

/// The trigger word that the message has; an error if it should have one and has none.
pub(crate) fn word<'i>(
    integration: &'i Integration,
    facts: &Facts,
) -> std::result::Result<Option<&'i str>, ()> {
    let words = integration.trigger_words.as_deref().unwrap_or_default();
    if !facts.event.has_trigger_words() || words.is_empty() {
        return Ok(None);
    }
    let text = facts.message.as_ref().map_or("", |message| message.msg.as_str());
    let anywhere = integration.trigger_word_anywhere == Some(true);
    let found = words
        .iter()
        .find(|word| if anywhere { text.contains(word.as_str()) } else { text.starts_with(word.as_str()) });
    match found {
        Some(word) => Ok(Some(word)),
        None => Err(()),
    }
}

impl Happening {
    /// Whether a message of that type is one that people wrote; system messages call nobody.
    pub(crate) fn is_written(t: Option<&str>) -> bool {
        matches!(t, None | Some("" | "e2e" | "otr"))
    }
}
