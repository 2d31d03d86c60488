//! Small files that come with a form.

use bytes::Bytes;
use gantry_kernel::error::Result;
use gantry_kernel::files::unreadable;
use gantry_kernel::media::{MAX_BYTES, too_large};
use gantry_kernel::upload::UploadedFile;

/// The file's bytes.
///
/// # Errors
/// `error-file-too-large` for a file that is not kept beside what names it.
pub(crate) async fn bytes(file: &UploadedFile) -> Result<Bytes> {
    if file.spool.size() > MAX_BYTES as u64 {
        return Err(too_large(MAX_BYTES));
    }
    file.spool.head(MAX_BYTES as u64).await.map(Bytes::from).map_err(unreadable)
}
