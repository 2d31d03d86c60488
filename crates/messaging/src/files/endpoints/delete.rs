//! `uploads.delete`

use super::super::{removal, rows};
use super::*;
use crate::messages::{delete, place, rows as messages};

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Delete>();
}

/// Removes a file with its preview pictures. The message that showed it stays and says that it was removed.
///
/// Who may delete the message may remove its file; a file that no message shows is its sender's to remove.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Delete {
    /// Upload id.
    file_id: String,
}

/// What was removed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeleteReply {
    deleted_files: Vec<String>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("uploads.delete", TAG);
    type Guard = LoggedIn;
    type Reply = DeleteReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<DeleteReply> {
        let (inner, id) = (ctx.clone(), self.file_id);
        let deleted_files = ctx.write(async move |tx| remove(&inner, tx, &id).await).await?;
        Ok(DeleteReply { deleted_files })
    }
}

async fn remove(ctx: &Ctx, tx: &Tx, id: &str) -> Result<Vec<String>> {
    let refused = || Error::message("forbidden").with_status(403);
    let found = rows::by_id(tx, id).await?.filter(|file| !file.hidden);
    let Some(file) = found else { return Err(Error::not_found("Resource not found")) };
    let message = match &file.mid {
        Some(mid) => messages::lock(tx, mid).await?,
        None => None,
    };
    let Some(message) = message else {
        if file.upload.user_id.as_deref() != Some(ctx.uid()) {
            return Err(refused());
        }
        return removal::forget(ctx, tx, &[id.to_owned()]).await;
    };
    let place = place::by_id(ctx, tx, &message.rid).await?.ok_or_else(refused)?;
    delete::may_delete(ctx, tx, &place, &message)
        .await
        .map_err(|error| if error.status < 500 { refused() } else { error })?;
    let gone = removal::forget(ctx, tx, &[id.to_owned()]).await?;
    removal::without_file(ctx, tx, message, Some(&gone), removal::REMOVED).await?;
    Ok(gone)
}
