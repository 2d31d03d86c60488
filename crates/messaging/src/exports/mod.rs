//! What a user has said, as an archive to take along.
//! Upstream: `apps/meteor/server/methods/requestDataDownload.ts`, `apps/meteor/server/lib/dataExport`.

pub(crate) mod archive;
mod endpoints;
mod job;
pub(crate) mod kept;
mod rows;
pub(crate) mod text;

use std::sync::Arc;
use std::time::Duration;

use gantry_accounts::users::UserDeleting;
use gantry_kernel::jobs;
use gantry_kernel::prelude::*;
use gantry_kernel::within::Within;

pub(crate) use job::asset;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::RequestDownload>()
        .method::<endpoints::RequestDownloadMethod>()
        .resource::<endpoints::Download>();
}

/// A user has asked for an archive.
struct Requested;

/// An archive can be fetched.
#[derive(Clone, Debug)]
pub struct ArchiveReady {
    /// Whose.
    pub uid: String,
    /// The last part of its address.
    pub file_id: String,
}

/// Archives that nobody may fetch any more.
struct Dropped(Vec<String>);

/// Key of an archive among the stored files.
fn key(file_id: &str) -> String {
    format!("exports/{file_id}")
}

/// Removes an archive's bytes. What is left of one that could not be removed is nobody's to fetch.
async fn drop_bytes(kernel: &Kernel, file_id: &str) {
    if let Err(error) = kernel.files.delete(&key(file_id)).await {
        tracing::warn!(%error, file_id, "an archive could not be removed");
    }
}

/// Removes the archives that were kept long enough. It runs by the clock.
///
/// # Errors
/// The database's.
pub async fn forget_old(kernel: &Arc<Kernel>) -> Result<()> {
    let ctx = Ctx::internal(kernel);
    ctx.write(async move |tx| {
        let old = kept::delete_old(tx, ctx.now).await?;
        if !old.is_empty() {
            tx.emit(Dropped(old));
        }
        Ok(())
    })
    .await
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    // One archive at a time on a node, whoever asks for it.
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    let requested = turn.clone();
    kernel.events.on::<Requested, _>(move |kernel, _| {
        let (kernel, turn) = (kernel.clone(), requested.clone());
        tokio::spawn(async move {
            let _turn = turn.lock().await;
            if let Err(error) = job::work_off(&kernel).await {
                tracing::warn!(%error, "an archive could not be made; it is tried again");
            }
        });
        Box::pin(async {})
    });
    kernel.events.on::<Dropped, _>(|kernel, Dropped(files)| {
        Box::pin(async move {
            for file_id in files {
                drop_bytes(kernel, file_id).await;
            }
        })
    });
    jobs::every(kernel, "old room archives", Duration::from_secs(3600), |kernel| {
        Box::pin(async move { forget_old(&kernel).await })
    });
    // What a stopped server has left behind.
    jobs::every(kernel, "data exports", Duration::from_secs(120), move |kernel| {
        let turn = turn.clone();
        Box::pin(async move {
            let _turn = turn.lock().await;
            job::work_off(&kernel).await
        })
    });
}

pub(crate) fn rules(within: &mut Within) {
    within.on::<UserDeleting>(|_, tx, event| Box::pin(removed(tx, event)));
}

/// The archives of a removed user go with them.
async fn removed(tx: &Tx, event: &UserDeleting) -> Result<()> {
    let mut files = rows::delete_of(tx, &event.user.id).await?;
    files.extend(kept::delete_of(tx, &event.user.id).await?);
    if !files.is_empty() {
        tx.emit(Dropped(files));
    }
    Ok(())
}
