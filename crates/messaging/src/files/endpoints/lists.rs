//! `channels.files`, `groups.files`, `im.files`.

use super::super::rows;
use super::*;
use crate::rooms::endpoints::{AboutDirect, InDirect, either};
use crate::rooms::guards::{RoomOf, Seen, about_room};
use crate::rooms::kind::{Kind, path, register_both};

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, Files);
    registry.endpoint::<DirectFiles>();
}

about_room!(schema: Files);

/// Which files a list shows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Which {
    /// Text in the file's name, in any case.
    name: Option<String>,
    /// `image`, `audio`, `video`, `text`, `application`, …
    type_group: Option<String>,
    /// Leave out files that no message shows yet.
    only_confirmed: Option<bool>,
    #[serde(flatten)]
    page: Page,
}

/// A part of the list of a room's files.
#[derive(Debug, Serialize, JsonSchema)]
struct FilesReply {
    /// Uploads, each with its `user`.
    files: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

/// Lists the files of a room, without preview pictures.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Files<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    #[serde(flatten)]
    which: Which,
}

impl<K: Kind> Endpoint for Files<K> {
    const SPEC: Spec = Spec::get(path::<K>("channels.files", "groups.files"), K::TAG);
    type Guard = Seen<K>;
    type Reply = FilesReply;

    async fn call(self, guard: Seen<K>, ctx: &Ctx) -> Result<FilesReply> {
        list(ctx, guard.room.id, self.which).await
    }
}

/// Lists the files of a direct room, without preview pictures.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct DirectFiles {
    /// Room id.
    room_id: Option<String>,
    /// The other person's username, instead of the id.
    username: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    query: Option<String>,
    #[serde(flatten)]
    which: Which,
}

impl AboutDirect for DirectFiles {
    fn named(&self) -> Result<&str> {
        either(("roomId", self.room_id.as_deref()), ("username", self.username.as_deref()))
    }
}

impl Endpoint for DirectFiles {
    const SPEC: Spec = Spec::get("im.files", "im").aliases(&["dm.files"]);
    type Guard = InDirect;
    type Reply = FilesReply;

    async fn call(self, guard: InDirect, ctx: &Ctx) -> Result<FilesReply> {
        list(ctx, guard.room.id, self.which).await
    }
}

async fn list(ctx: &Ctx, rid: String, which: Which) -> Result<FilesReply> {
    let window = which.page.window(ctx);
    let order = which.page.order_by(rows::SORTS, "u.name ASC")?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = rows::Filter {
        name: given(which.name),
        type_group: given(which.type_group),
        only_confirmed: which.only_confirmed.unwrap_or(false),
        until: None,
    };
    let uid = ctx.uid().to_owned();
    ctx.read(async move |tx| {
        let (uploads, total) = rows::list(tx, &rid, &uid, &filter, &order, window).await?;
        let files = rows::with_users(tx, &uploads).await?;
        Ok(FilesReply { count: files.len(), files, offset: window.offset, total })
    })
    .await
}
