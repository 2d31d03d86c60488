//! Operations that take a form with a file.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::files::Spool;
use crate::guard::Guard;
use crate::spec::Spec;

/// One REST operation that takes `multipart/form-data`. The struct's fields are the form's other fields and
/// the path's parameters; its doc comment is the documentation.
///
/// It is registered with [`crate::registry::Registry::upload`] and handled like every other operation; the
/// login, the rate limit and the permissions are checked before the form is read. A JSON body is taken too
/// and has no file.
pub trait Upload: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Verb, path, permissions, limits.
    const SPEC: Spec;
    /// Name of the form's file part; empty if any will do.
    const FIELD: &'static str;
    /// Who may call, and what the check hands over.
    type Guard: Guard<Self>;
    /// The answer's body, without `success`.
    type Reply: Serialize + JsonSchema + Send;

    /// Bytes that the file may have; `None` for any number. By default what `FileUpload_MaxFileSize` says.
    fn limit(ctx: &Ctx) -> Option<u64> {
        ctx.files.limit()
    }

    /// Does the work. `file` is there if the form had one: see [`required`].
    fn call(
        self,
        file: Option<UploadedFile>,
        guard: Self::Guard,
        ctx: &Ctx,
    ) -> impl Future<Output = Result<Self::Reply>> + Send;
}

/// A file that came with a form. It lies on disk until it is stored or dropped.
#[derive(Debug)]
pub struct UploadedFile {
    /// Name of the form's part.
    pub field: String,
    /// File name as the client gave it, without folders; it may hold anything but control characters.
    pub name: String,
    /// Media type as the client gave it; the one of the name where the client knew none.
    pub kind: String,
    /// The bytes.
    pub spool: Spool,
}

/// The form's file.
///
/// # Errors
/// `No file uploaded`, as upstream answers. Upstream: `apps/meteor/app/api/server/lib/getUploadFormData.ts`.
pub fn required(file: Option<UploadedFile>) -> Result<UploadedFile> {
    file.ok_or_else(|| Error::code("No file uploaded"))
}
