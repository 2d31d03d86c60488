//! Stored files: uploads and exports. Avatars, emoji and sounds are rows: see [`crate::media`].
//!
//! A file has a key (`uploads/Xyz…`), chosen by the server and never made of what a user typed. By default
//! files lie in a folder on disk; with a URL (`s3://bucket/prefix`) or upstream's `FileUpload_S3_*` settings
//! they lie in an object store. A file of any size needs a bounded amount of memory: what arrives
//! goes to a [`Spool`] on disk first, and is moved or streamed from there.

mod bucket;
mod folder;
mod kinds;
mod serve;
mod spool;

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use parking_lot::Mutex;
use tokio::sync::oneshot;

pub use kinds::{extension_of, kind_of, name_fits, settled_kind};
pub use serve::{QUIET, Sent, http_date, is_unchanged, shows_safely};
pub use spool::{Spool, SpoolWriter};

use bucket::{Bucket, S3};
use folder::Folder;

use crate::error::{Error, Result};
use crate::settings::{Settings, keys};

/// The bytes of a stored file, as they are read.
pub type FileStream = BoxStream<'static, io::Result<Bytes>>;

/// Where files are kept. Clones share everything.
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    folder: Folder,
    /// The object store that the operator named.
    named: Option<Bucket>,
    /// The object store of the settings, with the settings that it was made of.
    configured: Mutex<Option<(S3, Bucket)>>,
    settings: Settings,
}

impl Files {
    /// Files in `folder` (it is made when first needed), or in the object store at `url`. Without a `url`
    /// the settings `FileUpload_Storage_Type` and `FileUpload_S3_*` may name one later.
    ///
    /// # Errors
    /// If the URL is not one of an object store.
    pub fn open(folder: impl Into<PathBuf>, url: Option<&str>, settings: Settings) -> io::Result<Self> {
        let named = url.map(Bucket::at).transpose().map_err(io::Error::other)?;
        let folder = Folder::new(folder.into());
        Ok(Self(Arc::new(Inner { folder, named, configured: Mutex::default(), settings })))
    }

    /// Begins a file that is still arriving. It lies on disk and disappears unless it is [`Files::put`].
    ///
    /// # Errors
    /// If the disk does not take it.
    pub async fn spool(&self) -> Result<SpoolWriter> {
        SpoolWriter::create(self.0.folder.arriving()).await.map_err(unwritable)
    }

    /// Stores a finished file. When this returns it is on disk, or the object store has acknowledged it. Whoever
    /// stops waiting for an object store leaves nothing there.
    ///
    /// # Errors
    /// 500 if it could not be stored.
    pub async fn put(&self, key: &str, spool: Spool) -> Result<()> {
        check(key)?;
        match self.bucket()? {
            Some(bucket) => carry(bucket, key.to_owned(), spool).await,
            None => self.0.folder.put(key, spool).await,
        }
        .map_err(unwritable)
    }

    /// Stores a small file that is in memory.
    ///
    /// # Errors
    /// 500 if it could not be stored.
    pub async fn put_bytes(&self, key: &str, bytes: Bytes) -> Result<()> {
        let mut spool = self.spool().await?;
        spool.write(&bytes).await.map_err(unwritable)?;
        self.put(key, spool.finish().await.map_err(unwritable)?).await
    }

