//! What a message says of its file. Upstream: `parseFileIntoMessageAttachments` in
//! `apps/meteor/app/file-upload/server/methods/sendFileMessage.ts`.

use gantry_protocol::objects::{Attachment, Dimensions, FileRef};

use super::rows::Stored;
use super::upload::{extension_of, path_of};

/// The attachment of an upload and the files that the message names: the upload and its preview picture.
pub fn attachment(file: &Stored, thumb: Option<&Stored>) -> (Attachment, Vec<FileRef>) {
    let upload = &file.upload;
    let url = path_of(&upload.id, &upload.name);
    let mut files = vec![upload.reference()];
    let mut attachment = Attachment {
        kind: Some("file".to_owned()),
        title: Some(upload.name.clone()),
        title_link: Some(url.clone()),
        title_link_download: Some(true),
        description: upload.description.clone(),
        file_id: Some(upload.id.clone()),
        ..Attachment::default()
    };
    let (kind, size) = (Some(upload.kind.clone()), Some(upload.size));
    match super::upload::group_of(&upload.kind) {
        "image" => {
            attachment.image_url = Some(url);
            attachment.image_type = kind;
            attachment.image_size = size;
            attachment.image_preview.clone_from(&file.preview);
            attachment.image_dimensions = dimensions(file);
            if let Some(thumb) = thumb {
                attachment.image_url = Some(path_of(&thumb.upload.id, &upload.name));
                attachment.image_type = Some(thumb.upload.kind.clone());
                attachment.image_dimensions = dimensions(thumb);
                files.push(thumb.upload.reference());
            }
        }
        "audio" => {
            attachment.audio_url = Some(url);
            attachment.audio_type = kind;
            attachment.audio_size = size;
        }
        "video" => {
            attachment.video_url = Some(url);
            attachment.video_type = kind;
            attachment.video_size = size;
        }
        _ => {
            attachment.format = Some(label(&upload.name));
            attachment.size = size;
        }
    }
    (attachment, files)
}

/// What stays of a file's attachment when the file is gone.
pub fn removed(fileless: &Attachment, text: &str) -> Attachment {
    Attachment {
        kind: Some("removed-file".to_owned()),
        color: Some("#FD745E".to_owned()),
        text: Some(text.to_owned()),
        file_id: fileless.file_id.clone(),
        ..Attachment::default()
    }
}

fn dimensions(of: &Stored) -> Option<Dimensions> {
    let size = of.upload.identify.as_ref()?.size;
    Some(Dimensions { width: size.width.into(), height: size.height.into(), rest: serde_json::Map::new() })
}

/// The file ending in capitals; `file` for a name that has none.
fn label(name: &str) -> String {
    match name.trim_start_matches('.').contains('.') {
        true => extension_of(name).to_uppercase(),
        false => "file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_labelled_by_its_ending() {
        assert_eq!(label("diagram.drawio"), "DRAWIO");
        assert_eq!(label("a.tar.gz"), "GZ");
        assert_eq!(label("README"), "file");
        assert_eq!(label(".profile"), "file");
    }
}
