//! Who is in a meeting shows as busy, and as before when it is over.
//!
//! Upstream looks at the moment at which an event begins only; here whoever comes later shows as busy, too. What
//! somebody chooses during the event stays.

use gantry_accounts::presence::set_status;
use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::UserStatus;

use super::event::{self, Event};

/// Brings everybody's status in line with their events.
pub(super) async fn follow(kernel: &Arc<Kernel>) -> Result<()> {
    let (ctx, enabled) = (Ctx::internal(kernel), kernel.settings.get(keys::Calendar_BusyStatus_Enabled));
    let now = ctx.now;
    let waiting = ctx
        .read(async move |tx| {
            Ok(!event::over(tx, now).await?.is_empty()
                || (enabled && !event::begun(tx, now).await?.is_empty()))
        })
        .await?;
    if !waiting {
        return Ok(());
    }
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        for event in event::over(tx, now).await? {
            if let Some(held) = event::lock(tx, &event.id).await?
                && held.entered
                && !held.event.keeps_busy(now)
            {
                leave(&inner, tx, &held.event).await?;
            }
        }
        if !enabled {
            return Ok(());
        }
        for event in event::begun(tx, now).await? {
            if let Some(held) = event::lock(tx, &event.id).await?
                && !held.entered
                && held.event.keeps_busy(now)
            {
                enter(&inner, tx, held.event).await?;
            }
        }
        Ok(())
    })
    .await
}

async fn enter(ctx: &Ctx, tx: &Tx, mut event: Event) -> Result<()> {
    let Some(user) = users::by_id(tx, &event.uid).await? else { return Ok(()) };
    if user.status.unwrap_or_default() == UserStatus::Offline {
        return Ok(());
    }
    // Of events that overlap, each goes back to what was before the first.
    let before = event::other_entered(tx, &event).await?.and_then(|other| other.previous_status);
    let wish = user.status_default.unwrap_or(UserStatus::Online);
    event.previous_status = before.or_else(|| Some(wish.as_str().to_owned()));
    event::save(tx, &event, true).await?;
    set_status(ctx, tx, &event.uid, Some(UserStatus::Busy), None).await?;
    Ok(())
}

/// The event is over, or makes busy no more.
async fn leave(ctx: &Ctx, tx: &Tx, event: &Event) -> Result<()> {
    let left = Event { previous_status: None, ..event.clone() };
    event::mark_left(tx, &left).await?;
    restore(ctx, tx, event).await
}

/// Goes back to what the user looked like before, unless they chose otherwise or are in another meeting.
pub(super) async fn restore(ctx: &Ctx, tx: &Tx, event: &Event) -> Result<()> {
    let Some(user) = users::by_id(tx, &event.uid).await? else { return Ok(()) };
    let previous: Option<UserStatus> = event.previous_status.as_ref().and_then(|text| text.parse().ok());
    if user.status_default != Some(UserStatus::Busy) || event::other_entered(tx, event).await?.is_some() {
        return Ok(());
    }
    set_status(ctx, tx, &event.uid, previous, None).await?;
    Ok(())
}
