//! How custom emoji change. Upstream: `apps/meteor/app/emoji-custom/server`.

use bytes::Bytes;
use gantry_kernel::images::Fit;
use gantry_kernel::media::{self, Area, Media};
use gantry_kernel::prelude::*;
use gantry_messaging::rooms::names::latin;

use super::rows::{self, Emoji};

/// An emoji is new or different.
pub(super) struct Changed {
    /// As it is now.
    pub(super) emoji: Emoji,
    /// As it was, if it was there.
    pub(super) before: Option<Emoji>,
    /// It has another file.
    pub(super) new_file: bool,
}

/// An emoji is gone.
pub(super) struct Removed(pub(super) Emoji);

/// Width and height that a picture may have; larger ones are made smaller.
const SIDE: u32 = 512;

/// What is said of an emoji.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// The emoji to change; a new one without it.
    pub(super) id: Option<String>,
    pub(super) name: String,
    /// Further names, with commas.
    pub(super) aliases: String,
    /// Of the file that is there or will be uploaded.
    pub(super) extension: Option<String>,
    /// A file for it.
    pub(super) file: Option<Picture>,
}

/// A picture that is ready to be stored.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) media: Media,
    pub(super) extension: &'static str,
}

/// # Errors
/// `not_authorized` unless the caller may manage emoji.
pub(super) fn allow(ctx: &Ctx) -> Result<()> {
    if ctx.may("manage-emoji") { Ok(()) } else { Err(Error::code("not_authorized")) }
}

/// Makes a picture fit for an emoji: it is one, and not larger than need be. What moves stays as it is; what is
/// drawn by lines becomes pixels, unless it could take long to draw.
///
/// # Errors
/// `emoji-is-not-image`, `error-file-too-large`.
pub(super) async fn prepare(ctx: &Ctx, bytes: Bytes) -> Result<Picture> {
    let refused =
        || Error::new("emoji-is-not-image", "Emoji file provided cannot be uploaded since it's not an image");
    let kind = media::picture_kind(&bytes).ok_or_else(refused)?;
    let kept = |extension| Ok(Picture { media: Media::new(kind, bytes.clone(), ctx.now)?, extension });
    let resized = match kind {
        "image/gif" => return kept("gif"),
        "image/bmp" => return kept("bmp"),
        "image/x-icon" => return kept("x-icon"),
        "image/svg+xml" => match ctx.images.draw_bytes(bytes.clone(), (SIDE, SIDE)).await {
            Ok(drawn) => Ok(drawn),
            Err(_) => return kept("svg"),
        },
        _ => ctx.images.resize_bytes(bytes.clone(), SIDE, SIDE, Fit::Inside).await,
    };
    let picture = resized.map_err(|_| refused())?;
    let extension = if picture.kind == "image/jpeg" { "jpeg" } else { "png" };
    Ok(Picture { media: Media::new(picture.kind, picture.bytes, ctx.now)?, extension })
}

/// Adds an emoji or changes one.
///
/// # Errors
/// `not_authorized`, `error-the-field-is-required`, `error-input-is-not-a-valid-field`,
/// `Custom_Emoji_Error_Name_Or_Alias_Already_In_Use`, `Emoji not found.`
pub(super) async fn save(ctx: &Ctx, wish: Wish) -> Result<Emoji> {
    allow(ctx)?;
    let (ids, now) = (ctx.ids.clone(), ctx.now);
    ctx.write(async move |tx| {
        let before = match &wish.id {
            Some(id) => Some(rows::lock(tx, id).await?.ok_or_else(|| Error::code("Emoji not found."))?),
            None => None,
        };
        let name = name(&wish.name)?;
        let aliases = aliases(&wish.aliases, &name)?;
        let id = before.as_ref().map_or_else(|| ids.id(), |before| before.id.clone());
        let mut names = aliases.clone();
        names.push(name.clone());
        if rows::taken(tx, &names, &id).await? {
            return Err(rows::in_use());
        }
        let of_file = wish.file.as_ref().map(|file| file.extension.to_owned());
        let known = before.as_ref().map(|before| before.extension.clone());
        // The file follows in a call of its own where only its extension is told; until then the old one holds.
        let extension = of_file.or(known).or_else(|| wish.extension.clone()).ok_or_else(|| {
            failure("error-the-field-is-required", "The custom emoji file is required", json!({}))
        })?;
        let etag = match &wish.file {
            Some(file) => {
                media::put(tx, Area::Emoji, &id, &file.media).await?;
                Some(file.media.etag.clone())
            }
            None => before.as_ref().and_then(|before| before.etag.clone()),
        };
        let emoji = Emoji { id, name, aliases, extension, etag, updated_at: now };
        rows::store(tx, &emoji).await?;
        tx.emit(Changed { emoji: emoji.clone(), before, new_file: wish.file.is_some() });
        Ok(emoji)
    })
    .await
}

