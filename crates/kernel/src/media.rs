//! Small pictures and sounds of the workspace: avatars, custom emoji, custom sounds, assets.
//!
//! They are in the database, so that a file and what names it change in one commit and a backup has both.
//! What people upload into rooms is not: see the file storage.

use bytes::Bytes;
use gantry_protocol::Timestamp;
use gantry_store::{Row, Tx, vals};
use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED,
};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::files::{QUIET, http_date, is_unchanged};
use crate::resource::{Answer, AnswerBody};

/// What a picture is by its own bytes, whatever its name or its sender says: the media type, or nothing for
/// what is no picture. SVG counts as one.
pub fn picture_kind(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => "image/bmp",
        [0, 0, 1, 0, count, _, ..] if *count > 0 => "image/x-icon",
        _ if is_svg(bytes) => "image/svg+xml",
        _ => return None,
    })
}

/// Whether this is text whose first element is `svg`.
fn is_svg(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // Declarations, comments and the document type come before it.
    loop {
        let end = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<?") {
            "?>"
        } else if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) {
            ">"
        } else {
            break;
        };
        let Some(at) = rest.find(end) else { return false };
        rest = rest[at + end.len()..].trim_start();
    }
    let name = rest.strip_prefix("<svg").and_then(|rest| rest.chars().next());
    name.is_some_and(|c| c.is_whitespace() || c == '>')
}

/// The largest file that is kept here, in bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Named by the user's id.
    UserAvatar,
    /// Named by the room's id.
    RoomAvatar,
    /// Named by the emoji's id.
    Emoji,
    /// Named by the sound's id.
    Sound,
    /// Named as the asset.
    Asset,
}

impl Area {
    const fn word(self) -> &'static str {
        match self {
            Self::UserAvatar => "user-avatar",
            Self::RoomAvatar => "room-avatar",
            Self::Emoji => "emoji",
            Self::Sound => "sound",
            Self::Asset => "asset",
        }
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// What a browser is told that it is.
    pub content_type: String,
    /// Changes with the content and only with it.
    pub etag: String,
    /// When it was put here.
    pub uploaded_at: Timestamp,
    /// The content.
    pub bytes: Bytes,
}

impl Media {
    /// A file that was uploaded at `now`.
    ///
    /// # Errors
    /// `error-file-too-large`.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>, now: Timestamp) -> Result<Self> {
        let bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(too_large(MAX_BYTES));
        }
        let etag = hex::encode(&Sha256::digest(&bytes)[..12]);
        Ok(Self { content_type: content_type.into(), etag, uploaded_at: now, bytes })
    }
}

/// The refusal of a file of more than `limit` bytes.
pub fn too_large(limit: usize) -> Error {
    Error::new("error-file-too-large", format!("File exceeds allowed size of {limit} bytes"))
}

/// What is known of a file without reading its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What a browser is told that it is.
    pub content_type: String,
    /// Changes with the content and only with it.
    pub etag: String,
    /// When it was put here.
    pub uploaded_at: Timestamp,
}

impl Head {
    /// Whether who asks so has the file already.
    pub fn is_known_to(&self, asked: &HeaderMap) -> bool {
        is_unchanged(asked, &quoted(&self.etag), Some(&http_date(self.uploaded_at)))
    }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// A file as a client needs it.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// The client has it.
    Known(Head),
    /// The client has not.
    Whole(Media),
}

/// The file of that name without its content.
///
/// # Errors
/// The database's.
pub async fn head(tx: &Tx, area: Area, name: &str) -> Result<Option<Head>> {
    let row = tx
        .query_opt(
            "SELECT content_type, etag, uploaded_at FROM media WHERE area = ?1 AND name = ?2",
            &vals![area.word(), name],
        )
        .await?;
    row.map(|row| {
        let uploaded_at = Timestamp::from_millis(row.int(2)?);
        Ok(Head { content_type: row.text(0)?, etag: row.text(1)?, uploaded_at })
    })
    .transpose()
}

/// The file of that name with its content.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, area: Area, name: &str) -> Result<Option<Media>> {
    let row = tx
        .query_opt(
            "SELECT content_type, etag, uploaded_at, bytes FROM media WHERE area = ?1 AND name = ?2",
            &vals![area.word(), name],
        )
        .await?;
    row.as_ref().map(media).transpose()
}

/// The file of that name for a client that asks so. The content of what the client has is not read: it can be
/// [`MAX_BYTES`] long, and anybody can ask again and again.
///
/// # Errors
/// The database's.
pub async fn offer(tx: &Tx, area: Area, name: &str, asked: &HeaderMap) -> Result<Option<Offer>> {
    match head(tx, area, name).await? {
        None => Ok(None),
        Some(head) if head.is_known_to(asked) => Ok(Some(Offer::Known(head))),
        Some(_) => Ok(find(tx, area, name).await?.map(Offer::Whole)),
    }
}

fn media(row: &Row) -> Result<Media> {
    Ok(Media {
        content_type: row.text(0)?,
        etag: row.text(1)?,
        uploaded_at: Timestamp::from_millis(row.int(2)?),
        bytes: Bytes::copy_from_slice(row.blob(3)?),
    })
}

