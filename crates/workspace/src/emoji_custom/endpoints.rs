//! Custom emoji over REST. Upstream: `apps/meteor/app/api/server/v1/emoji-custom.ts`.

use gantry_kernel::prelude::*;
use gantry_kernel::upload::{Upload, UploadedFile, required};

use super::change::{self, Picture, Wish};
use super::rows::{self, Emoji};
use crate::uploaded;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<All>().endpoint::<List>().upload::<Create>().upload::<Update>().endpoint::<Delete>();
}

/// Custom emoji, page by page.
#[derive(Deserialize, JsonSchema)]
struct All {
    #[serde(flatten)]
    page: Page,
    /// Only those with this in their name, in any case.
    name: Option<String>,
}

/// A page of custom emoji.
#[derive(Serialize, JsonSchema)]
struct AllReply {
    emojis: Vec<Emoji>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for All {
    const SPEC: Spec = Spec::get("emoji-custom.all", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = AllReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<AllReply> {
        let window = self.page.window(ctx);
        let order = self.page.order_by(rows::SORTS, "name ASC")?;
        let part = self.name.unwrap_or_default();
        let (emojis, total) = ctx.read(async move |tx| rows::page(tx, &part, &order, window).await).await?;
        Ok(AllReply { count: emojis.len(), emojis, offset: window.offset, total })
    }
}

/// All custom emoji, or what a client has to change to be up to date.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct List {
    /// Only what changed or was removed after this time.
    updated_since: Option<String>,
    /// Only those that changed after this time.
    #[serde(rename = "_updatedAt")]
    updated_at: Option<String>,
    /// Only the one of this id.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// Not used: clients of former versions send it.
    #[serde(rename = "query")]
    _query: Option<String>,
}

/// What is there and what is gone.
#[derive(Serialize, JsonSchema)]
struct Emojis {
    update: Vec<Emoji>,
    remove: Vec<Value>,
}

/// Custom emoji.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    emojis: Emojis,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("emoji-custom.list", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let since = time("updatedSince", self.updated_since.as_deref())?;
        let changed = since.or(time("_updatedAt", self.updated_at.as_deref())?);
        let (mut update, remove) = ctx
            .read(async move |tx| {
                let gone = match since {
                    Some(since) => rows::removed_since(tx, since).await?,
                    None => Vec::new(),
                };
                Ok((rows::changed_since(tx, changed).await?, gone))
            })
            .await?;
        update.retain(|emoji| self.id.as_ref().is_none_or(|id| *id == emoji.id));
        Ok(ListReply { emojis: Emojis { update, remove } })
    }
}

fn time(param: &str, text: Option<&str>) -> Result<Option<Timestamp>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    Timestamp::parse_iso(text).map(Some).ok_or_else(|| {
        Error::new(
            "error-roomId-param-invalid",
            format!("The \"{param}\" query parameter must be a valid date."),
        )
    })
}

/// Adds a custom emoji with its picture.
#[derive(Deserialize, JsonSchema)]
struct Create {
    /// What people write between colons.
    name: Option<String>,
    /// What they may write as well, with commas.
    aliases: Option<String>,
}

impl Upload for Create {
    const SPEC: Spec = Spec::post("emoji-custom.create", "emoji-custom");
    const FIELD: &'static str = "emoji";
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        // Nobody makes the server work on a picture that they may not add.
        let allowed = change::allow(ctx);
        let file = required(file)?;
        allowed.map_err(|_| Error::nothing())?;
        let file = prepare(ctx, &file).await?;
        let wish = Wish {
            name: self.name.unwrap_or_default(),
            aliases: self.aliases.unwrap_or_default(),
            file: Some(file),
            ..Wish::default()
        };
        // Upstream tells nobody why.
        change::save(ctx, wish).await.map(drop).map_err(|error| match error.status {
            400 => Error::nothing(),
            _ => error,
        })
    }
}

/// Changes a custom emoji, and its picture if one is sent.
#[derive(Deserialize, JsonSchema)]
struct Update {
    /// The emoji.
    #[serde(rename = "_id")]
    id: Option<String>,
    /// What people write between colons.
    name: Option<String>,
    /// What they may write as well, with commas; replaces the former ones.
    aliases: Option<String>,
}

impl Upload for Update {
    const SPEC: Spec = Spec::post("emoji-custom.update", "emoji-custom");
    const FIELD: &'static str = "emoji";
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let id = self
            .id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Error::code("The required \"_id\" query param is missing."))?;
        change::allow(ctx)?;
        let file = match file.filter(|file| file.spool.size() > 0) {
            Some(file) => Some(prepare(ctx, &file).await?),
            None => None,
        };
        let wish = Wish {
            id: Some(id),
            name: self.name.unwrap_or_default(),
            aliases: self.aliases.unwrap_or_default(),
            extension: None,
            file,
        };
        change::save(ctx, wish).await.map(drop)
    }
}

async fn prepare(ctx: &Ctx, file: &UploadedFile) -> Result<Picture> {
    change::prepare(ctx, uploaded::bytes(file).await?).await
}

/// Removes a custom emoji.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Delete {
    /// The emoji.
    emoji_id: Option<String>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("emoji-custom.delete", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        match self.emoji_id.filter(|id| !id.is_empty()) {
            Some(id) => change::remove(ctx, id).await,
            None => Err(Error::message("The \"emojiId\" params is required!")),
        }
    }
}