/// Gives the emoji of that name another file.
///
/// # Errors
/// `not_authorized`, `Custom_Emoji_Error_Invalid_Emoji`.
pub(super) async fn upload(ctx: &Ctx, wanted: &str, file: Picture) -> Result<()> {
    allow(ctx)?;
    let (wanted, now) = (slug(wanted), ctx.now);
    ctx.write(async move |tx| {
        let found = rows::by_name(tx, &wanted).await?.ok_or_else(|| invalid("uploadEmojiCustom"))?;
        let before = rows::lock(tx, &found.id).await?.ok_or_else(|| invalid("uploadEmojiCustom"))?;
        media::put(tx, Area::Emoji, &before.id, &file.media).await?;
        let emoji = Emoji {
            extension: file.extension.to_owned(),
            etag: Some(file.media.etag.clone()),
            updated_at: now,
            ..before.clone()
        };
        rows::store(tx, &emoji).await?;
        tx.emit(Changed { emoji, before: Some(before), new_file: true });
        Ok(())
    })
    .await
}

/// Removes an emoji.
///
/// # Errors
/// `not_authorized`, `Custom_Emoji_Error_Invalid_Emoji`.
pub(super) async fn remove(ctx: &Ctx, id: String) -> Result<()> {
    allow(ctx)?;
    let now = ctx.now;
    ctx.write(async move |tx| {
        let emoji = rows::lock(tx, &id).await?.ok_or_else(|| invalid("deleteEmojiCustom"))?;
        rows::remove(tx, &emoji, now).await?;
        tx.emit(Removed(emoji));
        Ok(())
    })
    .await
}

fn invalid(method: &str) -> Error {
    Error::new("Custom_Emoji_Error_Invalid_Emoji", "Invalid emoji").with_details(json!({ "method": method }))
}

fn failure(code: &'static str, reason: impl Into<std::borrow::Cow<'static, str>>, mut more: Value) -> Error {
    more["method"] = json!("insertOrUpdateEmoji");
    Error::new(code, reason).with_details(more)
}

/// A name as it is kept: small letters, digits, `-` and `_`. Letters of other scripts stay.
fn name(wish: &str) -> Result<String> {
    let name = slug(wish);
    if name.is_empty() {
        return Err(failure(
            "error-the-field-is-required",
            "The field Name is required",
            json!({ "field": "Name" }),
        ));
    }
    Ok(name)
}

fn aliases(list: &str, name: &str) -> Result<Vec<String>> {
    let list = list.replace(':', "");
    if list.contains(['>', '<', '&', '|', '"', '\'', '/', '\\', '(', ')']) {
        return Err(failure(
            "error-input-is-not-a-valid-field",
            format!("{list} is not a valid alias set"),
            json!({ "input": list, "field": "Alias_Set" }),
        ));
    }
    let mut aliases: Vec<String> = Vec::new();
    for alias in list.split(',').map(slug) {
        if !alias.is_empty() && alias != name && !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    Ok(aliases)
}

/// Upstream: the package `limax` with `_` for what is no letter.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.trim().chars() {
        let spelled = latin(c);
        let piece = match c {
            '\'' | '’' => continue,
            c if c.is_ascii_alphanumeric() || c == '-' => c.to_ascii_lowercase().to_string(),
            _ if !spelled.is_empty() => spelled.to_lowercase(),
            c if c.is_alphanumeric() => c.to_lowercase().to_string(),
            _ => {
                gap = true;
                continue;
            }
        };
        if std::mem::take(&mut gap) && !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(&piece);
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_small_letters() {
        for (wish, kept) in [
            ("Party Parrot", "party_parrot"),
            (":party-parrot:", "party-parrot"),
            ("__a__b__", "a_b"),
            ("Äpfel", "apfel"),
            ("../../etc/passwd", "etc_passwd"),
            ("漢字", "漢字"),
            ("don't", "dont"),
        ] {
            assert_eq!(slug(wish), kept);
        }
        assert!(name(" :: ").unwrap_err().is("error-the-field-is-required"));
    }

    #[test]
    fn aliases_are_names_of_their_own() {
        assert_eq!(aliases("one, :Two:,one,,me", "me").unwrap(), ["one", "two"]);
        assert!(aliases("a<b", "me").unwrap_err().is("error-input-is-not-a-valid-field"));
    }
}
