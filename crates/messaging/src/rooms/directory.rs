//! Finding rooms: for administrators, for pickers, in the directory.
//! Upstream: `apps/meteor/app/api/server/lib/rooms.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;
use gantry_store::vals;

use super::lists::{RoomList, SORTS, beginning, containing};

/// The condition of a name that fits the pattern in `?1`.
const NAMED: &str = "(r.name_folded LIKE ?1 ESCAPE '\\' OR r.fname_folded LIKE ?1 ESCAPE '\\')";
/// The condition of a room that the user in `?2` is in.
const JOINED: &str = "r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2)";

/// Which rooms an administrator looks for.
#[derive(Clone, Debug, Default)]
pub struct AdminFilter {
    /// Part of the name.
    pub text: String,
    /// Types of rooms, with `discussions` and `teams` for what is left out otherwise. All types if empty.
    pub types: Vec<String>,
}

/// A page of all rooms, without what was said in them.
///
/// # Errors
/// `error-not-authorized`.
pub async fn for_admin(
    ctx: &Ctx,
    tx: &Tx,
    filter: &AdminFilter,
    page: &Page,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    ensure_admin(ctx)?;
    let (text, pattern) = (!filter.text.trim().is_empty(), containing(&filter.text));
    let wants = |name: &str| filter.types.iter().any(|kind| kind == name);
    let (discussions, teams) = (wants("discussions"), wants("teams"));
    let types: Vec<String> = filter
        .types
        .iter()
        .filter(|kind| !["discussions", "teams"].contains(&kind.as_str()))
        .cloned()
        .collect();
    let conditions = [
        "(NOT ?1 OR r.name_folded LIKE ?2 ESCAPE '\\' OR r.fname_folded LIKE ?2 ESCAPE '\\' OR (r.t = 'd' AND r.id IN \
         (SELECT s.rid FROM subscriptions s JOIN users u ON u.id = s.uid WHERE u.username_folded LIKE ?2 ESCAPE '\\')))",
        "(NOT ?3 OR r.t IN list(?4) OR (?5 AND r.prid IS NOT NULL) OR (?6 AND r.team_main))",
        "(?5 OR r.prid IS NULL)",
        "(?6 OR NOT r.team_main)",
    ];
    let order = page.order_by(SORTS, "r.is_default DESC, COALESCE(r.name, '') ASC")?;
    let values = vals![text, &pattern, !filter.types.is_empty(), types.as_slice(), discussions, teams];
    let (mut rooms, total) = RoomList::new(&conditions, order).page(ctx, tx, &values, window).await?;
    rooms.iter_mut().for_each(|room| room.last_message = None);
    Ok((rooms, total))
}

/// Refuses everybody who does not look after rooms.
///
/// # Errors
/// `error-not-authorized`.
pub fn ensure_admin(ctx: &Ctx) -> Result<()> {
    if ctx.may("view-room-administration") { Ok(()) } else { Err(Error::message("error-not-authorized")) }
}

/// What pickers show of a room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// Room id.
    #[serde(rename = "_id")]
    id: String,
    /// Shown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    fname: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Type.
    t: gantry_protocol::objects::RoomType,
    /// Version of the picture.
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    avatar_etag: Option<String>,
    /// End-to-end encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted: Option<bool>,
}

impl From<Room> for Entry {
    fn from(room: Room) -> Self {
        Self {
            id: room.id,
            fname: room.fname,
            name: room.name,
            t: room.t,
            avatar_etag: room.avatar_etag,
            encrypted: room.encrypted,
        }
    }
}

fn entries(rooms: Vec<Room>) -> Vec<Entry> {
    rooms.into_iter().map(Entry::from).collect()
}

/// The caller's channels and groups whose names begin with the text.
///
/// # Errors
/// The database's.
pub async fn own(ctx: &Ctx, tx: &Tx, text: &str, page: &Page, window: Window) -> Result<(Vec<Entry>, i64)> {
    let conditions = [
        "r.name_folded LIKE ?1 ESCAPE '\\'",
        JOINED,
        "r.t IN ('c', 'p')",
        "r.prid IS NULL",
        "NOT r.archived",
    ];
    let order = page.order_by(SORTS, "COALESCE(r.name, '') ASC")?;
    let pattern = beginning(text);
    let (rooms, total) =
        RoomList::new(&conditions, order).page(ctx, tx, &vals![&pattern, ctx.uid()], window).await?;
    Ok((entries(rooms), total))
}

