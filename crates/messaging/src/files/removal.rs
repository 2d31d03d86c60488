//! Files go with the messages that show them.

use gantry_kernel::prelude::*;
use gantry_kernel::within::Within;
use gantry_protocol::objects::Message;
use gantry_store::vals;

use super::{attach, rows};
use crate::events::MessageDeleting;
use crate::messages::{changed, rows as messages};

/// Bytes are waiting to be removed.
#[derive(Clone, Copy, Debug)]
struct BytesForgotten;

/// What is shown where the file of a pruned message was.
const PRUNED: &str = "_File removed by prune_";
/// The same for a file that was removed by itself.
pub(super) const REMOVED: &str = "_File removed_";

pub(super) fn rules(within: &mut Within) {
    within.on::<MessageDeleting>(|ctx, tx, event| {
        Box::pin(hide_or_remove(ctx, tx, &event.message, event.for_good))
    });
}

pub(super) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<BytesForgotten, _>(|kernel, _event| {
        // A slow object store must not hold up the events behind.
        let kernel = kernel.clone();
        Box::pin(async move {
            tokio::spawn(async move {
                if let Err(error) = sweep(&kernel).await {
                    tracing::warn!(%error, "files were not removed; it is tried again within the hour");
                }
            });
        })
    });
}

/// The message goes: its files go too, or are hidden with it.
///
/// # Errors
/// The database's.
pub async fn hide_or_remove(ctx: &Ctx, tx: &Tx, message: &Message, for_good: bool) -> Result<()> {
    // Not what the message's own `files` say: a client may have written anything there.
    let ids = rows::of_messages(tx, std::slice::from_ref(&message.id)).await?;
    if ids.is_empty() {
        return Ok(());
    }
    if for_good {
        forget(ctx, tx, &ids).await?;
        return Ok(());
    }
    rows::hide(tx, &ids).await
}

/// Forgets uploads; their bytes go after the commit. Answers the ids of what went, preview pictures included.
///
/// # Errors
/// The database's.
pub(super) async fn forget(ctx: &Ctx, tx: &Tx, ids: &[String]) -> Result<Vec<String>> {
    let gone = rows::remove(tx, ids, ctx.now).await?;
    if !gone.is_empty() {
        tx.emit(BytesForgotten);
    }
    Ok(gone)
}

/// Messages are pruned: their files go. With `files_only` the messages stay and say that a file was there.
/// Answers how many messages had files.
///
/// # Errors
/// The database's.
pub async fn of_messages(ctx: &Ctx, tx: &Tx, mids: &[String], files_only: bool) -> Result<i64> {
    let ids = rows::of_messages(tx, mids).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let holders = tx
        .query(
            "SELECT DISTINCT mid FROM uploads WHERE id IN list(?1) AND mid IS NOT NULL",
            &vals![ids.as_slice()],
        )
        .await?;
    let holders: Vec<String> = holders.iter().map(|row| Ok(row.text(0)?)).collect::<Result<_>>()?;
    forget(ctx, tx, &ids).await?;
    if files_only {
        for mid in &holders {
            let Some(message) = messages::lock(tx, mid).await? else { continue };
            without_file(ctx, tx, message, None, PRUNED).await?;
        }
    }
    Ok(i64::try_from(holders.len()).unwrap_or(0))
}

/// Stores a message without its file (`only`, or all) and tells clients.
pub(super) async fn without_file(
    ctx: &Ctx,
    tx: &Tx,
    mut message: Message,
    only: Option<&[String]>,
    text: &str,
) -> Result<()> {
    let goes = |id: &str| only.is_none_or(|ids| ids.iter().any(|gone| gone == id));
    if let Some(files) = &mut message.files {
        files.retain(|file| !goes(&file.id));
    }
    message.file = message.file.take().filter(|file| !goes(&file.id));
    for attachment in message.attachments.iter_mut().flatten() {
        let of_file = attachment.kind.as_deref() == Some("file");
        if of_file && attachment.file_id.as_deref().is_none_or(goes) {
            *attachment = attach::removed(attachment, text);
        }
    }
    changed::store(ctx, tx, message).await?;
    Ok(())
}

/// The room is deleted: its files go.
///
/// # Errors
/// The database's.
pub async fn of_room(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    if rows::remove_room(tx, rid, ctx.now).await? > 0 {
        tx.emit(BytesForgotten);
    }
    Ok(())
}

/// Forgets uploads that no message shows after a day, and removes bytes that nothing names any more.
///
/// # Errors
/// The database's, or the file store's.
pub async fn clean(kernel: &Arc<Kernel>) -> Result<()> {
    let ctx = Ctx::internal(kernel);
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let expired = rows::expired(tx, inner.now).await?;
        rows::remove(tx, &expired, inner.now).await
    })
    .await?;
    sweep(kernel).await?;
    kernel.files.forget_abandoned().await?;
    Ok(())
}

/// Removes the bytes that were noted for removal. Safe to run twice at once.
async fn sweep(kernel: &Arc<Kernel>) -> Result<()> {
    let ctx = Ctx::internal(kernel);
    loop {
        let keys: Vec<String> = ctx
            .read(async move |tx| {
                let rows = tx
                    .query("SELECT storage_key FROM file_removals ORDER BY since, storage_key LIMIT 100", &[])
                    .await?;
                rows.iter().map(|row| Ok(row.text(0)?)).collect()
            })
            .await?;
        if keys.is_empty() {
            return Ok(());
        }
        for key in &keys {
            kernel.files.delete(key).await?;
        }
        ctx.write(async move |tx| {
            tx.exec("DELETE FROM file_removals WHERE storage_key IN list(?1)", &vals![keys.as_slice()])
                .await?;
            Ok(())
        })
        .await?;
    }
}
