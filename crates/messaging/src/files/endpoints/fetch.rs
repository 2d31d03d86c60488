//! `/file-upload`, `/ufs`, `/file-decrypt`.

use gantry_kernel::files::{Sent, name_fits};
use gantry_kernel::spec::Verb;

use super::super::access::{Presented, may_fetch};
use super::super::{Upload, rows};
use super::*;

pub(super) fn register(registry: &mut Registry) {
    registry.resource::<FileUpload>().resource::<Ufs>().resource::<UfsPost>().resource::<Decrypt>();
}

/// What the query string or the cookies may hold besides a login.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
struct Presents {
    /// A signed link.
    token: Option<String>,
    /// Type of a room whose own rule is asked.
    rc_room_type: Option<String>,
    /// That room.
    rc_rid: Option<String>,
    /// A visitor's token there, or a login token.
    rc_token: Option<String>,
    /// `inline` to have it shown, if nothing in it can run.
    #[serde(rename = "contentDisposition")]
    content_disposition: Option<String>,
    /// Present to have it saved.
    download: Option<String>,
    /// Answer with the object store's URL as JSON instead of a redirect.
    #[serde(rename = "replyWithRedirectUrl")]
    reply_with_redirect_url: Option<String>,
}

/// Parameters that name a file.
trait AboutFile {
    fn file_id(&self) -> &str;
    fn presents(&self) -> &Presents;
}

/// A file that the request may fetch: by its login, a signed link, or a visitor's token.
struct Fetchable {
    upload: Upload,
    key: String,
}

impl<P: AboutFile + Sync> Guard<P> for Fetchable {
    /// The rule is the workspace's: files may be open to everybody.
    const AUTH: Auth = Auth::Anyone;

    async fn admit(params: &P, ctx: &Ctx) -> Result<Self> {
        let (inner, id, presents) = (ctx.clone(), params.file_id().to_owned(), params.presents().clone());
        ctx.read(async move |tx| {
            let found =
                rows::by_id(tx, &id).await?.ok_or_else(|| Error::not_found("The file is not there"))?;
            let presented = Presented {
                token: presents.token.clone(),
                room_type: presents.rc_room_type.clone(),
                rid: presents.rc_rid.clone(),
                room_token: presents.rc_token.clone(),
            };
            if !may_fetch(&inner, tx, &found.upload, found.hidden, &presented).await? {
                return Err(Error::unauthorized());
            }
            Ok(Self { upload: found.upload, key: found.key })
        })
        .await
    }
}

/// Files are for browsers: a refusal is a status and nothing else.
fn bare(error: &Error) -> Answer {
    Answer::status(if error.status == 401 { 403 } else { error.status })
}

/// Fetches a file of a room.
///
/// Ranges, `ETag` and `Last-Modified` are understood. The login may be in headers, cookies (`rc_uid`, `rc_token`)
/// or the query string.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FileUpload {
    /// Upload id.
    file_id: String,
    /// Any name: the id decides.
    #[expect(dead_code, reason = "part of the address, for people and for what they save")]
    file_name: String,
    #[serde(flatten)]
    presents: Presents,
}

impl AboutFile for FileUpload {
    fn file_id(&self) -> &str {
        &self.file_id
    }

    fn presents(&self) -> &Presents {
        &self.presents
    }
}

impl Resource for FileUpload {
    const SPEC: ResourceSpec = ResourceSpec::get("/file-upload/:fileId/*fileName", TAG).cookies();
    type Guard = Fetchable;

    async fn answer(self, asked: Asked, guard: Fetchable, ctx: &Ctx) -> Result<Answer> {
        fetch(ctx, &asked, guard, &self.presents).await
    }

    fn refuse(error: &Error) -> Answer {
        bare(error)
    }
}

