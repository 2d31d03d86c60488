//! Reporting people, and closing reports.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_messaging::messages::send::Sender;
use gantry_messaging::messages::{delete, rows};
use gantry_store::vals;

/// Reports a person to the moderators.
///
/// # Errors
/// A sentence if there is no such person.
pub(super) async fn report_user(ctx: &Ctx, tx: &Tx, uid: &str, description: &str) -> Result<()> {
    let Some(reported) = users::by_id(tx, uid).await? else {
        return Err(Error::message("Invalid user id provided."));
    };
    let by = users::by_id(tx, ctx.uid()).await?.ok_or_else(Error::unauthenticated)?;
    let id = ctx.ids.id();
    let search = users::fold(
        &[reported.username.as_deref().unwrap_or_default(), reported.name.as_deref().unwrap_or_default()]
            .join("\n"),
    );
    let mut doc = json!({
        "_id": id,
        "description": description,
        "reportedBy": { "_id": by.id, "username": by.username, "name": by.name, "createdAt": by.created_at },
        "reportedUser": {
            "_id": reported.id, "username": reported.username, "name": reported.name,
            "emails": reported.emails, "createdAt": reported.created_at,
        },
        "ts": ctx.now,
        "_updatedAt": ctx.now,
    });
    for person in ["reportedBy", "reportedUser"] {
        if let Some(person) = doc[person].as_object_mut() {
            person.retain(|_, value| !value.is_null());
        }
    }
    tx.exec(
        "INSERT INTO moderation_reports (id, kind, ts, uid, reporter, hidden, search, search_text, doc) \
         VALUES (?1, 'user', ?2, ?3, ?4, FALSE, ?5, '', ?6)",
        &vals![&id, ctx.now.millis(), &reported.id, &by.id, &search, &doc.to_string()],
    )
    .await?;
    Ok(())
}

/// What a moderator decided about reports.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) reason: String,
    pub(super) action: String,
}

/// Which reports are closed.
#[derive(Clone, Debug)]
pub(super) enum Closing {
    /// Those of messages of a person.
    MessagesOf(String),
    /// Those of a message.
    Message(String),
    /// Those of a person.
    Person(String),
}

/// Closes reports: they leave the lists, and keep who closed them and why.
pub(super) async fn close(ctx: &Ctx, tx: &Tx, what: &Closing, outcome: &Outcome) -> Result<()> {
    let info = json!({
        "hiddenAt": ctx.now, "moderatedBy": ctx.uid(), "reason": outcome.reason, "action": outcome.action,
    })
    .to_string();
    match what {
        Closing::MessagesOf(uid) => {
            tx.exec(
                "UPDATE moderation_reports SET hidden = TRUE, outcome = ?2 WHERE kind = 'message' AND uid = ?1",
                &vals![uid, &info],
            )
            .await?
        }
        Closing::Message(mid) => {
            tx.exec(
                "UPDATE moderation_reports SET hidden = TRUE, outcome = ?2 WHERE mid = ?1",
                &vals![mid, &info],
            )
            .await?
        }
        Closing::Person(uid) => {
            tx.exec(
                "UPDATE moderation_reports SET hidden = TRUE, outcome = ?2 WHERE kind = 'user' AND uid = ?1",
                &vals![uid, &info],
            )
            .await?
        }
    };
    Ok(())
}

/// Whether there is an open report of that kind.
pub(super) async fn open(tx: &Tx, what: &Closing) -> Result<bool> {
    let found = match what {
        Closing::MessagesOf(uid) => {
            tx.query_opt(
                "SELECT 1 FROM moderation_reports WHERE kind = 'message' AND uid = ?1 AND NOT hidden LIMIT 1",
                &vals![uid],
            )
            .await?
        }
        Closing::Message(mid) => {
            tx.query_opt(
                "SELECT 1 FROM moderation_reports WHERE mid = ?1 AND NOT hidden LIMIT 1",
                &vals![mid],
            )
            .await?
        }
        Closing::Person(uid) => {
            tx.query_opt(
                "SELECT 1 FROM moderation_reports WHERE kind = 'user' AND uid = ?1 AND NOT hidden LIMIT 1",
                &vals![uid],
            )
            .await?
        }
    };
    Ok(found.is_some())
}

/// Deletes all reported messages of a person as the moderator, and closes their reports. Upstream deletes one
/// page of them and closes the reports of all; here what is closed is what was deleted.
///
/// # Errors
/// A sentence if nothing of theirs is reported.
pub(super) async fn delete_messages(ctx: &Ctx, tx: &Tx, uid: &str, outcome: &Outcome) -> Result<()> {
    let found = tx
        .query(
            "SELECT DISTINCT mid FROM moderation_reports WHERE kind = 'message' AND uid = ?1 AND NOT hidden \
             ORDER BY mid",
            &vals![uid],
        )
        .await?;
    if found.is_empty() {
        return Err(Error::message("No reported messages found for this user."));
    }
    let by = Sender::from(ctx.caller()?.as_ref());
    for row in &found {
        // The author may have deleted it since.
        if let Some(message) = rows::lock(tx, row.str(0)?).await?
            && message.t.as_deref() != Some("rm")
        {
            delete::delete(ctx, tx, message, &by).await?;
        }
    }
    close(ctx, tx, &Closing::MessagesOf(uid.to_owned()), outcome).await
}
