//! What becomes of messages when their author is removed or renamed.
//! Upstream: `apps/meteor/app/lib/server/functions/deleteUser.ts`, `saveUserIdentity.ts`.

use std::collections::{BTreeMap, BTreeSet};

use gantry_accounts::bootstrap::BOT;
use gantry_accounts::users::UserDeleting;
use gantry_accounts::users::events::ErasureType;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, User};
use gantry_store::vals;

use super::{changed, prepare, rows};
use crate::events::{Action, MessageDeleting, RoomChanged, SubscriptionsChanged};
use crate::{rooms, threads};

/// Messages read at a time: an author may have written more than fits in memory.
const BATCH: i64 = 500;

/// The name under which unlinked messages are shown.
const REMOVED: &str = "Removed User";

/// The user is removed: their messages go, are shown as nobody's, or stay, as `Message_ErasureType` says. What
/// is only theirs (stars, threads they follow, when they read) goes in any case.
///
/// # Errors
/// The database's, and those of rules of other topics.
pub async fn removed(ctx: &Ctx, tx: &Tx, event: &UserDeleting) -> Result<()> {
    let uid = event.user.id.as_str();
    match event.messages {
        ErasureType::Delete => erase(ctx, tx, uid).await?,
        ErasureType::Unlink => unlink(ctx, tx, uid).await?,
        ErasureType::Keep => {}
    }
    tx.exec("DELETE FROM message_stars WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM thread_followers WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM thread_unreads WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM message_reads WHERE uid = ?1", &vals![uid]).await?;
    Ok(())
}

/// The author's messages after the id `after`, in order of their ids, locked until the transaction ends.
async fn batch(tx: &Tx, uid: &str, after: &str) -> Result<Vec<Message>> {
    let rows = tx
        .query(
            "SELECT doc FROM messages WHERE uid = ?1 AND id > ?2 ORDER BY id LIMIT ?3 FOR UPDATE",
            &vals![uid, after, BATCH],
        )
        .await?;
    rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).collect()
}

