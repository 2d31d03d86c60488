//! Time from the start of the process to its first answer, and memory when nobody is there.

use std::time::Duration;

use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::Workspace;
use crate::stats::median;
use crate::{Options, Outcome};

const RUNS: usize = 11;

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let (mut fresh, mut again, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let workspace = Workspace::empty(options)?;
        let server = Process::gantry(&options.server, workspace.path()).await?;
        fresh.push(millis(server.ready_after));
        server.stop().await?;
        let server = Process::gantry(&options.server, workspace.path()).await?;
        again.push(millis(server.ready_after));
        memory.push(server.settled_rss().await? / 1024.0);
        server.stop().await?;
    }
    sheet.note(format!("start with an empty folder, median of {RUNS}"), median(&mut fresh), "ms");
    let goal = Goal::AtMost(100.0);
    sheet.goal(format!("start with an existing database, median of {RUNS}"), median(&mut again), "ms", goal);
    sheet.goal("memory when idle", median(&mut memory), "MiB", Goal::AtMost(30.0));
    Ok(())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
