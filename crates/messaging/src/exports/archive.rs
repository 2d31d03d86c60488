//! ZIP archives as they are written: each entry is stored as it comes, its size and checksum follow it.

use gantry_kernel::error::{Error, Result};
use gantry_kernel::files::{Spool, SpoolWriter, unwritable};

/// What the format can hold without its 64-bit extension.
const LARGEST: u64 = u32::MAX as u64;
const MOST_ENTRIES: usize = u16::MAX as usize;

/// Flags of an entry: sizes follow the data; the name is UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;

/// An archive that is being written.
pub(crate) struct Archive {
    out: SpoolWriter,
    at: u64,
    entries: Vec<Entry>,
    open: Option<Entry>,
}

struct Entry {
    name: String,
    offset: u64,
    size: u64,
    crc: u32,
}

impl Archive {
    pub(crate) fn new(out: SpoolWriter) -> Self {
        Self { out, at: 0, entries: Vec::new(), open: None }
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        if self.at > LARGEST {
            return Err(Error::new("error-file-too-large", "The archive would be larger than 4 GB"));
        }
        self.out.write(bytes).await.map_err(unwritable)
    }

    /// Whether a file of that size still fits, with what follows the files.
    pub(super) fn has_room_for(&self, size: u64) -> bool {
        const MARGIN: u64 = 64 << 20;
        self.at.saturating_add(size).saturating_add(MARGIN) <= LARGEST
            && self.entries.len() + 1 < MOST_ENTRIES
    }

    /// Begins a file; what is [`Archive::write`]ten belongs to it. Names are unique and relative.
    pub(crate) async fn begin(&mut self, name: &str) -> Result<()> {
        self.end().await?;
        if self.entries.len() >= MOST_ENTRIES {
            return Err(Error::new("error-file-too-large", "The archive would have too many files"));
        }
        let entry = Entry { name: name.to_owned(), offset: self.at, size: 0, crc: !0 };
        let mut header = Vec::with_capacity(30 + name.len());
        header.extend(0x0403_4b50_u32.to_le_bytes());
        header.extend(common(&entry, false));
        header.extend(0_u16.to_le_bytes());
        header.extend(name.as_bytes());
        self.put(&header).await?;
        self.open = Some(entry);
        Ok(())
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(bytes).await?;
        if let Some(entry) = &mut self.open {
            entry.size += bytes.len() as u64;
            entry.crc = crc(entry.crc, bytes);
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        let Some(mut entry) = self.open.take() else { return Ok(()) };
        entry.crc = !entry.crc;
        let mut descriptor = 0x0807_4b50_u32.to_le_bytes().to_vec();
        descriptor.extend(sizes(&entry));
        self.put(&descriptor).await?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the table of contents.
    pub(crate) async fn finish(mut self) -> Result<Spool> {
        self.end().await?;
        let (start, entries) = (self.at, std::mem::take(&mut self.entries));
        for entry in &entries {
            let mut record = 0x0201_4b50_u32.to_le_bytes().to_vec();
            // Made by: any system, version 2.0.
            record.extend(20_u16.to_le_bytes());
            record.extend(common(entry, true));
            record.extend([0; 12]);
            record.extend(u32::try_from(entry.offset).unwrap_or(u32::MAX).to_le_bytes());
            record.extend(entry.name.as_bytes());
            self.put(&record).await?;
        }
        let count = u16::try_from(entries.len()).unwrap_or(u16::MAX).to_le_bytes();
        let size = u32::try_from(self.at - start).unwrap_or(u32::MAX).to_le_bytes();
        let mut end = 0x0605_4b50_u32.to_le_bytes().to_vec();
        end.extend([0; 4]);
        end.extend(count);
        end.extend(count);
        end.extend(size);
        end.extend(u32::try_from(start).unwrap_or(u32::MAX).to_le_bytes());
        end.extend([0; 2]);
        self.put(&end).await?;
        self.out.finish().await.map_err(unwritable)
    }
}

/// The fields that an entry's header and its record in the table have in common, up to the length of its name.
fn common(entry: &Entry, known: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24);
    bytes.extend(20_u16.to_le_bytes());
    bytes.extend(FLAGS.to_le_bytes());
    // Stored, not compressed; 1 January 1980, the format's beginning.
    bytes.extend([0, 0, 0, 0, 0x21, 0]);
    if known {
        bytes.extend(sizes(entry));
    } else {
        bytes.extend([0; 12]);
    }
    bytes.extend(u16::try_from(entry.name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes
}

fn sizes(entry: &Entry) -> Vec<u8> {
    let size = u32::try_from(entry.size).unwrap_or(u32::MAX).to_le_bytes();
    [entry.crc.to_le_bytes(), size, size].concat()
}

/// CRC-32 of IEEE 802.3, continued.
fn crc(mut crc: u32, bytes: &[u8]) -> u32 {
    for &byte in bytes {
        crc = TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    }
    crc
}

const TABLE: [u32; 256] = {
    let mut table = [0_u32; 256];
    let mut n = 0;
    while n < 256 {
        let mut value = n as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(!crc(!0, b"123456789"), 0xcbf4_3926);
        assert_eq!(!crc(crc(!0, b"1234"), b"56789"), 0xcbf4_3926);
    }
}
