//! Custom emoji over DDP.

use gantry_kernel::prelude::*;

use super::change::{self, Wish};
use crate::binary;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<Save>().method::<Upload>().method::<Delete>();
}

/// `insertOrUpdateEmoji({_id?, name, aliases, extension, …})`: answers a new emoji's id, or true. The file
/// comes with `uploadEmojiCustom`.
#[derive(Deserialize)]
struct Save {
    emoji: SaveEmoji,
}

#[derive(Deserialize)]
struct SaveEmoji {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    aliases: Option<String>,
    extension: Option<String>,
}

impl Method for Save {
    const SPEC: MethodSpec = MethodSpec::new("insertOrUpdateEmoji", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let SaveEmoji { id, name, aliases, extension } = self.emoji;
        let id = id.filter(|id| !id.is_empty());
        let new = id.is_none();
        let extension = extension.filter(|extension| {
            // It becomes part of an address.
            (1..=8).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        let wish = Wish {
            id,
            name: name.unwrap_or_default(),
            aliases: aliases.unwrap_or_default(),
            extension,
            file: None,
        };
        let emoji = change::save(ctx, wish).await?;
        Ok(if new { json!(emoji.id) } else { json!(true) })
    }
}

/// `uploadEmojiCustom(binaryContent, contentType, {name, …})`: the file of the emoji of that name.
#[derive(Deserialize)]
struct Upload {
    content: Value,
    /// What it is shows in its bytes.
    #[serde(rename = "contentType")]
    _content_type: Option<String>,
    emoji: UploadEmoji,
}

#[derive(Deserialize)]
struct UploadEmoji {
    name: String,
}

impl Method for Upload {
    const SPEC: MethodSpec = MethodSpec::new("uploadEmojiCustom", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::allow(ctx)?;
        let picture = change::prepare(ctx, binary::content(&self.content)?).await?;
        change::upload(ctx, &self.emoji.name, picture).await
    }
}

/// `deleteEmojiCustom(id)`.
#[derive(Deserialize)]
struct Delete {
    id: String,
}

impl Method for Delete {
    const SPEC: MethodSpec = MethodSpec::new("deleteEmojiCustom", "emoji-custom");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        change::remove(ctx, self.id).await.map(|()| true)
    }
}
