//! `multipart/form-data`: text fields into memory, the one file to disk, both within limits.
//!
//! Upstream: `apps/meteor/app/api/server/lib/getUploadFormData.ts` (the codes of the refusals).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use multer::{Field, Multipart};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::files::{self, Files};
use crate::params;
use crate::upload::UploadedFile;

/// Bytes of all text fields together.
const TEXT: usize = 1 << 20;

/// Bytes that may come before a part and in its header. What comes in one piece with them counts, too.
const BETWEEN: usize = 1 << 20;

/// A part is open: its own limit holds.
const IN_A_PART: usize = usize::MAX;

/// Parts of a form.
const PARTS: usize = 100;

/// What the operation asks of the form's file.
pub(crate) struct Wanted {
    /// Name of the part; empty for any.
    pub(crate) field: &'static str,
    /// Bytes it may have.
    pub(crate) limit: Option<u64>,
}

/// Reads a form to its end.
///
/// # Errors
/// `error-file-too-large`, `invalid-field`, a second file, or a body that is no form.
pub(crate) async fn read(
    body: Body,
    content_type: &str,
    wanted: &Wanted,
    files: &Files,
) -> Result<(Map<String, Value>, Option<UploadedFile>)> {
    let boundary = multer::parse_boundary(content_type)
        .map_err(|_| Error::invalid_params("the form's Content-Type names no boundary"))?;
    // What comes while no part is open is kept and searched as a whole until a part opens.
    let room = Arc::new(AtomicUsize::new(BETWEEN));
    let left = room.clone();
    let bounded = body.map(move |piece| {
        let piece = piece?;
        match left.load(Ordering::Relaxed) {
            0 => return Err(Error::invalid_params("the form's headers are too long")),
            IN_A_PART => {}
            bytes => left.store(bytes.saturating_sub(piece.len()), Ordering::Relaxed),
        }
        Ok::<_, Error>(piece)
    });
    let mut form = Multipart::new(bounded, boundary);
    let (mut fields, mut file) = (Map::new(), None);
    let (mut parts, mut text) = (0, TEXT);
    loop {
        room.store(BETWEEN, Ordering::Relaxed);
        let Some(part) = form.next_field().await.map_err(broken)? else { break };
        room.store(IN_A_PART, Ordering::Relaxed);
        parts += 1;
        if parts > PARTS {
            return Err(Error::invalid_params(format!("the form has more than {PARTS} parts")));
        }
        if part.file_name().is_none() {
            let (name, value) = read_text(part, &mut text).await?;
            params::insert(&mut fields, &name, value);
        } else if file.is_some() {
            return Err(Error::message("Just 1 file is allowed"));
        } else {
            file = Some(read_file(part, wanted, files).await?);
        }
    }
    if fields.is_empty() && file.is_none() {
        return Err(Error::code("No file or fields were uploaded"));
    }
    Ok((fields, file))
}

async fn read_text(mut part: Field<'_>, left: &mut usize) -> Result<(String, String)> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        *left = left
            .checked_sub(piece.len())
            .ok_or_else(|| Error::invalid_params(format!("the form's texts have more than {TEXT} bytes")))?;
        bytes.extend_from_slice(&piece);
    }
    let value = String::from_utf8(bytes)
        .map_err(|_| Error::invalid_params(format!("the form's field {name:?} is not UTF-8")))?;
    params::refuse_nul(&name)?;
    params::refuse_nul(&value)?;
    Ok((name, value))
}

async fn read_file(mut part: Field<'_>, wanted: &Wanted, files: &Files) -> Result<UploadedFile> {
    let field = part.name().unwrap_or_default().to_owned();
    if !wanted.field.is_empty() && field != wanted.field {
        return Err(Error::code("invalid-field"));
    }
    let name = bare_name(part.file_name().unwrap_or_default());
    let said = part.content_type().map(ToString::to_string).unwrap_or_default();
    let kind = files::settled_kind(&said, &name);
    let mut spool = files.spool().await?;
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        if wanted.limit.is_some_and(|limit| spool.size() + piece.len() as u64 > limit) {
            return Err(Error::code("error-file-too-large"));
        }
        spool.write(&piece).await.map_err(files::unwritable)?;
    }
    let spool = spool.finish().await.map_err(files::unwritable)?;
    Ok(UploadedFile { field, name, kind, spool })
}

/// The last part of a path, as browsers of old sent whole ones, without control characters.
fn bare_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// What went wrong while the form arrived. An error of ours comes through as it is.
fn broken(error: multer::Error) -> Error {
    if let multer::Error::StreamReadFailed(cause) = &error
        && let Some(ours) = cause.downcast_ref::<Error>()
    {
        return ours.clone();
    }
    Error::invalid_params(format!("the form cannot be read: {error}"))
}
