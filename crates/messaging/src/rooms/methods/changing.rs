//! Methods that change a room or the caller's side of it.

use gantry_kernel::prelude::*;
use serde_json::Map;

use crate::rooms::prune::{self, Prune};
use crate::rooms::settings::{self, Changes};
use crate::rooms::{archive, delete, notifications, sidebar};

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<SaveRoomSettings>()
        .method::<ArchiveRoom>()
        .method::<UnarchiveRoom>()
        .method::<EraseRoom>()
        .method::<HideRoom>()
        .method::<OpenRoom>()
        .method::<ToggleFavorite>()
        .method::<SaveNotificationSettings>()
        .method::<SaveAudioNotificationValue>()
        .method::<CleanRoomHistory>();
}

/// Changes one property of a room, or several in one object.
#[derive(Debug, Deserialize)]
struct SaveRoomSettings {
    rid: String,
    setting: Value,
    value: Value,
}

/// The answer to changed settings.
#[derive(Debug, Serialize)]
struct Saved {
    result: bool,
    rid: String,
}

impl Method for SaveRoomSettings {
    const SPEC: MethodSpec = MethodSpec::new("saveRoomSettings", "rooms");
    type Guard = LoggedIn;
    type Reply = Saved;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Saved> {
        let object = match self.setting {
            Value::Object(object) => object,
            Value::String(name) => Map::from_iter([(name, self.value)]),
            _ => return Err(Error::match_failed()),
        };
        let changes: Changes = serde_json::from_value(Value::Object(object)).map_err(|_| {
            Error::new("error-invalid-settings", "Invalid settings provided")
                .with_details(json!({ "method": "saveRoomSettings" }))
        })?;
        settings::save_all(ctx, &self.rid, changes).await?;
        Ok(Saved { result: true, rid: self.rid })
    }
}

/// Archives a room.
#[derive(Debug, Deserialize)]
struct ArchiveRoom {
    rid: String,
}

impl Method for ArchiveRoom {
    const SPEC: MethodSpec = MethodSpec::new("archiveRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| archive::set(&inner, tx, &self.rid, true).await).await
    }
}

/// Opens an archived room again.
#[derive(Debug, Deserialize)]
struct UnarchiveRoom {
    rid: String,
}

impl Method for UnarchiveRoom {
    const SPEC: MethodSpec = MethodSpec::new("unarchiveRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| archive::set(&inner, tx, &self.rid, false).await).await
    }
}

/// Deletes a room.
#[derive(Debug, Deserialize)]
struct EraseRoom {
    rid: String,
}

impl Method for EraseRoom {
    const SPEC: MethodSpec = MethodSpec::new("eraseRoom", "rooms").deprecated("8.0.0", "rooms.delete");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| delete::erase(&inner, tx, &self.rid).await).await?;
        Ok(true)
    }
}

/// Takes a room out of the caller's list.
#[derive(Debug, Deserialize)]
struct HideRoom {
    rid: String,
}

impl Method for HideRoom {
    const SPEC: MethodSpec = MethodSpec::new("hideRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = u64;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<u64> {
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::hide(&inner, tx, &self.rid).await).await
    }
}

/// Puts a room back into the caller's list.
#[derive(Debug, Deserialize)]
struct OpenRoom {
    rid: String,
}

impl Method for OpenRoom {
    const SPEC: MethodSpec = MethodSpec::new("openRoom", "rooms");
    type Guard = LoggedIn;
    type Reply = u64;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<u64> {
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::open(&inner, tx, &self.rid).await).await
    }
}

/// Marks a room as a favourite or not.
#[derive(Debug, Deserialize)]
struct ToggleFavorite {
    rid: String,
    favorite: Option<bool>,
}

impl Method for ToggleFavorite {
    const SPEC: MethodSpec = MethodSpec::new("toggleFavorite", "rooms");
    type Guard = LoggedIn;
    type Reply = u64;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<u64> {
        let inner = ctx.clone();
        ctx.write(async move |tx| sidebar::favourite(&inner, tx, &self.rid, self.favorite).await).await
    }
}

/// Changes how the caller is notified of what happens in a room.
#[derive(Debug, Deserialize)]
struct SaveNotificationSettings {
    rid: String,
    field: String,
    value: String,
}

impl Method for SaveNotificationSettings {
    const SPEC: MethodSpec = MethodSpec::new("saveNotificationSettings", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let (inner, change) = (ctx.clone(), [(self.field, self.value)]);
        ctx.write(async move |tx| notifications::save(&inner, tx, &self.rid, &change).await).await?;
        Ok(true)
    }
}

/// Changes the sound of a room's notifications.
#[derive(Debug, Deserialize)]
struct SaveAudioNotificationValue {
    rid: String,
    value: String,
}

impl Method for SaveAudioNotificationValue {
    const SPEC: MethodSpec = MethodSpec::new("saveAudioNotificationValue", "rooms");
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let (inner, change) = (ctx.clone(), [("audioNotificationValue".to_owned(), self.value)]);
        ctx.write(async move |tx| notifications::save(&inner, tx, &self.rid, &change).await).await?;
        Ok(true)
    }
}

/// Deletes messages of a room.
#[derive(Debug, Deserialize)]
struct CleanRoomHistory {
    data: Clean,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Clean {
    room_id: String,
    latest: Timestamp,
    oldest: Timestamp,
    inclusive: Option<bool>,
    limit: Option<i64>,
    exclude_pinned: Option<bool>,
    ignore_discussion: Option<bool>,
    files_only: Option<bool>,
    from_users: Option<Vec<String>>,
    ignore_threads: Option<bool>,
}

impl Method for CleanRoomHistory {
    const SPEC: MethodSpec = MethodSpec::new("cleanRoomHistory", "rooms");
    type Guard = LoggedIn;
    type Reply = i64;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<i64> {
        let data = self.data;
        let prune = Prune {
            latest: data.latest,
            oldest: data.oldest,
            inclusive: data.inclusive.unwrap_or(true),
            limit: data.limit.unwrap_or(0),
            exclude_pinned: data.exclude_pinned.unwrap_or(false),
            files_only: data.files_only.unwrap_or(false),
            ignore_discussion: data.ignore_discussion.unwrap_or(true),
            ignore_threads: data.ignore_threads.unwrap_or(true),
            users: data.from_users.unwrap_or_default(),
        };
        prune::room(ctx, &data.room_id, &prune).await
    }
}