async fn erase(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<()> {
    let mut gone: BTreeMap<String, i64> = BTreeMap::new();
    let mut threads = Vec::new();
    let mut after = String::new();
    loop {
        let messages = batch(tx, uid, &after).await?;
        let Some(last) = messages.last() else { break };
        after = last.id.clone();
        for message in messages {
            ctx.within.run(ctx, tx, &MessageDeleting { message: message.clone(), for_good: true }).await?;
            rows::delete(tx, &message, ctx.now).await?;
            let uids = threads::forget(tx, &message.id).await?;
            if !uids.is_empty() {
                tx.emit(SubscriptionsChanged { rid: message.rid.clone(), uids });
            }
            if message.hidden != Some(true) {
                *gone.entry(message.rid).or_default() += 1;
                threads.extend(message.tmid);
            }
        }
    }
    for tmid in threads {
        threads::replies_removed(ctx, tx, &tmid, 1).await?;
    }
    for (rid, count) in gone {
        rooms::rows::add_message_count(tx, &rid, -count, ctx.now).await?;
        let newest = rows::newest(tx, &rid).await?;
        refresh_room(ctx, tx, &rid, newest.as_ref()).await?;
    }
    tx.exec("UPDATE moderation_reports SET hidden = TRUE WHERE uid = ?1 AND kind = 'message'", &vals![uid])
        .await?;
    Ok(())
}

async fn refresh_room(ctx: &Ctx, tx: &Tx, rid: &str, last: Option<&Message>) -> Result<()> {
    rooms::rows::set_last_message(tx, rid, last, ctx.now).await?;
    if let Some(room) = rooms::rows::by_id(tx, rid).await? {
        super::discussion::count(ctx, tx, &room).await?;
        tx.emit(RoomChanged { room: Arc::new(room), action: Action::Updated, subscriptions: false });
    }
    Ok(())
}

async fn unlink(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<()> {
    let Some(bot) = gantry_accounts::users::by_id(tx, BOT).await? else { return Ok(()) };
    change_all(ctx, tx, uid, |message| {
        message.alias = Some(REMOVED.to_owned());
        message.u.id.clone_from(&bot.id);
        message.u.username.clone_from(&bot.username);
        message.u.name = None;
        Ok(())
    })
    .await
}

/// Changes every message of an author, and the copies that rooms keep of their last one.
async fn change_all(
    ctx: &Ctx,
    tx: &Tx,
    uid: &str,
    change: impl Fn(&mut Message) -> Result<()>,
) -> Result<()> {
    let mut changed = BTreeSet::new();
    let mut after = String::new();
    loop {
        let messages = batch(tx, uid, &after).await?;
        let Some(last) = messages.last() else { break };
        after = last.id.clone();
        for mut message in messages {
            change(&mut message)?;
            rows::update(tx, &mut message, ctx.now).await?;
            tx.exec("UPDATE messages SET uid = ?2 WHERE id = ?1", &vals![&message.id, &message.u.id]).await?;
            changed.insert(message.rid);
        }
    }
    for rid in changed {
        let shown = |room: Room| room.last_message.filter(|last| last.u.id == uid);
        if rooms::rows::by_id(tx, &rid).await?.and_then(shown).is_none() {
            continue;
        }
        // Only a room that shows a message of theirs is locked; it may show a newer one by now.
        let Some(last) = rooms::rows::lock(tx, &rid).await?.and_then(shown) else { continue };
        let last = rows::by_id(tx, &last.id).await?;
        refresh_room(ctx, tx, &rid, last.as_ref()).await?;
    }
    Ok(())
}

/// The user goes by another username: their messages and the mentions of them say so. Readers who are
/// connected learn it by the user's change itself, and by the messages that mention the user.
///
/// # Errors
/// The database's.
pub async fn renamed(ctx: &Ctx, tx: &Tx, user: &User, old: Option<&str>) -> Result<()> {
    let (Some(old), Some(new)) = (old, user.username.as_deref()) else { return Ok(()) };
    if old == new {
        return Ok(());
    }
    change_all(ctx, tx, &user.id, |message| {
        message.u.username = Some(new.to_owned());
        if let Some(editor) = message.edited_by.as_mut().filter(|editor| editor.id == user.id) {
            editor.username = Some(new.to_owned());
        }
        Ok(())
    })
    .await?;
    let rows =
        tx.query("SELECT mid FROM message_mentions WHERE target = ?1 ORDER BY mid", &vals![&user.id]).await?;
    for row in rows {
        let Some(mut message) = rows::lock(tx, row.str(0)?).await? else { continue };
        for mention in message.mentions.iter_mut().flatten().filter(|mention| mention.id == user.id) {
            mention.username = Some(new.to_owned());
        }
        message.msg = rename_in_text(&message.msg, old, new);
        prepare::parse_again(ctx, &mut message)?;
        changed::store(ctx, tx, message).await?;
    }
    Ok(())
}

/// Puts `@new` where `@old` stands for a user, in any case, and not for one whose name only begins so.
fn rename_in_text(text: &str, old: &str, new: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, tail) = rest.split_at(at + 1);
        out.push_str(before);
        let named = tail.get(..old.len()).filter(|name| name.to_lowercase() == old.to_lowercase());
        match named {
            Some(_) if ends_name(&tail[old.len()..]) => {
                out.push_str(new);
                rest = &tail[old.len()..];
            }
            _ => rest = tail,
        }
    }
    out.push_str(rest);
    out
}

/// Whether a name ends before `rest`. A full stop belongs to a name only if it goes on behind it.
fn ends_name(rest: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    match rest.trim_start_matches('.').chars().next() {
        Some(c) => !in_name(c),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_where_it_is_whole() {
        let renamed = |text: &str| rename_in_text(text, "ann", "Annie");
        assert_eq!(renamed("@ann, @ANN and @ann."), "@Annie, @Annie and @Annie.");
        assert_eq!(renamed("@anna @ann.lee @ann-lee ann"), "@anna @ann.lee @ann-lee ann");
        assert_eq!(renamed("@é@ann"), "@é@Annie");
        assert_eq!(renamed("no @ name"), "no @ name");
    }
}
