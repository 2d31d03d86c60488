//! Messages over REST, each acknowledged when it is on disk, against the store's group commit alone.

use std::io::Write as _;

use gantry_store::{DbError, vals};

use super::{SENTENCE, load, post_message};
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::Workspace;
use crate::stats::{Latencies, Watch};
use crate::{Options, Outcome, bare};

const CALLERS: usize = 64;
const ROOMS: usize = 8;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let mut syncs = syncs(options)?;
    sheet.note("one fdatasync of 4 KiB on this disk, p50", syncs.percentile(0.5), "ms");

    let workspace = Workspace::seeded(options, CALLERS, &[CALLERS; ROOMS]).await?;
    let server = Process::gantry(&options.server, workspace.path()).await?;
    let requests = |workspace: &Workspace| {
        let (people, rooms) = (workspace.people.clone(), workspace.rooms.clone());
        move |caller: usize, number: usize| {
            post_message(&people[caller], &rooms[(caller + number) % rooms.len()], SENTENCE)
        }
    };
    let (_, warm) = load(server.address, CALLERS, 1.0, requests(&workspace)).await?;
    let before = server.usage()?;
    let (seconds, mut latencies) =
        load(server.address, CALLERS, options.seconds as f64, requests(&workspace)).await?;
    let cpu = server.usage()?.cpu - before.cpu;
    server.stop().await?;

    let acknowledged = warm.len() + latencies.len();
    let (stored, doc) = stored(&workspace).await?;
    if stored != acknowledged {
        return Err(format!("{acknowledged} messages were acknowledged, {stored} are in the database").into());
    }

    let rate = latencies.len() as f64 / seconds;
    sheet.goal(format!("messages, {CALLERS} callers"), rate, "/s", Goal::AtLeast(5000.0));
    sheet.note("time to the answer, p50", latencies.percentile(0.5), "ms");
    sheet.note("time to the answer, p99", latencies.percentile(0.99), "ms");
    sheet.note("server CPU per message", cpu / latencies.len() as f64 * 1e6, "µs");
    sheet.note("server CPU used", cpu / seconds, "cores");

    let fresh = Workspace::seeded(options, CALLERS, &[CALLERS; ROOMS]).await?;
    let (bare_rate, mut bare) = bare::commits::run(&fresh, CALLERS, options.seconds, &doc).await?;
    sheet.note("the same rows through the store alone", bare_rate, "/s");
    sheet.note("the same, p99", bare.percentile(0.99), "ms");
    sheet.note("server to store alone", rate / bare_rate, "");

    let server = Process::gantry(&options.server, fresh.path()).await?;
    let (_, mut alone) = load(server.address, 1, 2.0, requests(&fresh)).await?;
    sheet.note("one caller alone, p50", alone.percentile(0.5), "ms");
    server.stop().await
}

/// How many messages the callers left, and one of them.
async fn stored(workspace: &Workspace) -> Outcome<(usize, String)> {
    let db = workspace.open().await?;
    let found = db
        .read(async move |tx| -> Result<(i64, String), DbError> {
            let people = "benchuser";
            let mut rows = tx
                .query(
                    "SELECT COUNT(*), MAX(doc) FROM messages WHERE t IS NULL AND substr(uid, 1, 9) = ?1",
                    &vals![people],
                )
                .await?;
            let row = rows.first_mut().ok_or_else(|| DbError::Other("no count".into()))?;
            Ok((row.int(0)?, row.take_text(1)?))
        })
        .await?;
    db.close().await?;
    Ok((usize::try_from(found.0)?, found.1))
}

/// What one sync to disk costs here: it bounds everything that is acknowledged on disk.
fn syncs(options: &Options) -> Outcome<Latencies> {
    let mut file = tempfile::tempfile_in(&options.scratch)?;
    let mut latencies = Latencies::default();
    for _ in 0..200 {
        let watch = Watch::start();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        latencies.add(watch.elapsed());
    }
    Ok(latencies)
}
