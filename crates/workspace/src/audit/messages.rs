//! Messages of rooms in which the auditor need not be.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::rooms::rows;
use gantry_protocol::RawJson;
use gantry_protocol::objects::Room;
use gantry_store::vals;

/// Messages that one answer holds at most: upstream has no limit, and no memory for a busy year either.
const MOST: usize = 10_000;

/// Messages that are looked at in one statement.
const STEP: i64 = 1000;

/// What an auditor asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) rid: Option<String>,
    pub(super) start_date: Timestamp,
    pub(super) end_date: Timestamp,
    /// Usernames: of the authors with the type `u`, of the members with the type `d`.
    pub(super) users: Option<Vec<String>>,
    /// Only messages with this in them, in any case.
    pub(super) msg: Option<String>,
    /// `u` for people, `d` for direct rooms, empty for the room `rid`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) visitor: Option<Value>,
    pub(super) agent: Option<Value>,
}

/// Where to look.
enum Place {
    Room(Box<Room>),
    Authors(Vec<String>),
}

async fn place(tx: &Tx, question: &Question) -> Result<Place> {
    let names = question.users.clone().unwrap_or_default();
    let kind = question.kind.as_deref().unwrap_or_default();
    if kind == "u" {
        let users = users::by_usernames(tx, &names).await?;
        return Ok(Place::Authors(users.into_iter().map(|user| user.id).collect()));
    }
    let room = match question.rid.as_deref().filter(|rid| !rid.is_empty()) {
        Some(rid) => rows::by_id(tx, rid).await?,
        None if kind == "d" => {
            let users = users::by_usernames(tx, &names).await?;
            let uids: Vec<String> = users.into_iter().map(|user| user.id).collect();
            rows::direct_of(tx, &uids).await?
        }
        None => None,
    };
    room.map(|room| Place::Room(Box::new(room))).ok_or_else(|| Error::code("Room doesn`t exist"))
}

/// The messages that the question is about, the oldest first, and what the log says of them.
pub(super) async fn find(tx: &Tx, question: &Question) -> Result<(Vec<RawJson>, Value)> {
    let place = place(tx, question).await?;
    let wanted = users::fold(question.msg.as_deref().unwrap_or_default().trim());
    let (mut after, end) = ((question.start_date.millis(), String::new()), question.end_date.millis());
    let mut found = Vec::new();
    loop {
        let rows = match &place {
            Place::Room(room) => {
                tx.query(
                    "SELECT doc, ts, id FROM messages WHERE rid = ?1 AND ts >= ?2 AND (ts > ?2 OR (ts = ?2 AND id > ?3 AND ?3 <> '')) \
                     AND ts < ?4 ORDER BY ts, id LIMIT ?5",
                    &vals![&room.id, after.0, &after.1, end, STEP],
                )
                .await?
            }
            Place::Authors(uids) => {
                tx.query(
                    "SELECT doc, ts, id FROM messages WHERE uid IN list(?1) \
                     AND (ts > ?2 OR (ts = ?2 AND id > ?3 AND ?3 <> '')) AND ts < ?4 ORDER BY ts, id LIMIT ?5",
                    &vals![uids, after.0, &after.1, end, STEP],
                )
                .await?
            }
        };
        let last = rows.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
        for mut row in rows {
            after = (row.int(1)?, row.text(2)?);
            let doc = row.take_text(0)?;
            if contains(&doc, &wanted)? {
                found.push(RawJson::from_text(doc).map_err(Error::internal)?);
            }
        }
        if last || found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    let (rids, room) = match place {
        Place::Room(room) => (json!([room.id]), json!(room.name)),
        Place::Authors(_) => (Value::Null, Value::Null),
    };
    let fields = json!({
        "msg": question.msg, "users": question.users, "rids": rids, "room": room,
        "startDate": question.start_date, "endDate": question.end_date, "type": question.kind,
        "visitor": question.visitor, "agent": question.agent,
    });
    Ok((found, fields))
}

fn contains(doc: &str, wanted: &str) -> Result<bool> {
    #[derive(Deserialize)]
    struct Text {
        #[serde(default)]
        msg: String,
    }
    if wanted.is_empty() {
        return Ok(true);
    }
    let text: Text = serde_json::from_str(doc).map_err(Error::internal)?;
    Ok(users::fold(&text.msg).contains(wanted))
}
