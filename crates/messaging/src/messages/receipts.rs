//! Read receipts: who has read a message, and when.
//!
//! What is stored is that somebody read a room (or a thread) up to a time, once each time there was something
//! new for them; the receipts of a message are derived from that. So the work of reading does not grow with the
//! number of messages that were read.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, UserRef};
use gantry_store::vals;

/// One person who has read a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Id of the receipt.
    #[serde(rename = "_id")]
    pub id: String,
    /// Room.
    pub room_id: String,
    /// Who.
    pub user_id: String,
    /// What.
    pub message_id: String,
    /// When.
    pub ts: Timestamp,
    /// Who, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRef>,
}

/// Whether the workspace stores who read what.
pub fn stored(ctx: &Ctx) -> bool {
    ctx.settings.get(keys::Message_Read_Receipt_Enabled)
        && ctx.settings.get(keys::Message_Read_Receipt_Store_Users)
}

/// Somebody has read a room, or with `tmid` a thread, up to now.
///
/// # Errors
/// The database's.
pub async fn read(ctx: &Ctx, tx: &Tx, rid: &str, tmid: &str, uid: &str) -> Result<()> {
    if !stored(ctx) {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO message_reads (rid, tmid, uid, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        &vals![rid, tmid, uid, ctx.now.millis()],
    )
    .await?;
    Ok(())
}

/// Who has read a message, its author first.
///
/// # Errors
/// The database's.
pub async fn of(ctx: &Ctx, tx: &Tx, message: &Message) -> Result<Vec<Receipt>> {
    if !stored(ctx) {
        return Ok(Vec::new());
    }
    let only_in_thread = message.tmid.as_deref().filter(|_| message.tshow != Some(true)).unwrap_or_default();
    let rows = tx
        .query(
            "SELECT uid, MIN(at) FROM message_reads WHERE rid = ?1 AND tmid = ?2 AND at >= ?3 AND uid <> ?4 \
             GROUP BY uid ORDER BY MIN(at), uid",
            &vals![&message.rid, only_in_thread, message.ts.millis(), &message.u.id],
        )
        .await?;
    let mut reads = vec![(message.u.id.clone(), message.ts)];
    for row in &rows {
        reads.push((row.text(0)?, Timestamp::from_millis(row.int(1)?)));
    }
    let uids: Vec<String> = reads.iter().map(|(uid, _)| uid.clone()).collect();
    let people = users::by_ids(tx, &uids).await?;
    let receipt = |(uid, ts): (String, Timestamp)| {
        let user = people.iter().find(|user| user.id == uid).map(|user| UserRef {
            id: user.id.clone(),
            username: user.username.clone(),
            name: user.name.clone(),
            ..UserRef::default()
        });
        let (room_id, message_id) = (message.rid.clone(), message.id.clone());
        Receipt { id: format!("{message_id}{uid}"), room_id, user_id: uid, message_id, ts, user }
    };
    Ok(reads.into_iter().map(receipt).collect())
}