    /// The size in bytes, or `None` if there is no such file.
    ///
    /// # Errors
    /// 500 if the store does not answer.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        check(key)?;
        if let Some(bucket) = self.bucket()?
            && let Some(size) = bucket.size(key).await.map_err(unreadable)?
        {
            return Ok(Some(size));
        }
        self.0.folder.size(key).await.map_err(unreadable)
    }

    /// The bytes of `range`, which has to lie within the file.
    ///
    /// # Errors
    /// 404 if there is no such file, 500 if it cannot be read.
    pub async fn read(&self, key: &str, range: Range<u64>) -> Result<FileStream> {
        check(key)?;
        // Files from before the workspace moved to an object store are still in the folder.
        let found = match self.bucket()? {
            Some(bucket) => bucket.read(key, range.clone()).await.map_err(unreadable)?,
            None => None,
        };
        let found = match found {
            None => self.0.folder.read(key, range).await.map_err(unreadable)?,
            found => found,
        };
        found.ok_or_else(|| Error::not_found("The file is not there"))
    }

    /// A small file as a whole; `None` if there is none.
    ///
    /// # Errors
    /// 413 if it has more than `limit` bytes, 500 if it cannot be read.
    pub async fn bytes(&self, key: &str, limit: usize) -> Result<Option<Bytes>> {
        let Some(size) = self.size(key).await? else { return Ok(None) };
        if usize::try_from(size).map_or(true, |size| size > limit) {
            return Err(crate::body::too_large(limit));
        }
        let mut stream = self.read(key, 0..size).await?;
        let mut all = BytesMut::new();
        while let Some(piece) = stream.next().await {
            all.extend_from_slice(&piece.map_err(unreadable)?);
        }
        Ok(Some(all.freeze()))
    }

    /// Removes a file. One that is not there is no error.
    ///
    /// # Errors
    /// 500 if the store refuses.
    pub async fn delete(&self, key: &str) -> Result<()> {
        check(key)?;
        if let Some(bucket) = self.bucket()? {
            bucket.delete(key).await.map_err(unwritable)?;
        }
        self.0.folder.delete(key).await.map_err(unwritable)
    }

    /// A URL at which anybody can fetch the file from the object store for `seconds`; `None` if the store
    /// has no such URLs.
    ///
    /// # Errors
    /// 500 if the URL cannot be signed.
    pub async fn signed_url(&self, key: &str, seconds: u64) -> Result<Option<String>> {
        check(key)?;
        match self.bucket()? {
            // What is still in the folder has no such URL.
            Some(bucket) if bucket.size(key).await.map_err(unreadable)?.is_some() => {
                bucket.signed_url(key, seconds).await.map_err(unreadable)
            }
            _ => Ok(None),
        }
    }

    /// Upstream's name of where new files go, as clients see it in `store`: `FileSystem` or `AmazonS3`.
    pub fn store_name(&self) -> &'static str {
        let object_store = self.0.named.is_some() || S3::wanted(&self.0.settings);
        if object_store { "AmazonS3" } else { "FileSystem" }
    }

    /// Removes what is left of files that were still arriving when the server stopped, if it is older than a
    /// day. Returns how many.
    ///
    /// # Errors
    /// 500 if the disk refuses.
    pub async fn forget_abandoned(&self) -> Result<usize> {
        self.0.folder.forget_abandoned().await.map_err(unwritable)
    }

    /// The object store in use.
    fn bucket(&self) -> Result<Option<Bucket>> {
        if let Some(named) = &self.0.named {
            return Ok(Some(named.clone()));
        }
        if !S3::wanted(&self.0.settings) {
            return Ok(None);
        }
        let wanted = S3::of(&self.0.settings);
        let mut configured = self.0.configured.lock();
        if let Some((_, bucket)) = configured.as_ref().filter(|(made_of, _)| *made_of == wanted) {
            return Ok(Some(bucket.clone()));
        }
        let bucket = wanted.open().map_err(|error| {
            Error::internal(format!("the FileUpload_S3_* settings name no usable object store: {error}"))
        })?;
        *configured = Some((wanted, bucket.clone()));
        Ok(Some(bucket))
    }
}

impl Files {
    /// The largest file that the workspace takes, in bytes; `None` for any.
    pub fn limit(&self) -> Option<u64> {
        u64::try_from(self.0.settings.get(keys::FileUpload_MaxFileSize)).ok().filter(|limit| *limit > 0)
    }
}

/// Brings a file to an object store on a task of its own: one that is dropped in between would leave parts there, for
/// which the store asks money and which nobody sees. If nobody waits any more, the upload is given up, and what is
/// stored already is removed.
async fn carry(bucket: Bucket, key: String, spool: Spool) -> io::Result<()> {
    let (told, end) = oneshot::channel();
    tokio::spawn(async move {
        let stored = bucket.put(&key, spool, || told.is_closed()).await;
        if let Err(Ok(())) = told.send(stored)
            && let Err(error) = bucket.delete(&key).await
        {
            tracing::warn!(%error, key, "a file that nobody waited for stays in the object store");
        }
    });
    end.await.unwrap_or_else(|_| Err(io::Error::other("the upload ended early")))
}

/// Keys are made by the server. This stands between a mistake there and the disk.
fn check(key: &str) -> Result<()> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let sound = key.len() <= 200 && key.contains('/') && key.split('/').all(part);
    if sound { Ok(()) } else { Err(Error::not_found("The file is not there")) }
}

/// A file could not be written.
pub fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a file could not be stored: {error}"))
}

/// A file could not be read.
pub fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a stored file could not be read: {error}"))
}

#[cfg(test)]
mod tests;