/// All channels and groups whose names begin with the text, for administrators and auditors.
///
/// # Errors
/// `error-not-authorized`.
pub async fn all_beginning(ctx: &Ctx, tx: &Tx, text: &str) -> Result<Vec<Entry>> {
    if !ctx.may("view-room-administration") && !ctx.may("can-audit") {
        return Err(Error::message("error-not-authorized"));
    }
    let pattern = beginning(text);
    let list = RoomList::new(&[NAMED, "r.t IN ('c', 'p')"], "COALESCE(r.name, '') ASC".to_owned());
    let (rooms, _) = list.page(ctx, tx, &vals![&pattern], Window { offset: 0, count: 10 }).await?;
    Ok(entries(rooms))
}

/// The rooms that the caller owns and that belong to no team, whose names begin with the text.
///
/// # Errors
/// The database's.
pub async fn available_for_teams(ctx: &Ctx, tx: &Tx, text: &str) -> Result<Vec<Entry>> {
    let conditions = [
        "r.name_folded LIKE ?1 ESCAPE '\\'",
        "r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2 AND s.roles LIKE '%\"owner\"%')",
        "r.team_id IS NULL",
        "r.prid IS NULL",
        "r.t IN ('c', 'p')",
    ];
    let pattern = beginning(text);
    let list = RoomList::new(&conditions, "COALESCE(r.name, '') ASC".to_owned());
    let (rooms, _) = list.page(ctx, tx, &vals![&pattern, ctx.uid()], Window { offset: 0, count: 10 }).await?;
    Ok(entries(rooms))
}

/// The discussions of a room whose shown names contain the text.
///
/// # Errors
/// The database's.
pub async fn discussions_of(
    ctx: &Ctx,
    tx: &Tx,
    rid: &str,
    text: &str,
    page: &Page,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    let order = page.order_by(SORTS, "COALESCE(r.fname, '') ASC")?;
    let (filter, pattern) = (!text.trim().is_empty(), containing(text));
    RoomList::new(&["r.prid = ?1", "(NOT ?2 OR r.fname_folded LIKE ?3 ESCAPE '\\')"], order)
        .page(ctx, tx, &vals![rid, filter, &pattern], window)
        .await
}

/// A page of the channels and joined groups that the directory shows. Upstream: method `browseChannels`.
///
/// # Errors
/// The database's.
pub async fn browse(
    ctx: &Ctx,
    tx: &Tx,
    text: &str,
    order: String,
    window: Window,
) -> Result<(Vec<Room>, i64)> {
    let conditions = [
        "(NOT ?3 OR r.name_folded LIKE ?1 ESCAPE '\\' OR r.fname_folded LIKE ?1 ESCAPE '\\')",
        "NOT r.team_main",
        "r.prid IS NULL",
        "r.t IN ('c', 'p')",
        "((r.t = 'c' AND (r.team_id IS NULL OR r.team_id IN \
         (SELECT m.team_id FROM rooms m WHERE m.team_main AND (m.t = 'c' OR m.id IN \
         (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2))))) \
         OR r.id IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2))",
    ];
    let (filter, pattern) = (!text.trim().is_empty(), containing(text));
    let order = format!("r.featured DESC, {order}");
    RoomList::new(&conditions, order).page(ctx, tx, &vals![&pattern, ctx.uid(), filter], window).await
}

/// A page of the teams that the caller is in. Upstream: method `browseChannels`.
///
/// # Errors
/// The database's.
pub async fn browse_teams(
    ctx: &Ctx,
    tx: &Tx,
    text: &str,
    order: String,
    window: Window,
) -> Result<(Vec<(Room, i64)>, i64)> {
    let conditions = [
        "(NOT ?3 OR r.name_folded LIKE ?1 ESCAPE '\\' OR r.fname_folded LIKE ?1 ESCAPE '\\')",
        JOINED,
        "r.team_main",
    ];
    let (filter, pattern) = (!text.trim().is_empty(), containing(text));
    let order = format!("r.featured DESC, {order}");
    let (teams, total) =
        RoomList::new(&conditions, order).page(ctx, tx, &vals![&pattern, ctx.uid(), filter], window).await?;
    let mut counted = Vec::with_capacity(teams.len());
    for team in teams {
        let rooms = tx
            .query_opt(
                "SELECT COUNT(*) FROM rooms WHERE team_id = ?1 AND NOT team_main",
                &vals![team.team_id.as_deref()],
            )
            .await?;
        let count = rooms.map_or(Ok(0), |row| row.int(0))?;
        counted.push((team, count));
    }
    Ok((counted, total))
}
