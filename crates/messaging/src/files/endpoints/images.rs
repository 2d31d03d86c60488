//! `rooms.images`

use super::super::{Upload as Stored, rows};
use super::*;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Images>();
}

/// Lists the pictures of a room, the newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Images {
    /// Room id.
    room_id: String,
    /// Begin at this picture and go on with older ones.
    starting_from_id: Option<String>,
    /// Entries to return.
    count: Option<i64>,
    /// Entries to skip.
    offset: Option<i64>,
}

/// A part of the list.
#[derive(Debug, Serialize, JsonSchema)]
struct ImagesReply {
    files: Vec<Stored>,
    count: i64,
    offset: i64,
    total: i64,
}

impl AboutRid for Images {
    fn rid(&self) -> &str {
        &self.room_id
    }
}

impl Endpoint for Images {
    const SPEC: Spec = Spec::get("rooms.images", TAG);
    type Guard = Readable;
    type Reply = ImagesReply;

    async fn call(self, guard: Readable, ctx: &Ctx) -> Result<ImagesReply> {
        let window = Page { offset: self.offset, count: self.count, sort: None }.window(ctx);
        let (rid, from) = (guard.room.id, self.starting_from_id);
        ctx.read(async move |tx| {
            let first = match &from {
                Some(id) => rows::by_id(tx, id).await?,
                None => None,
            };
            // A picture of another room begins nothing here.
            let begins = |first: &rows::Stored| {
                let upload = &first.upload;
                upload.rid == rid
                    && !first.hidden
                    && upload.expires_at.is_none()
                    && upload.type_group == "image"
            };
            let first = first.filter(begins).map(|first| first.upload);
            let filter = rows::Filter {
                type_group: Some("image".to_owned()),
                until: first.as_ref().map(|first| first.uploaded_at),
                only_confirmed: true,
                ..rows::Filter::default()
            };
            let (mut files, total) = rows::list(tx, &rid, "", &filter, "u.uploaded_at DESC", window).await?;
            let missing =
                |first: &Stored| window.offset == 0 && !files.iter().any(|file| file.id == first.id);
            if let Some(first) = first.filter(missing) {
                files.insert(0, first);
            }
            Ok(ImagesReply { files, count: window.count, offset: window.offset, total })
        })
        .await
    }
}