/// Fetches a file of a room at the address that older messages name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Ufs {
    /// Upstream's name of a store, such as `GridFS:Uploads`.
    store: String,
    /// Upload id, with or without a file ending.
    file_id: String,
    /// Any name.
    #[expect(dead_code, reason = "part of the address, for people and for what they save")]
    file_name: Option<String>,
    #[serde(flatten)]
    presents: Presents,
}

impl AboutFile for Ufs {
    fn file_id(&self) -> &str {
        // Other stores hold other things: they are not looked up here.
        let uploads =
            self.store == "Uploads" || self.store == "fileSystem" || self.store.ends_with(":Uploads");
        if uploads { self.file_id.split('.').next().unwrap_or_default() } else { "" }
    }

    fn presents(&self) -> &Presents {
        &self.presents
    }
}

impl Resource for Ufs {
    const SPEC: ResourceSpec =
        ResourceSpec::get("/ufs/:store/:fileId", TAG).aliases(&["/ufs/:store/:fileId/:fileName"]).cookies();
    type Guard = Fetchable;

    async fn answer(self, asked: Asked, guard: Fetchable, ctx: &Ctx) -> Result<Answer> {
        fetch(ctx, &asked, guard, &self.presents).await
    }

    fn refuse(error: &Error) -> Answer {
        bare(error)
    }
}

/// Answers 404: files are uploaded with `rooms.media`.
#[derive(Debug, Deserialize, JsonSchema)]
struct UfsPost {}

impl Resource for UfsPost {
    const SPEC: ResourceSpec = ResourceSpec::new(&[Verb::Post], "/ufs/*path", TAG);
    type Guard = Anyone;

    async fn answer(self, _: Asked, _: Anyone, _: &Ctx) -> Result<Answer> {
        Ok(Answer::status(404))
    }
}

/// Answers 404: encrypted files are decrypted in the client, at this address.
#[derive(Debug, Deserialize, JsonSchema)]
struct Decrypt {}

impl Resource for Decrypt {
    const SPEC: ResourceSpec = ResourceSpec::get("/file-decrypt/*path", TAG);
    type Guard = Anyone;

    async fn answer(self, _: Asked, _: Anyone, _: &Ctx) -> Result<Answer> {
        Ok(Answer::status(404))
    }
}

async fn fetch(ctx: &Ctx, asked: &Asked, file: Fetchable, presents: &Presents) -> Result<Answer> {
    let settings = &ctx.settings;
    if ctx.files.store_name() == "AmazonS3" && !settings.get(keys::FileUpload_S3_Proxy_Uploads) {
        let seconds = u64::try_from(settings.get(keys::FileUpload_S3_URLExpiryTimeSpan)).unwrap_or(120);
        if let Some(url) = ctx.files.signed_url(&file.key, seconds).await? {
            return Ok(match presents.reply_with_redirect_url.as_deref() {
                Some("true" | "1") => Answer::json(200, &json!({ "redirectUrl": url })),
                _ => Answer::redirect(&url),
            });
        }
    }
    let upload = file.upload;
    let sent = Sent {
        key: &file.key,
        kind: &upload.kind,
        name: &saved_name(&upload),
        inline: presents.download.is_none() && presents.content_disposition.as_deref() == Some("inline"),
        etag: &upload.etag,
        modified: Some(upload.uploaded_at),
        // Only the one who asked may keep it: the next one may not be allowed to see it.
        cache: if settings.get(keys::FileUpload_ProtectFiles) {
            "private, max-age=31536000"
        } else {
            "max-age=31536000"
        },
    };
    ctx.files.send(&asked.headers, &sent).await
}

/// The name to save a file under: with the ending that its media type has, if its name has another.
fn saved_name(upload: &Upload) -> String {
    let ending = gantry_kernel::files::extension_of(&upload.kind);
    match ending.filter(|_| !name_fits(&upload.name, &upload.kind)) {
        Some(ending) => format!("{}.{ending}", upload.name),
        None => upload.name.clone(),
    }
}
