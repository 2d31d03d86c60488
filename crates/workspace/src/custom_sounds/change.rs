//! Custom sounds as stored, and how they change. Upstream: `apps/meteor/app/custom-sounds/server`.

use gantry_kernel::media::{self, Area, Media};
use gantry_kernel::prelude::*;
use gantry_store::dialect::escape_like;
use gantry_store::{DbError, vals};

/// A custom sound.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sound {
    /// Id.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// What people choose.
    pub(super) name: String,
    /// Extension of its file.
    pub(super) extension: String,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub(super) updated_at: Timestamp,
}

/// A sound is new or different.
pub(super) struct Changed(pub(super) Sound);

/// A sound is gone.
pub(super) struct Removed(pub(super) Sound);

/// What is said of a sound.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// The sound to change; a new one without it.
    pub(super) id: Option<String>,
    pub(super) name: String,
    /// Of the file that is there or will be uploaded.
    pub(super) extension: String,
    /// A file for it.
    pub(super) file: Option<Media>,
}

fn sound(row: &Row) -> Result<Sound> {
    Ok(Sound {
        id: row.text(0)?,
        name: row.text(1)?,
        extension: row.text(2)?,
        updated_at: Timestamp::from_millis(row.int(3)?),
    })
}

/// # Errors
/// `not_authorized` unless the caller may manage sounds.
pub(super) fn allow(ctx: &Ctx) -> Result<()> {
    if ctx.may("manage-sounds") { Ok(()) } else { Err(Error::code("not_authorized")) }
}

/// All of them, by name.
pub(super) async fn all(tx: &Tx) -> Result<Vec<Sound>> {
    let rows =
        tx.query("SELECT id, name, extension, updated_at FROM custom_sounds ORDER BY name, id", &[]).await?;
    rows.iter().map(sound).collect()
}

/// The sound of that id.
pub(super) async fn by_id(tx: &Tx, id: &str) -> Result<Option<Sound>> {
    let row = tx
        .query_opt("SELECT id, name, extension, updated_at FROM custom_sounds WHERE id = ?1", &vals![id])
        .await?;
    row.as_ref().map(sound).transpose()
}

/// What lists are sorted by.
pub(super) const SORTS: &[(&str, &str)] =
    &[("_id", "id"), ("name", "name"), ("extension", "extension"), ("_updatedAt", "updated_at")];

/// A page of those with `part` in their name in any case, and how many there are. `order` is made of
/// [`SORTS`].
pub(super) async fn page(tx: &Tx, part: &str, order: &str, window: Window) -> Result<(Vec<Sound>, i64)> {
    let like = format!("%{}%", escape_like(&part.to_lowercase()));
    let sql = format!(
        "SELECT id, name, extension, updated_at FROM custom_sounds \
         WHERE LOWER(name) LIKE ?1 ESCAPE '\\' ORDER BY {order}, id LIMIT ?2 OFFSET ?3"
    );
    let rows = tx.query_dyn(&sql, &vals![&like, window.count, window.offset]).await?;
    let total = tx
        .query_opt("SELECT COUNT(*) FROM custom_sounds WHERE LOWER(name) LIKE ?1 ESCAPE '\\'", &vals![&like])
        .await?;
    let total = total.map(|row| row.int(0)).transpose()?.unwrap_or(0);
    Ok((rows.iter().map(sound).collect::<Result<_>>()?, total))
}

/// Adds a sound or changes one. `None` if there is no such sound.
///
/// # Errors
/// `error-the-field-is-required`, `error-input-is-not-a-valid-field`,
/// `Custom_Sound_Error_Name_Already_In_Use`.
pub(super) async fn save(ctx: &Ctx, wish: Wish) -> Result<Option<Sound>> {
    let name = name(&wish.name)?;
    check_extension(&wish.extension)?;
    let (ids, now) = (ctx.ids.clone(), ctx.now);
    ctx.write(async move |tx| {
        let before = match &wish.id {
            None => None,
            Some(id) => match lock(tx, id).await? {
                None => return Ok(None),
                found => found,
            },
        };
        let id = before.as_ref().map_or_else(|| ids.id(), |before| before.id.clone());
        let taken = tx
            .query_opt("SELECT 1 FROM custom_sounds WHERE name = ?1 AND id <> ?2", &vals![&name, &id])
            .await?;
        if taken.is_some() {
            return Err(in_use());
        }
        let extension = match &before {
            // The extension is that of the file that is there.
            Some(before) if wish.file.is_none() => before.extension.clone(),
            _ => wish.extension.clone(),
        };
        if let Some(file) = &wish.file {
            media::put(tx, Area::Sound, &id, file).await?;
        }
        let sound = Sound { id, name: name.clone(), extension, updated_at: now };
        let same = before.as_ref().is_some_and(|before| before.name == sound.name);
        store(tx, &sound).await?;
        if wish.file.is_some() || !same {
            tx.emit(Changed(sound.clone()));
        }
        Ok(Some(sound))
    })
    .await
}

