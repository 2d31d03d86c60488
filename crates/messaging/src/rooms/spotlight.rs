//! Quick search of people and rooms, while somebody types a name.
//! Upstream: `apps/meteor/server/lib/spotlight.js`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType};
use gantry_store::vals;

use super::lists::{RoomList, containing};
use super::rows;
use crate::access::can_access;
use crate::teams;

/// Most rooms of one answer.
const MOST_ROOMS: i64 = 5;

/// Where somebody in `?3` is looked for.
#[derive(Clone, Copy)]
enum Among {
    /// The members of a room.
    MembersOf,
    /// Those with whom a user has a direct room.
    PartnersOf,
    /// All users.
    Everybody,
}

impl Among {
    const fn condition(self) -> &'static str {
        match self {
            Self::MembersOf => "u.id IN (SELECT s.uid FROM subscriptions s WHERE s.rid = ?3)",
            Self::PartnersOf => {
                "u.id IN (SELECT other.uid FROM subscriptions own JOIN rooms r ON r.id = own.rid AND r.t = 'd' \
                 JOIN subscriptions other ON other.rid = own.rid WHERE own.uid = ?3 AND other.uid <> ?3)"
            }
            Self::Everybody => "?3 = ''",
        }
    }
}

/// Somebody, or a team, as pickers of names show them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    #[serde(rename = "_id")]
    id: String,
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_text: Option<String>,
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    avatar_etag: Option<String>,
    /// Not a member of the room that the search is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<bool>,
    /// It is a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_team: Option<bool>,
    /// 0 for public teams, 1 for private ones.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<i64>,
}

/// A room as the search shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundRoom {
    #[serde(rename = "_id")]
    id: String,
    t: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_main: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join_code_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message: Option<Box<Message>>,
}

/// What the search is to look for.
#[derive(Clone, Debug)]
pub struct Spotlight {
    /// Part of a name; `#` before it leaves people out, `@` rooms.
    text: String,
    /// Usernames that are shown already.
    known: Vec<String>,
    users: bool,
    rooms: bool,
    /// Teams too, for mentions.
    mentions: bool,
    /// The room in which somebody types.
    rid: Option<String>,
}

/// People and rooms.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Spotted {
    users: Vec<Found>,
    rooms: Vec<FoundRoom>,
}

impl Spotlight {
    /// A search for people and rooms.
    pub fn new(text: &str) -> Self {
        let (users, rooms) = (!text.starts_with('#'), !text.starts_with('@'));
        let text = text.strip_prefix(['#', '@']).unwrap_or(text).trim().to_owned();
        Self { text, known: Vec::new(), users, rooms, mentions: false, rid: None }
    }

    /// Leaves out people who are shown already.
    #[must_use]
    pub fn without(mut self, usernames: Vec<String>) -> Self {
        self.known = usernames;
        self
    }

    /// Looks only for these.
    #[must_use]
    pub fn only(mut self, users: bool, rooms: bool, mentions: bool) -> Self {
        self.users &= users;
        self.rooms &= rooms;
        self.mentions = mentions;
        self
    }

    /// Puts the members of a room first.
    #[must_use]
    pub fn in_room(mut self, rid: Option<String>) -> Self {
        self.rid = rid.filter(|rid| !rid.is_empty());
        self
    }

