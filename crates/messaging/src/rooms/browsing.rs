//! The directory: channels, teams and users of the workspace.
//! Upstream: `apps/meteor/server/methods/browseChannels.ts`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;
use gantry_store::vals;

use super::directory;
use super::lists::containing;

/// What somebody looks for in the directory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Browse {
    /// Part of the names.
    pub text: Option<String>,
    #[serde(rename = "type")]
    /// `channels`, `teams` or `users`; `channels` if absent.
    pub kind: Option<String>,
    /// Field to sort by.
    pub sort_by: Option<String>,
    /// `asc` or `desc`.
    pub sort_direction: Option<String>,
    /// Number of the page, from 0; not looked at when `offset` is given.
    pub page: Option<i64>,
    /// Entries to skip.
    pub offset: Option<i64>,
    /// Entries to return.
    pub limit: Option<i64>,
}

/// What the directory found.
#[derive(Debug, Serialize)]
pub struct Browsed {
    /// How many there are.
    pub total: i64,
    /// A page of them.
    pub results: Vec<Value>,
}

impl Browse {
    /// A page of what the caller may find; nothing if the wishes make no sense or the caller lacks a permission.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, ctx: &Ctx, tx: &Tx) -> Result<Option<Browsed>> {
        let text = self.text.as_deref().unwrap_or_default();
        let kind = self.kind.as_deref().unwrap_or("channels");
        let order = if kind == "users" { self.user_order() } else { self.room_order() };
        let (Some(order), window) = (order, self.window()) else { return Ok(None) };
        match kind {
            "channels" => channels(ctx, tx, text, order, window).await,
            "teams" => teams(ctx, tx, text, order, window).await,
            "users" => users(ctx, tx, text, &order, window).await,
            _ => Ok(None),
        }
    }

    fn window(&self) -> Window {
        let count = self.limit.filter(|limit| *limit > 0).unwrap_or(10).min(100);
        let offset =
            self.offset.filter(|offset| *offset > 0).unwrap_or(count.saturating_mul(self.page.unwrap_or(0)));
        Window { offset: offset.max(0), count }
    }

    /// The order of rooms; nothing for a column that they cannot be sorted by.
    fn room_order(&self) -> Option<String> {
        let column = match self.sort_by.as_deref().unwrap_or("name") {
            // Rooms have no such field: the order is that of names.
            "name" | "usernames" => "COALESCE(r.name, '')",
            "createdAt" => "r.ts",
            "usersCount" => "r.users_count",
            "lastMessage" => "COALESCE(r.lm, 0)",
            _ => return None,
        };
        Some(format!("{column} {}", self.direction()?))
    }

    fn user_order(&self) -> Option<String> {
        let column = match self.sort_by.as_deref().unwrap_or("name") {
            "name" => "COALESCE(u.name_folded, '')",
            // People have no number of users. By address would show the order of addresses to everybody.
            "username" | "email" | "bio" | "usersCount" => "u.username_folded",
            "createdAt" => "u.created_at",
            _ => return None,
        };
        Some(format!("{column} {}", self.direction()?))
    }

    fn direction(&self) -> Option<&'static str> {
        match self.sort_direction.as_deref().unwrap_or("asc") {
            "asc" => Some("ASC"),
            "desc" => Some("DESC"),
            _ => None,
        }
    }
}

async fn channels(ctx: &Ctx, tx: &Tx, text: &str, order: String, window: Window) -> Result<Option<Browsed>> {
    if !ctx.may("view-c-room") {
        return Ok(None);
    }
    let (rooms, total) = directory::browse(ctx, tx, text, order, window).await?;
    let mut results = Vec::with_capacity(rooms.len());
    for room in rooms {
        let team = match &room.team_id {
            Some(team) => crate::teams::rows::by_id(tx, team).await?.map(|team| team.name),
            None => None,
        };
        let mut value = serde_json::to_value(&room).map_err(Error::internal)?;
        if let (Some(team), Value::Object(object)) = (team, &mut value) {
            object.insert("belongsTo".to_owned(), team.into());
        }
        results.push(value);
    }
    Ok(Some(Browsed { total, results }))
}

async fn teams(ctx: &Ctx, tx: &Tx, text: &str, order: String, window: Window) -> Result<Option<Browsed>> {
    let (teams, total) = directory::browse_teams(ctx, tx, text, order, window).await?;
    let results = teams
        .into_iter()
        .map(|(room, count)| {
            let mut value = serde_json::to_value(&room).map_err(Error::internal)?;
            if let Value::Object(object) = &mut value {
                object.insert("roomsCount".to_owned(), count.into());
            }
            Ok(value)
        })
        .collect::<Result<_>>()?;
    Ok(Some(Browsed { total, results }))
}

async fn users(ctx: &Ctx, tx: &Tx, text: &str, order: &str, window: Window) -> Result<Option<Browsed>> {
    if !ctx.may("view-outside-room") || !ctx.may("view-d-room") {
        return Ok(None);
    }
    const FROM: &str =
        "FROM users u WHERE u.active AND u.username IS NOT NULL AND (NOT ?1 OR u.search LIKE ?2 ESCAPE '\\')";
    let (filter, pattern) = (!text.trim().is_empty(), containing(text));
    let values = vals![filter, &pattern];
    let total = tx.query_dyn(&format!("SELECT COUNT(*) {FROM}"), &values).await?;
    let mut all = values.to_vec();
    all.extend(vals![window.count, window.offset]);
    let found =
        tx.query_dyn(&format!("SELECT u.id {FROM} ORDER BY {order}, u.id LIMIT ?3 OFFSET ?4"), &all).await?;
    let ids = found.iter().map(|row| Ok(row.text(0)?)).collect::<Result<Vec<_>>>()?;
    let mut people = gantry_accounts::users::by_ids(tx, &ids).await?;
    people.sort_by_key(|user| ids.iter().position(|id| *id == user.id));
    let whole = ctx.may("view-full-other-user-info");
    let results = people.iter().map(|user| person(user, whole)).collect();
    Ok(Some(Browsed { total: total.first().map_or(Ok(0), |row| row.int(0))?, results }))
}

fn person(user: &User, whole: bool) -> Value {
    let mut value = json!({
        "_id": user.id,
        "username": user.username,
        "name": user.name,
        "nickname": user.nickname,
        "bio": user.bio,
        "createdAt": user.created_at,
        "avatarETag": user.avatar_etag,
        "emails": if whole { json!(user.emails) } else { Value::Null },
    });
    if let Value::Object(object) = &mut value {
        object.retain(|_, field| !field.is_null());
    }
    value
}