/// Keeps a file in the place of the one that had the name.
///
/// # Errors
/// The database's.
pub async fn put(tx: &Tx, area: Area, name: &str, media: &Media) -> Result<()> {
    let size = i64::try_from(media.bytes.len()).unwrap_or(i64::MAX);
    tx.exec(
        "INSERT INTO media (area, name, content_type, etag, uploaded_at, size, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (area, name) DO UPDATE SET content_type = excluded.content_type, etag = excluded.etag, \
         uploaded_at = excluded.uploaded_at, size = excluded.size, bytes = excluded.bytes",
        &vals![
            area.word(),
            name,
            &media.content_type,
            &media.etag,
            media.uploaded_at.millis(),
            size,
            &media.bytes[..]
        ],
    )
    .await?;
    Ok(())
}

/// Removes a file; answers whether there was one.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &Tx, area: Area, name: &str) -> Result<bool> {
    let gone = tx.exec("DELETE FROM media WHERE area = ?1 AND name = ?2", &vals![area.word(), name]).await?;
    Ok(gone > 0)
}

/// How a file is sent.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// `Cache-Control` of a whole answer.
    pub cache: &'a str,
    /// Whether `Expires: -1` goes with it, for clients that do not know `Cache-Control`.
    pub expired: bool,
}

/// Answers a GET for a file: 200, or 304 if the client has it already. Nothing in it runs or loads anything.
pub fn send(offer: &Offer, how: Sending<'_>) -> Answer {
    let (etag, uploaded_at) = match offer {
        Offer::Known(head) => (&head.etag, head.uploaded_at),
        Offer::Whole(media) => (&media.etag, media.uploaded_at),
    };
    let known = Answer::status(304)
        .with(ETAG, quoted(etag))
        .with(LAST_MODIFIED, http_date(uploaded_at))
        .with(CONTENT_DISPOSITION, "inline");
    let Offer::Whole(media) = offer else { return known };
    let mut answer = known
        .with(CONTENT_SECURITY_POLICY, QUIET)
        .with(CACHE_CONTROL, how.cache)
        .with(CONTENT_TYPE, &media.content_type);
    if how.expired {
        answer = answer.with(EXPIRES, "-1");
    }
    answer.status = 200;
    answer.body = AnswerBody::Whole(media.bytes.clone());
    answer
}

#[cfg(test)]
mod tests {
    use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};

    use super::*;

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        assert_eq!(picture_kind(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(picture_kind(b"GIF89a..."), Some("image/gif"));
        assert_eq!(picture_kind(b"\x00\x00\x01\x00\x01\x00"), Some("image/x-icon"));
        for svg in [
            "<svg>",
            "<?xml version=\"1.0\"?>\n<!-- a --><!DOCTYPE svg><svg xmlns=\"x\">",
            "\u{feff} <svg\n/>",
        ] {
            assert_eq!(picture_kind(svg.as_bytes()), Some("image/svg+xml"), "{svg}");
        }
        for other in ["", "<html><svg>", "<svgx>", "PNG", "<!-- <svg>", "RIFF1234WAVE"] {
            assert_eq!(picture_kind(other.as_bytes()), None, "{other}");
        }
    }

    #[tokio::test]
    async fn a_client_that_has_the_file_is_told_so_without_the_bytes() {
        for database in gantry_store::testing::databases().await {
            let db = database.db();
            let media = Media::new("image/png", "bytes", Timestamp::from_millis(0)).unwrap();
            let kept = media.clone();
            db.write(async move |tx| put(tx, Area::Emoji, "one", &kept).await).await.unwrap();
            let offered = async |asked: HeaderMap| {
                db.read(async move |tx| offer(tx, Area::Emoji, "one", &asked).await).await.unwrap().unwrap()
            };
            let how = Sending { cache: "public, max-age=60", expired: false };
            let first = offered(HeaderMap::new()).await;
            assert_eq!(first, Offer::Whole(media));
            let first = send(&first, how);
            assert_eq!(
                (first.status, &first.headers[CACHE_CONTROL]),
                (200, &"public, max-age=60".parse().unwrap())
            );
            for (name, value) in
                [(IF_NONE_MATCH, &first.headers[ETAG]), (IF_MODIFIED_SINCE, &first.headers[LAST_MODIFIED])]
            {
                let again = offered(HeaderMap::from_iter([(name, value.clone())])).await;
                assert!(matches!(again, Offer::Known(_)), "{again:?}");
                let again = send(&again, how);
                assert_eq!((again.status, again.headers.get(CONTENT_TYPE)), (304, None));
            }
            let other = HeaderMap::from_iter([
                (IF_NONE_MATCH, "\"other\"".parse().unwrap()),
                (IF_MODIFIED_SINCE, first.headers[LAST_MODIFIED].clone()),
            ]);
            assert_eq!(send(&offered(other).await, how).status, 200, "the tag decides");
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let error = Media::new("image/png", vec![0; MAX_BYTES + 1], Timestamp::from_millis(0)).unwrap_err();
        assert!(error.is("error-file-too-large"));
    }
}
