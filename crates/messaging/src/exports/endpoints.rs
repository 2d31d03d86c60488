//! Asking for an archive, and fetching it.

use gantry_accounts::users;
use gantry_kernel::files::Sent;
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};

use super::rows::{self, Export};
use super::{Requested, kept, key};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Path of an archive.
pub(super) fn path(file_id: &str) -> String {
    format!("/data-export/{file_id}")
}

/// What became of a request.
struct Outcome {
    requested: bool,
    export: Export,
    url: Option<String>,
    before: i64,
}

/// The request as clients see it, without the paths and the whole user that upstream shows.
fn shown(export: &Export, caller: &Caller) -> Value {
    let mut shown = json!({
        "_id": export.id,
        "userId": export.uid,
        "status": export.status,
        "fullExport": export.full,
        "createdAt": export.created_at,
        "_updatedAt": export.updated_at,
        "fileList": [],
        "userData": {
            "_id": caller.uid, "username": caller.username, "name": caller.name, "roles": caller.roles,
        },
    });
    if let Some(file_id) = &export.file_id {
        shown["fileId"] = json!(file_id);
    }
    shown
}

/// Asks for an archive; one a day of each kind is made.
async fn request(ctx: &Ctx, caller: &Caller, full: bool) -> Result<Outcome> {
    if !ctx.settings.get(keys::UserData_EnableDownload) {
        return Err(Error::code("error-not-allowed"));
    }
    let (uid, now, id) = (caller.uid.clone(), ctx.now, ctx.ids.id());
    ctx.write(async move |tx| {
        // Two requests at once are one.
        users::lock(tx, &uid).await?;
        let last = rows::newest(tx, &uid, full).await?;
        let since = last.as_ref().map_or(now, |last| last.created_at);
        let before = rows::waiting(tx, since).await?;
        let recent =
            last.filter(|last| last.created_at.millis() > now.millis() - DAY && last.status != "failed");
        if let Some(export) = recent {
            let url = export.file_id.as_deref().map(path);
            return Ok(Outcome { requested: false, export, url, before });
        }
        let export = Export {
            id: id.clone(),
            uid: uid.clone(),
            full,
            status: "pending".to_owned(),
            created_at: now,
            updated_at: now,
            file_id: None,
        };
        rows::insert(tx, &export).await?;
        tx.emit(Requested);
        Ok(Outcome { requested: true, export, url: None, before })
    })
    .await
}

/// Asks for an archive of what the caller has said. It is made behind the answer; a mail says when it is ready.
/// Within a day of the last request that one is answered.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestDownload {
    /// `true` for JSON files, pages otherwise.
    full_export: Option<String>,
}

/// What became of the request.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestReply {
    requested: bool,
    export_operation: Value,
}

impl Endpoint for RequestDownload {
    const SPEC: Spec = Spec::get("users.requestDataDownload", "users");
    type Guard = LoggedIn;
    type Reply = RequestReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<RequestReply> {
        let outcome = request(ctx, &caller, self.full_export.as_deref() == Some("true")).await?;
        let export_operation = shown(&outcome.export, &caller);
        Ok(RequestReply { requested: outcome.requested, export_operation })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wish {
    full_export: bool,
}

/// `requestDataDownload({fullExport})`.
#[derive(Deserialize)]
pub(super) struct RequestDownloadMethod {
    wish: Wish,
}

/// What became of the request, and where the archive is if there is one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestResult {
    requested: bool,
    export_operation: Value,
    url: Option<String>,
    pending_operations_before_my_request: i64,
}

impl Method for RequestDownloadMethod {
    const SPEC: MethodSpec = MethodSpec::new("requestDataDownload", "users");
    type Guard = LoggedIn;
    type Reply = RequestResult;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<RequestResult> {
        let outcome = request(ctx, &caller, self.wish.full_export).await?;
        Ok(RequestResult {
            requested: outcome.requested,
            export_operation: shown(&outcome.export, &caller),
            url: outcome.url,
            pending_operations_before_my_request: outcome.before,
        })
    }
}

/// An archive, for the user whose data it holds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Download {
    /// Id of the file.
    #[serde(rename = "fileID")]
    file_id: String,
}

impl Resource for Download {
    const SPEC: ResourceSpec = ResourceSpec::get("/data-export/:fileID", "users").cookies();
    type Guard = LoggedIn;

    async fn answer(self, asked: Asked, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<Answer> {
        let refused = || Error::code("error-not-allowed").with_status(403);
        if !ctx.settings.get(keys::UserData_EnableDownload) {
            return Err(refused());
        }
        let sought = self.file_id.clone();
        let (found, kept) = ctx
            .read(async move |tx| Ok((rows::by_file(tx, &sought).await?, kept::find(tx, &sought).await?)))
            .await?;
        let missing = || Error::not_found("The file is not there");
        let (uid, file_id, name, modified) = match (kept, found) {
            (Some(kept), _) => (kept.uid, Some(self.file_id), kept.name, kept.created_at),
            (None, Some(export)) => {
                let day = export.created_at.to_iso();
                let name = format!("{}-{}.zip", caller.username, day.get(..10).unwrap_or_default());
                (export.uid, export.file_id, name, export.updated_at)
            }
            (None, None) => return Err(missing()),
        };
        if uid != caller.uid {
            return Err(refused());
        }
        let file_id = file_id.ok_or_else(missing)?;
        let file = Sent {
            key: &key(&file_id),
            kind: "application/zip",
            name: &name,
            inline: false,
            etag: &file_id,
            modified: Some(modified),
            cache: "private, max-age=31536000",
        };
        ctx.files.send(&asked.headers, &file).await
    }

    /// Upstream answers with a status alone, and does not tell a missing login from a foreign file.
    fn refuse(error: &Error) -> Answer {
        Answer::status(if error.status == 401 { 403 } else { error.status })
    }
}
