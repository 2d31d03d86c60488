//! Who has which keys.

use gantry_kernel::prelude::*;
use gantry_messaging::events::SubscriptionsChanged;
use gantry_messaging::subscriptions::rows;
pub(super) use gantry_messaging::subscriptions::rows::lock;
use gantry_protocol::objects::Subscription;
use gantry_store::vals;

/// Somebody for whom a room's key can be encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct Reader {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) public_key: String,
}

/// Notes a person's public key, or that there is none.
pub(super) async fn set_public_key(tx: &Tx, uid: &str, key: Option<&str>) -> Result<()> {
    match key {
        Some(key) => {
            tx.exec(
                "INSERT INTO e2e_users (uid, public_key) VALUES (?1, ?2) \
                 ON CONFLICT (uid) DO UPDATE SET public_key = excluded.public_key",
                &vals![uid, key],
            )
            .await?
        }
        None => tx.exec("DELETE FROM e2e_users WHERE uid = ?1", &vals![uid]).await?,
    };
    Ok(())
}

/// A user is removed.
pub(super) async fn forget_user(tx: &Tx, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM e2e_users WHERE uid = ?1", &vals![uid]).await?;
    tx.exec("DELETE FROM e2e_subscriptions WHERE uid = ?1", &vals![uid]).await?;
    Ok(())
}

/// Stores the keys of a subscription.
pub(super) async fn save(ctx: &Ctx, tx: &Tx, sub: &Subscription) -> Result<()> {
    rows::update_doc(tx, sub, ctx.now).await?;
    let (held, suggested) = (sub.e2e_key.is_some(), sub.e2e_suggested_key.is_some());
    if held || suggested {
        tx.exec(
            "INSERT INTO e2e_subscriptions (sub_id, rid, uid, held, suggested) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (sub_id) DO UPDATE SET held = excluded.held, suggested = excluded.suggested",
            &vals![&sub.id, &sub.rid, &sub.u.id, held, suggested],
        )
        .await?;
    } else {
        tx.exec("DELETE FROM e2e_subscriptions WHERE sub_id = ?1", &vals![&sub.id]).await?;
    }
    tx.emit(SubscriptionsChanged { rid: sub.rid.clone(), uids: vec![sub.u.id.clone()] });
    Ok(())
}

fn readers(rows: &[Row]) -> Result<Vec<Reader>> {
    rows.iter().map(|row| Ok(Reader { id: row.text(0)?, public_key: row.text(1)? })).collect()
}

/// Members who could read with the room's key and do not hold it.
pub(super) async fn without_key(tx: &Tx, rid: &str) -> Result<Vec<Reader>> {
    let rows = tx
        .query(
            "SELECT s.uid, u.public_key FROM subscriptions s JOIN e2e_users u ON u.uid = s.uid WHERE s.rid = ?1 \
             AND NOT EXISTS (SELECT 1 FROM e2e_subscriptions e WHERE e.sub_id = s.id AND e.held) \
             ORDER BY s.ts, s.id",
            &vals![rid],
        )
        .await?;
    readers(&rows)
}

/// As [`without_key`], and nobody has offered it to them either: at most 50, not `but`.
pub(super) async fn waiting(tx: &Tx, rid: &str, but: &str) -> Result<Vec<Reader>> {
    let rows = tx
        .query(
            "SELECT s.uid, u.public_key FROM subscriptions s JOIN e2e_users u ON u.uid = s.uid WHERE s.rid = ?1 \
             AND s.uid <> ?2 AND NOT EXISTS (SELECT 1 FROM e2e_subscriptions e WHERE e.sub_id = s.id) \
             ORDER BY s.ts, s.id LIMIT 50",
            &vals![rid, but],
        )
        .await?;
    readers(&rows)
}

/// Rooms of a user whose key they do not hold. `encrypted`: only those in which encryption is on.
pub(super) async fn rooms_without_key(tx: &Tx, uid: &str, encrypted: bool) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "SELECT s.rid FROM subscriptions s JOIN rooms r ON r.id = s.rid WHERE s.uid = ?1 \
             AND (r.encrypted OR NOT ?2) \
             AND NOT EXISTS (SELECT 1 FROM e2e_subscriptions e WHERE e.sub_id = s.id AND e.held) ORDER BY s.rid",
            &vals![uid, encrypted],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Members who hold the room's key or were offered it.
pub(super) async fn holders(tx: &Tx, rid: &str) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "SELECT e.uid FROM e2e_subscriptions e JOIN subscriptions s ON s.id = e.sub_id WHERE e.rid = ?1 \
             ORDER BY s.ts, e.uid",
            &vals![rid],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Rooms of which a user holds the key or was offered it.
pub(super) async fn rooms_of(tx: &Tx, uid: &str) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "SELECT e.rid FROM e2e_subscriptions e JOIN subscriptions s ON s.id = e.sub_id WHERE e.uid = ?1 \
             ORDER BY e.rid",
            &vals![uid],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}
