//! Files in a folder on disk.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::{FileStream, Spool};

/// Bytes read at once. Each read is a trip to another thread, so that small ones cost more than the disk.
const CHUNK: usize = 256 << 10;

pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where files wait that are still arriving: on the same disk, so that storing one is a rename.
    pub(super) fn arriving(&self) -> PathBuf {
        self.root.join(".arriving")
    }

    fn place(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    pub(super) async fn put(&self, key: &str, spool: Spool) -> io::Result<()> {
        let place = self.place(key);
        tokio::task::spawn_blocking(move || settle(spool, &place)).await.map_err(io::Error::other)?
    }

    pub(super) async fn size(&self, key: &str) -> io::Result<Option<u64>> {
        absent(tokio::fs::metadata(self.place(key)).await.map(|found| found.len()))
    }

    pub(super) async fn read(&self, key: &str, range: Range<u64>) -> io::Result<Option<FileStream>> {
        let Some(mut file) = absent(File::open(self.place(key)).await)? else { return Ok(None) };
        file.set_max_buf_size(CHUNK);
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await?;
        }
        let left = range.end.saturating_sub(range.start);
        let reading = Reading { file, left, buffer: BytesMut::new() };
        Ok(Some(stream::try_unfold(reading, next).boxed()))
    }

    pub(super) async fn forget_abandoned(&self) -> io::Result<usize> {
        let folder = self.arriving();
        tokio::task::spawn_blocking(move || forget_old(&folder)).await.map_err(io::Error::other)?
    }

    pub(super) async fn delete(&self, key: &str) -> io::Result<()> {
        absent(tokio::fs::remove_file(self.place(key)).await).map(|_| ())
    }
}

/// A file that is being read, piece by piece.
struct Reading {
    file: File,
    /// Bytes that are still to come.
    left: u64,
    /// Where the next piece goes. Once the last one has been sent its memory is used again: to ask for memory of
    /// this size anew each time costs as much as the reading.
    buffer: BytesMut,
}

async fn next(mut reading: Reading) -> io::Result<Option<(Bytes, Reading)>> {
    if reading.left == 0 {
        return Ok(None);
    }
    let wanted = usize::try_from(reading.left).unwrap_or(usize::MAX).min(CHUNK);
    reading.buffer.reserve(wanted);
    let count = (&mut reading.file).take(wanted as u64).read_buf(&mut reading.buffer).await?;
    if count == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    reading.left -= count as u64;
    Ok(Some((reading.buffer.split().freeze(), reading)))
}

/// Removes files that nothing was written to for a day.
fn forget_old(folder: &Path) -> io::Result<usize> {
    const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);
    let mut count = 0;
    let Some(entries) = absent(std::fs::read_dir(folder))? else { return Ok(0) };
    for entry in entries {
        let entry = entry?;
        // A file that ends its arrival meanwhile is no longer here.
        let Some(found) = absent(entry.metadata())? else { continue };
        if found.modified()?.elapsed().is_ok_and(|age| age > DAY) {
            absent(std::fs::remove_file(entry.path()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Moves the file to its place so that it is there after a power failure, too.
fn settle(spool: Spool, place: &Path) -> io::Result<()> {
    let folder = place.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let new = !folder.exists();
    std::fs::create_dir_all(folder)?;
    std::fs::File::open(spool.path())?.sync_all()?;
    spool.path.persist(place).map_err(|refused| refused.error)?;
    std::fs::File::open(folder)?.sync_all()?;
    // A new folder is there after a power failure only if those that name it are synced.
    for above in folder.ancestors().skip(1).take(if new { 2 } else { 0 }) {
        std::fs::File::open(above)?.sync_all()?;
    }
    Ok(())
}

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