    /// What the caller may find.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, ctx: &Ctx, tx: &Tx) -> Result<Spotted> {
        Ok(Spotted {
            users: if self.users { self.people(ctx, tx).await? } else { Vec::new() },
            rooms: if self.rooms { self.rooms(ctx, tx).await? } else { Vec::new() },
        })
    }

    async fn people(&self, ctx: &Ctx, tx: &Tx) -> Result<Vec<Found>> {
        if ctx.caller.is_none() {
            return Ok(Vec::new());
        }
        let room = match &self.rid {
            Some(rid) => match rows::by_id(tx, rid).await? {
                Some(room) => Some(room),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let outsiders = ctx.may("view-outside-room") && ctx.may("view-d-room");
        // Who is in a room is for those to know who may see the room.
        let room = match room {
            Some(room) if can_access(ctx, tx, &room).await? => Some(room),
            _ => None,
        };
        let mut list = People::new(ctx, &self.known);
        self.exact(tx, room.as_ref(), outsiders, &mut list).await?;
        if let Some(room) = &room {
            let skip_self = room.t == RoomType::Direct;
            let own = skip_self.then(|| ctx.caller().map(|caller| caller.username.clone())).transpose()?;
            list.add(tx, &self.text, (Among::MembersOf, &room.id), own, false).await?;
        }
        if room.is_some() || !outsiders {
            list.add(tx, &self.text, (Among::PartnersOf, ctx.uid()), None, true).await?;
        }
        if outsiders {
            list.add(tx, &self.text, (Among::Everybody, ""), None, true).await?;
        }
        if self.mentions
            && !ctx
                .settings
                .value("Troubleshoot_Disable_Teams_Mention")
                .is_some_and(|off| *off == json!(true))
        {
            let teams = teams::rows::beginning_with(tx, &self.text, ctx.uid(), list.room_for()).await?;
            list.found.extend(teams.into_iter().map(team));
        }
        Ok(list.found)
    }

    /// Whoever goes by exactly the text comes first.
    async fn exact(&self, tx: &Tx, room: Option<&Room>, outsiders: bool, list: &mut People) -> Result<()> {
        let Some(user) = users::by_username(tx, &self.text).await?.filter(|user| user.active) else {
            return Ok(());
        };
        let inside = match room {
            Some(room) => crate::subscriptions::rows::exists(tx, &room.id, &user.id).await?,
            None => false,
        };
        let username = user.username.clone().unwrap_or_default();
        if (inside || outsiders) && !list.known.contains(&rows::fold(&username)) {
            list.known.push(rows::fold(&username));
            list.found.push(Found {
                id: user.id,
                username: Some(username),
                name: user.name,
                nickname: user.nickname,
                status: user.status.unwrap_or_default().to_string(),
                status_text: user.status_text,
                avatar_etag: user.avatar_etag,
                outside: (!inside).then_some(true),
                is_team: None,
                kind: None,
            });
        }
        Ok(())
    }

    async fn rooms(&self, ctx: &Ctx, tx: &Tx) -> Result<Vec<FoundRoom>> {
        const NAMED: &str = "(r.name_folded LIKE ?1 ESCAPE '\\' OR r.fname_folded LIKE ?1 ESCAPE '\\')";
        let strangers: &[&str] = if ctx.caller.is_some() {
            if !ctx.may("view-outside-room") || !ctx.may("view-c-room") {
                return Ok(Vec::new());
            }
            &[
                "r.t = 'c'",
                NAMED,
                "(r.team_id IS NULL OR r.team_main)",
                "r.id NOT IN (SELECT s.rid FROM subscriptions s WHERE s.uid = ?2)",
            ]
        } else {
            if !ctx.settings.get(keys::Accounts_AllowAnonymousRead) {
                return Ok(Vec::new());
            }
            &["r.t = 'c'", NAMED, "(r.team_id IS NULL OR r.team_main)", "NOT r.is_default AND ?2 = ''"]
        };
        let list = RoomList::new(strangers, "COALESCE(r.name, '') ASC".to_owned());
        let pattern = containing(&self.text);
        let window = Window { offset: 0, count: MOST_ROOMS };
        let (rooms, _) = list.page(ctx, tx, &vals![&pattern, ctx.uid()], window).await?;
        let preview = ctx.may("preview-c-room") || !ctx.settings.get(keys::Store_Last_Message);
        Ok(rooms.into_iter().map(|room| found_room(room, preview)).collect())
    }
}

fn found_room(room: Room, preview: bool) -> FoundRoom {
    FoundRoom {
        id: room.id,
        t: room.t,
        name: room.name,
        fname: room.fname,
        team_main: room.team_main,
        join_code_required: room.join_code_required,
        prid: room.prid,
        last_message: room.last_message.filter(|_| preview),
    }
}

fn team(team: teams::rows::Team) -> Found {
    Found {
        id: team.id,
        username: Some(team.name.clone()),
        name: Some(team.name),
        nickname: None,
        status: "online".to_owned(),
        status_text: None,
        avatar_etag: None,
        outside: None,
        is_team: Some(true),
        kind: Some(i64::from(team.private)),
    }
}

/// The people found so far.
struct People {
    found: Vec<Found>,
    /// Folded usernames that are not looked for any more.
    known: Vec<String>,
    limit: i64,
    order: &'static str,
}

impl People {
    fn new(ctx: &Ctx, known: &[String]) -> Self {
        let by_name = ctx.settings.get(keys::UI_Use_Real_Name);
        Self {
            found: Vec::new(),
            known: known.iter().map(|name| rows::fold(name)).collect(),
            limit: ctx.settings.get(keys::Number_of_users_autocomplete_suggestions).clamp(0, 100),
            order: if by_name { "COALESCE(u.name_folded, '')" } else { "u.username_folded" },
        }
    }

    /// How many more there may be.
    fn room_for(&self) -> i64 {
        (self.limit - i64::try_from(self.found.len()).unwrap_or(i64::MAX)).max(0)
    }

    async fn add(
        &mut self,
        tx: &Tx,
        text: &str,
        (among, scope): (Among, &str),
        without: Option<String>,
        outside: bool,
    ) -> Result<()> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Extra {
            nickname: Option<String>,
        }
        let limit = self.room_for();
        if limit == 0 {
            return Ok(());
        }
        let mut known = self.known.clone();
        known.extend(without.map(|name| rows::fold(&name)));
        let sql = format!(
            "SELECT u.id, u.username, u.name, u.status, u.status_text, u.avatar_etag, u.doc FROM users u \
             WHERE u.active AND u.username IS NOT NULL AND u.username_folded NOT IN list(?1) \
             AND u.search LIKE ?2 ESCAPE '\\' AND {} ORDER BY {}, u.id LIMIT ?4",
            among.condition(),
            self.order
        );
        let pattern = containing(text);
        for row in tx.query_dyn(&sql, &vals![known.as_slice(), &pattern, scope, limit]).await? {
            let extra: Extra = serde_json::from_str(row.str(6)?).map_err(Error::internal)?;
            let username = row.opt_text(1)?;
            self.known.extend(username.as_deref().map(rows::fold));
            self.found.push(Found {
                id: row.text(0)?,
                username,
                name: row.opt_text(2)?,
                nickname: extra.nickname,
                status: row.text(3)?,
                status_text: row.opt_text(4)?,
                avatar_etag: row.opt_text(5)?,
                outside: outside.then_some(true),
                is_team: None,
                kind: None,
            });
        }
        Ok(())
    }
}
