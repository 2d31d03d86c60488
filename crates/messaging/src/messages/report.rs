//! Reporting a message to the moderators.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_store::vals;

use super::{place, rows};

/// Reports a message. Upstream: `apps/meteor/server/lib/moderation/reportMessage.ts`.
///
/// # Errors
/// `error-invalid-description`, `error-invalid-message_id` (also for rooms that the caller may not read),
/// `error-invalid-user`.
pub async fn message(ctx: &Ctx, tx: &Tx, mid: &str, description: &str) -> Result<()> {
    if description.trim().is_empty() {
        return Err(Error::message("error-invalid-description"));
    }
    let unknown = || Error::message("error-invalid-message_id");
    let message = rows::by_id(tx, mid).await?.ok_or_else(unknown)?;
    let room = place::readable(ctx, tx, &message.rid).await?.ok_or_else(unknown)?.room;
    let user = users::by_id(tx, ctx.uid()).await?.ok_or_else(|| Error::message("error-invalid-user"))?;
    let id = ctx.ids.id();
    let (uid, rid) = (message.u.id.clone(), message.rid.clone());
    let text = users::fold(&message.msg);
    let search = users::fold(
        &[
            &message.msg,
            description,
            message.u.username.as_deref().unwrap_or_default(),
            message.u.name.as_deref().unwrap_or_default(),
        ]
        .join("\n"),
    );
    let mut about = json!({ "_id": room.id, "name": room.name, "t": room.t, "federated": room.federated, "fname": room.fname });
    if let Value::Object(fields) = &mut about {
        fields.retain(|_, value| !value.is_null());
    }
    let doc = json!({
        "_id": id,
        "message": message,
        "description": description,
        "ts": ctx.now,
        "reportedBy": { "_id": user.id, "username": user.username, "name": user.name, "createdAt": user.created_at },
        "room": about,
        "_updatedAt": ctx.now,
    });
    tx.exec(
        "INSERT INTO moderation_reports (id, kind, ts, uid, mid, rid, reporter, hidden, search, search_text, doc) \
         VALUES (?1, 'message', ?2, ?3, ?4, ?5, ?6, FALSE, ?7, ?8, ?9)",
        &vals![&id, ctx.now.millis(), &uid, mid, &rid, &user.id, &search, &text, &doc.to_string()],
    )
    .await?;
    Ok(())
}
