//! What may be uploaded. Upstream: `validateFileUpload` in `apps/meteor/app/file-upload/server/lib/FileUpload.ts`,
//! `apps/meteor/app/utils/lib/restrictions.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Room, RoomType};

/// Whether a file of this media type and size may come into a room. `encrypted` files are of no known type,
/// and allowed whatever the list of allowed types says.
///
/// # Errors
/// `error-file-upload-disabled`, `error-direct-message-file-upload-not-allowed`, `error-file-too-large`,
/// `error-invalid-file-type`.
pub fn may_upload(ctx: &Ctx, room: &Room, kind: &str, size: u64, encrypted: bool) -> Result<()> {
    let settings = &ctx.settings;
    if !settings.get(keys::FileUpload_Enabled) {
        return Err(Error::new("error-file-upload-disabled", "File uploads are disabled."));
    }
    if room.t == RoomType::Direct && !settings.get(keys::FileUpload_Enabled_Direct) {
        return Err(Error::new(
            "error-direct-message-file-upload-not-allowed",
            "File sharing not allowed in direct messages.",
        ));
    }
    if let Some(limit) = ctx.files.limit().filter(|limit| size > *limit) {
        return Err(Error::new(
            "error-file-too-large",
            format!("File exceeds allowed size of {limit} bytes"),
        ));
    }
    if encrypted && !settings.get(keys::E2E_Enable_Encrypt_Files) {
        return Err(Error::new("error-invalid-file-type", "Encrypted file not allowed"));
    }
    let blocked = settings.get(keys::FileUpload_MediaTypeBlackList);
    let allowed = settings.get(keys::FileUpload_MediaTypeWhiteList);
    if is_listed(kind, &blocked) || !(encrypted || no_list(&allowed) || is_listed(kind, &allowed)) {
        return Err(Error::new("error-invalid-file-type", "File type is not accepted."));
    }
    Ok(())
}

fn no_list(list: &str) -> bool {
    list.is_empty() || list == "*"
}

/// Whether a media type is on a list such as `image/*, text/plain`. Parameters and case do not count: they
/// would be a way around the list.
fn is_listed(kind: &str, list: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        !entry.is_empty()
            && (entry == kind
                || entry.strip_suffix("/*").is_some_and(|group| super::upload::group_of(&kind) == group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_types_and_groups_of_types() {
        assert!(is_listed("image/png", "text/plain, image/*"));
        assert!(is_listed("IMAGE/SVG+XML; charset=x", "image/svg+xml"));
        assert!(!is_listed("imagery/png", "image/*"));
        assert!(!is_listed("image/png", ""));
    }
}
