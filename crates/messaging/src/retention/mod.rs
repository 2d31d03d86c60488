//! Retention: old messages are deleted by the clock, by the workspace's rule or the room's own.
//! Upstream: `apps/meteor/app/retention-policy/server/cronPruneMessages.ts`.

mod cron;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gantry_kernel::jobs;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};
use gantry_store::vals;

use self::cron::Cron;
use crate::rooms::prune::{self, BATCH, Prune};
use crate::rooms::rows;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// How often the clock is looked at.
const PERIOD: Duration = Duration::from_secs(30);
/// Minutes that are made up for when a run took long.
const LATEST: i64 = 60;
/// Rooms that are looked at in one read.
const ROOMS: i64 = 200;
/// A room's own rule without an age keeps messages so many days.
const DEFAULT_DAYS: i64 = 30;

/// Starts the job.
pub fn listen(kernel: &Arc<Kernel>) {
    let looked_at = Arc::new(AtomicI64::new(kernel.clock.now().millis() / MINUTE));
    jobs::every(kernel, "retention", PERIOD, move |kernel| {
        let looked_at = looked_at.clone();
        Box::pin(async move {
            let now = kernel.clock.now().millis() / MINUTE;
            let from = looked_at.swap(now, Ordering::Relaxed).max(now - LATEST);
            let Some(cron) = schedule(&kernel) else { return Ok(()) };
            let due = (from + 1..=now).any(|minute| cron.matches(Timestamp::from_millis(minute * MINUTE)));
            if due { run(&kernel).await.map(drop) } else { Ok(()) }
        })
    });
}

/// When the job runs; `None` while the policy is off or its schedule is not understood.
fn schedule(kernel: &Kernel) -> Option<Cron> {
    let settings = &kernel.settings;
    if !settings.get(keys::RetentionPolicy_Enabled) {
        return None;
    }
    let own = settings.get(keys::RetentionPolicy_Advanced_Precision_Cron);
    let text = if settings.get(keys::RetentionPolicy_Advanced_Precision) && !own.is_empty() {
        own.to_string()
    } else {
        match &*settings.get(keys::RetentionPolicy_Precision) {
            "1" => "0 * * * *",
            "2" => "0 */6 * * *",
            "3" => "0 0 * * *",
            _ => "*/30 * * * *",
        }
        .to_owned()
    };
    let cron = Cron::parse(&text);
    if cron.is_none() {
        tracing::warn!(schedule = text, "RetentionPolicy_Advanced_Precision_Cron is not understood");
    }
    cron
}

/// Deletes what is too old in all rooms; answers how many messages went. Safe to run twice and on two nodes. A
/// room that fails does not keep the others from their turn.
///
/// # Errors
/// The database's, while rooms are listed.
pub async fn run(kernel: &Arc<Kernel>) -> Result<i64> {
    let ctx = Ctx::internal(kernel);
    let mut count = 0;
    let mut after = String::new();
    loop {
        let rooms = ctx.read(async move |tx| page(tx, &after).await).await?;
        let Some(last) = rooms.last() else { return Ok(count) };
        after = last.id.clone();
        for room in &rooms {
            if let Some(rule) = rule(&ctx, room) {
                match apply(&ctx, &room.id, &rule).await {
                    Ok(went) => count += went,
                    Err(error) => tracing::warn!(%error, rid = room.id, "old messages of a room stay"),
                }
            }
        }
    }
}

async fn page(tx: &Tx, after: &str) -> Result<Vec<Room>> {
    let found = tx
        .query(
            "SELECT doc FROM rooms WHERE id > ?1 AND t IN ('c', 'p', 'd') ORDER BY id LIMIT ?2",
            &vals![after, ROOMS],
        )
        .await?;
    found.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).collect()
}

/// What is deleted of a room; `None` if nothing is.
fn rule(ctx: &Ctx, room: &Room) -> Option<Prune> {
    let settings = &ctx.settings;
    let ignore_discussion = settings.get(keys::RetentionPolicy_DoNotPruneDiscussion);
    if ignore_discussion && room.prid.is_some() {
        return None;
    }
    let own = room.retention.clone().unwrap_or_default();
    let common = Prune {
        inclusive: true,
        limit: BATCH,
        ignore_discussion,
        oldest: Timestamp::from_millis(-DAY),
        ..Prune::default()
    };
    if own.override_global == Some(true) {
        let days = own.max_age.unwrap_or(DEFAULT_DAYS);
        return (own.enabled == Some(true) && days >= 0).then(|| Prune {
            latest: ctx.now.plus_millis(-days.saturating_mul(DAY)),
            files_only: own.files_only.unwrap_or(false),
            exclude_pinned: own.exclude_pinned.unwrap_or(true),
            ignore_threads: own.ignore_threads.unwrap_or(true),
            ..common
        });
    }
    let (applies, age) = match room.t {
        RoomType::Channel => (keys::RetentionPolicy_AppliesToChannels, keys::RetentionPolicy_TTL_Channels),
        RoomType::Private => (keys::RetentionPolicy_AppliesToGroups, keys::RetentionPolicy_TTL_Groups),
        RoomType::Direct => (keys::RetentionPolicy_AppliesToDMs, keys::RetentionPolicy_TTL_DMs),
        _ => return None,
    };
    (settings.get(applies) && own.enabled != Some(false)).then(|| Prune {
        latest: ctx.now.plus_millis(-settings.get(age)),
        files_only: settings.get(keys::RetentionPolicy_FilesOnly),
        exclude_pinned: settings.get(keys::RetentionPolicy_DoNotPrunePinned),
        ignore_threads: settings.get(keys::RetentionPolicy_DoNotPruneThreads),
        ..common
    })
}

/// Deletes a batch at a time, so that other writes come in between.
async fn apply(ctx: &Ctx, rid: &str, rule: &Prune) -> Result<i64> {
    let mut count = 0;
    loop {
        let (inner, rid, rule) = (ctx.clone(), rid.to_owned(), rule.clone());
        let (probe, looked) = (rid.clone(), rule.clone());
        if !ctx.read(async move |tx| prune::any(tx, &probe, &looked).await).await? {
            return Ok(count);
        }
        let went = ctx
            .write(async move |tx| match rows::lock(tx, &rid).await? {
                Some(room) => prune::apply(&inner, tx, room, &rule).await,
                None => Ok(0),
            })
            .await?;
        count += went;
        if went < BATCH {
            return Ok(count);
        }
    }
}