/// Gives a sound another file.
///
/// # Errors
/// `Custom_Sound_Error_Invalid_Sound`.
pub(super) async fn upload(ctx: &Ctx, id: String, extension: String, file: Media) -> Result<()> {
    check_extension(&extension)?;
    let now = ctx.now;
    ctx.write(async move |tx| {
        let before = lock(tx, &id).await?.ok_or_else(|| invalid("uploadCustomSound"))?;
        media::put(tx, Area::Sound, &id, &file).await?;
        let sound = Sound { extension: extension.clone(), updated_at: now, ..before };
        store(tx, &sound).await?;
        tx.emit(Changed(sound));
        Ok(())
    })
    .await
}

/// Removes a sound.
///
/// # Errors
/// `Custom_Sound_Error_Invalid_Sound`.
pub(super) async fn remove(ctx: &Ctx, id: String) -> Result<()> {
    ctx.write(async move |tx| {
        let sound = lock(tx, &id).await?.ok_or_else(|| invalid("deleteCustomSound"))?;
        media::remove(tx, Area::Sound, &id).await?;
        tx.exec("DELETE FROM custom_sounds WHERE id = ?1", &vals![&id]).await?;
        tx.emit(Removed(sound));
        Ok(())
    })
    .await
}

async fn lock(tx: &Tx, id: &str) -> Result<Option<Sound>> {
    let row = tx
        .query_opt(
            "SELECT id, name, extension, updated_at FROM custom_sounds WHERE id = ?1 FOR UPDATE",
            &vals![id],
        )
        .await?;
    row.as_ref().map(sound).transpose()
}

fn in_use() -> Error {
    Error::new("Custom_Sound_Error_Name_Already_In_Use", "The custom sound name is already in use")
        .with_details(json!({ "method": "insertOrUpdateSound" }))
}

/// # Errors
/// `Custom_Sound_Error_Name_Already_In_Use` if another got the name meanwhile.
async fn store(tx: &Tx, sound: &Sound) -> Result<()> {
    let stored = tx
        .exec(
            "INSERT INTO custom_sounds (id, name, extension, updated_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, extension = excluded.extension, \
         updated_at = excluded.updated_at",
            &vals![&sound.id, &sound.name, &sound.extension, sound.updated_at.millis()],
        )
        .await;
    match stored {
        Err(DbError::Unique { .. }) => Err(in_use()),
        stored => Ok(stored.map(drop)?),
    }
}

fn invalid(method: &str) -> Error {
    Error::new("Custom_Sound_Error_Invalid_Sound", "Invalid sound").with_details(json!({ "method": method }))
}

/// A name as it is kept: colons are left out, and nothing else that could be markup or part of an address
/// may be in it.
fn name(wish: &str) -> Result<String> {
    let failure = |code: &'static str, reason: String, mut details: Value| {
        details["method"] = json!("insertOrUpdateSound");
        details["field"] = json!("Name");
        Error::new(code, reason).with_details(details)
    };
    let name = wish.replace(':', "");
    if name.trim().is_empty() {
        return Err(failure(
            "error-the-field-is-required",
            "The field Name is required".to_owned(),
            json!({}),
        ));
    }
    if name.contains(|c: char| c.is_whitespace() || ",><&\"'/\\()".contains(c)) {
        let reason = format!("{name} is not a valid name");
        return Err(failure("error-input-is-not-a-valid-field", reason, json!({ "input": name })));
    }
    Ok(name)
}

/// The extension becomes part of an address.
fn check_extension(extension: &str) -> Result<()> {
    let sound = extension.len() <= 8 && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound { Ok(()) } else { Err(Error::match_failed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_markup() {
        assert_eq!(name(":ding:").unwrap(), "ding");
        for bad in ["a b", "a/b", "<script>", "(a)", "a\\b"] {
            assert!(name(bad).unwrap_err().is("error-input-is-not-a-valid-field"), "{bad}");
        }
        assert!(name(" : ").unwrap_err().is("error-the-field-is-required"));
    }
}
