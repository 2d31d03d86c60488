//! Files on their way in: on disk, with no name that anybody could guess, gone when they are dropped.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

/// Bytes collected before they go to disk: a call to the disk costs more than a copy.
const CHUNK: usize = 256 << 10;

/// A file that is being written.
pub struct SpoolWriter {
    file: File,
    path: TempPath,
    pending: Vec<u8>,
    size: u64,
}

impl SpoolWriter {
    pub(super) async fn create(folder: PathBuf) -> io::Result<Self> {
        let made = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::NamedTempFile::new_in(&folder)
        });
        let (file, path) = made.await.map_err(io::Error::other)??.into_parts();
        Ok(Self { file: File::from_std(file), path, pending: Vec::new(), size: 0 })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        if self.pending.len() + bytes.len() > CHUNK {
            self.flush().await?;
        }
        if bytes.len() >= CHUNK {
            return self.file.write_all(bytes).await;
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.file.write_all(&self.pending).await?;
            self.pending.clear();
        }
        Ok(())
    }

    /// Bytes written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If the disk does not take the rest.
    pub async fn finish(mut self) -> io::Result<Spool> {
        self.flush().await?;
        self.file.flush().await?;
        Ok(Spool { path: self.path, size: self.size })
    }
}

/// A whole file that is not stored yet.
#[derive(Debug)]
pub struct Spool {
    pub(super) path: TempPath,
    size: u64,
}

impl Spool {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its first `count` bytes, or fewer if it is shorter.
    ///
    /// # Errors
    /// If the disk does not give them.
    pub async fn head(&self, count: u64) -> io::Result<Vec<u8>> {
        use tokio::io::AsyncReadExt as _;
        let mut head = Vec::new();
        File::open(&self.path).await?.take(count).read_to_end(&mut head).await?;
        Ok(head)
    }
}
