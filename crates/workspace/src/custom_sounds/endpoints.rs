//! Custom sounds over REST. Upstream: `apps/meteor/app/api/server/v1/custom-sounds.ts`.

use gantry_kernel::media::Media;
use gantry_kernel::prelude::*;
use gantry_kernel::upload::{Upload, UploadedFile, required};

use super::change::{self, Sound, Wish};
use crate::uploaded;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<List>()
        .endpoint::<GetOne>()
        .upload::<Create>()
        .upload::<Update>()
        .endpoint::<Delete>();
}

/// Bytes of a sound that comes over REST.
const LIMIT: u64 = 5 * 1024 * 1024;

/// The custom sounds.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct List {
    #[serde(flatten)]
    page: Page,
    /// Only those with this in their name, in any case.
    name: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
}

/// A page of custom sounds.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    sounds: Vec<Sound>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("custom-sounds.list", "custom-sounds");
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(change::SORTS, "name ASC")?;
        let part = self.name.unwrap_or_default();
        let (sounds, total) = ctx.read(async move |tx| change::page(tx, &part, &order, window).await).await?;
        Ok(ListReply { count: sounds.len(), sounds, offset: window.offset, total })
    }
}

/// One custom sound.
#[derive(Deserialize, JsonSchema)]
struct GetOne {
    /// The sound.
    #[serde(rename = "_id")]
    id: Option<String>,
}

/// A custom sound.
#[derive(Serialize, JsonSchema)]
struct OneReply {
    sound: Sound,
}

impl Endpoint for GetOne {
    const SPEC: Spec = Spec::get("custom-sounds.getOne", "custom-sounds");
    type Guard = LoggedIn;
    type Reply = OneReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OneReply> {
        let id = self
            .id
            .filter(|id| !id.trim().is_empty())
            .ok_or_else(|| Error::code("The required \"_id\" query param is missing."))?;
        let sound = ctx.read(async move |tx| change::by_id(tx, &id).await).await?;
        sound.map(|sound| OneReply { sound }).ok_or_else(|| Error::not_found("Custom Sound not found."))
    }
}

/// Adds a custom sound with its file.
#[derive(Deserialize, JsonSchema)]
struct Create {
    /// What people choose.
    #[schemars(length(min = 1))]
    name: String,
}

/// A new sound's id.
#[derive(Serialize, JsonSchema)]
struct Created {
    #[serde(rename = "_id")]
    id: String,
}

/// What was added.
#[derive(Serialize, JsonSchema)]
struct CreateReply {
    sound: Created,
}

impl Upload for Create {
    const SPEC: Spec = Spec::post("custom-sounds.create", "custom-sounds").needs_all(&["manage-sounds"]);
    const FIELD: &'static str = "sound";
    type Guard = LoggedIn;
    type Reply = CreateReply;

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<CreateReply> {
        let (file, extension) = prepare(ctx, &required(file)?).await?;
        let wish = Wish { id: None, name: self.name, extension: extension.to_owned(), file: Some(file) };
        let saved = change::save(ctx, wish).await.map_err(told)?;
        let sound = saved.ok_or_else(|| Error::message("Custom Sound not found."))?;
        Ok(CreateReply { sound: Created { id: sound.id } })
    }
}

/// Changes a custom sound, and its file if one is sent.
#[derive(Deserialize, JsonSchema)]
struct Update {
    /// The sound.
    #[serde(rename = "_id")]
    #[schemars(length(min = 1))]
    id: String,
    /// What people choose.
    #[schemars(length(min = 1))]
    name: String,
}

impl Upload for Update {
    const SPEC: Spec = Spec::post("custom-sounds.update", "custom-sounds").needs_all(&["manage-sounds"]);
    const FIELD: &'static str = "sound";
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (file, extension) = match &file {
            Some(file) => {
                let (file, extension) = prepare(ctx, file).await?;
                (Some(file), extension)
            }
            None => (None, ""),
        };
        let wish = Wish { id: Some(self.id), name: self.name, extension: extension.to_owned(), file };
        match change::save(ctx, wish).await.map_err(told)? {
            Some(_) => Ok(()),
            None => Err(Error::message("Custom Sound not found.")),
        }
    }
}

/// These two say in a sentence alone that a name does not fit.
fn told(error: Error) -> Error {
    match &error.reason {
        Some(reason) if error.is("error-input-is-not-a-valid-field") => Error::message(reason.clone()),
        _ => error,
    }
}

/// The file as it is kept, and its extension.
async fn prepare(ctx: &Ctx, file: &UploadedFile) -> Result<(Media, &'static str)> {
    let extension = match file.kind.to_ascii_lowercase().as_str() {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        _ => return Err(Error::message("MIME type not allowed")),
    };
    if file.spool.size() > LIMIT {
        return Err(Error::code("error-file-too-large"));
    }
    Ok((Media::new(file.kind.to_ascii_lowercase(), uploaded::bytes(file).await?, ctx.now)?, extension))
}

/// Removes a custom sound.
#[derive(Deserialize, JsonSchema)]
struct Delete {
    /// The sound.
    #[serde(rename = "_id")]
    #[schemars(length(min = 1))]
    id: String,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("custom-sounds.delete", "custom-sounds").needs_all(&["manage-sounds"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::remove(ctx, self.id).await
    }
}
