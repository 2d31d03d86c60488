//! Making the archives, one at a time.

use std::collections::{BTreeMap, HashSet};

use futures_util::StreamExt as _;
use gantry_accounts::mail::{self, Mail};
use gantry_accounts::users;
use gantry_kernel::files::unreadable;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{FileRef, Message, Subscription, User};
use gantry_store::vals;

use super::archive::Archive;
use super::rows::{self, Export};
use super::text::{self, Names};
use super::{ArchiveReady, Dropped, key};
use crate::files;
use crate::subscriptions::rows as subs;

/// Messages read at a time.
const BATCH: i64 = 500;

/// After this many milliseconds without a sign of whoever makes an archive, another node takes the request over.
const STALE: i64 = 60 * 60 * 1000;

/// Makes the archives that are asked for until none is left.
pub(super) async fn work_off(kernel: &Arc<Kernel>) -> Result<()> {
    loop {
        let now = kernel.clock.now();
        let stale = Timestamp::from_millis(now.millis() - STALE);
        let taken = kernel.db.write(async move |tx| rows::take(tx, now, stale).await).await?;
        let Some(export) = taken else { return Ok(()) };
        match make(kernel, &export).await {
            Ok(file_id) => {
                if let Err(error) = done(kernel, export, &file_id).await {
                    super::drop_bytes(kernel, &file_id).await;
                    return Err(error);
                }
            }
            Err(error) => {
                tracing::warn!(%error, export = export.id, "an archive could not be made");
                let (id, now) = (export.id, kernel.clock.now());
                kernel.db.write(async move |tx| rows::finish(tx, &id, "failed", None, now).await).await?;
            }
        }
    }
}

async fn done(kernel: &Arc<Kernel>, export: Export, file_id: &str) -> Result<()> {
    let site = kernel.settings.get(keys::Site_Url);
    let link = format!("{}{}", site.trim_end_matches('/'), super::endpoints::path(file_id));
    let file_id = file_id.to_owned();
    let mails = mail::is_configured(kernel);
    let now = kernel.clock.now();
    let write = async move |tx: &Tx| -> Result<()> {
        if !rows::finish(tx, &export.id, "completed", Some(&file_id), now).await? {
            // The user is gone meanwhile, or another node was quicker.
            tx.emit(Dropped(vec![file_id.clone()]));
            return Ok(());
        }
        tx.emit(ArchiveReady { uid: export.uid.clone(), file_id: file_id.clone() });
        let old = rows::delete_older(tx, &export).await?;
        if !old.is_empty() {
            tx.emit(Dropped(old));
        }
        let user = users::by_id(tx, &export.uid).await?;
        let address = user.and_then(|user| user.emails?.into_iter().next()).map(|email| email.address);
        if let Some(to) = address.filter(|_| mails) {
            let text = format!("The archive of your data that you asked for is ready:\n{link}");
            tx.emit(Mail { to, from: None, subject: "Your data is ready".to_owned(), text, html: None });
        }
        Ok(())
    };
    kernel.db.write(write).await
}

/// Writes the archive and stores it; answers its id.
async fn make(kernel: &Arc<Kernel>, export: &Export) -> Result<String> {
    let uid = export.uid.clone();
    let read = async move |tx: &Tx| -> Result<_> {
        Ok((users::by_id(tx, &uid).await?, subs::of_user(tx, &uid).await?))
    };
    let (user, rooms) = kernel.db.read(read).await?;
    let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
    let mut archive = Archive::new(kernel.files.spool().await?);
    about(&mut archive, export, &user).await?;
    if export.full {
        archive.begin("channels.json").await?;
        for room in &rooms {
            let name = room.name.as_str();
            let line = json!({ "roomId": room.rid, "roomName": name, "type": room.t });
            archive.write(format!("{line}\n").as_bytes()).await?;
        }
    }
    let mut names = Names::only(user.username.as_deref().unwrap_or_default());
    let mut taken = HashSet::new();
    for room in &rooms {
        go_on(kernel, export).await?;
        archive.begin(&file_name(export.full, room, &mut taken)).await?;
        let sent = messages(kernel, &mut archive, export, &room.rid, &mut names).await?;
        for file in sent.values() {
            go_on(kernel, export).await?;
            asset(&Ctx::internal(kernel), &mut archive, &room.rid, file).await?;
        }
    }
    let file_id = kernel.ids.id();
    kernel.files.put(&key(&file_id), archive.finish().await?).await?;
    Ok(file_id)
}

/// Says that the archive is still being made.
///
/// # Errors
/// If nobody waits for it any more.
async fn go_on(kernel: &Arc<Kernel>, export: &Export) -> Result<()> {
    let (id, now) = (export.id.clone(), kernel.clock.now());
    let write = async move |tx: &Tx| -> Result<bool> { rows::go_on(tx, &id, now).await };
    if kernel.db.write(write).await? {
        Ok(())
    } else {
        Err(Error::message("nobody waits for the archive any more"))
    }
}

/// What is known of the user besides messages.
async fn about(archive: &mut Archive, export: &Export, user: &User) -> Result<()> {
    let services = user.services.as_ref().and_then(Value::as_object);
    let known = json!({
        "username": user.username,
        "name": user.name,
        "statusText": user.status_text,
        "emails": user.emails.iter().flatten().map(|email| &email.address).collect::<Vec<_>>(),
        "roles": user.roles,
        "services": services.map(|services| services.keys().collect::<Vec<_>>()),
    });
    if export.full {
        archive.begin("user.json").await?;
        return archive.write(known.to_string().as_bytes()).await;
    }
    archive.begin("user.html").await?;
    let mut page = text::PAGE.to_owned();
    for (name, value) in known.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        let shown = match value {
            Value::Array(entries) => entries
                .iter()
                .map(|entry| format!("<br/>{}", text::escape(entry.as_str().unwrap_or_default())))
                .collect(),
            value => text::escape(value.as_str().unwrap_or_default()),
        };
        page.push_str(&format!("<p><strong>{name}</strong>:{shown}</p>\n"));
    }
    archive.write(page.as_bytes()).await
}

/// The name of a room's file: unique, and no path whatever the room is called.
fn file_name(full: bool, room: &Subscription, taken: &mut HashSet<String>) -> String {
    if !full {
        return format!("{}.html", room.rid);
    }
    let fit = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let name: String = room.name.chars().take(100).map(fit).collect();
    let name = if name.is_empty() || !taken.insert(name.to_lowercase()) { room.rid.clone() } else { name };
    format!("{name}.json")
}

/// Writes the messages of a room; answers the files that they show, by id.
async fn messages(
    kernel: &Arc<Kernel>,
    archive: &mut Archive,
    export: &Export,
    rid: &str,
    names: &mut Names,
) -> Result<BTreeMap<String, FileRef>> {
    let mut sent = BTreeMap::new();
    if !export.full {
        archive.write(text::PAGE.as_bytes()).await?;
    }
    let mut after = (0, String::new());
    loop {
        let (rid, (ts, id)) = (rid.to_owned(), after.clone());
        let read = async move |tx: &Tx| -> Result<Vec<Message>> {
            let rows = tx
                .query(
                    "SELECT doc FROM messages WHERE rid = ?1 AND (ts > ?2 OR (ts = ?2 AND id > ?3)) AND NOT hidden \
                     ORDER BY ts, id LIMIT ?4",
                    &vals![&rid, ts, &id, BATCH],
                )
                .await?;
            rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).collect()
        };
        let batch = kernel.db.read(read).await?;
        let Some(last) = batch.last() else { return Ok(sent) };
        go_on(kernel, export).await?;
        after = (last.ts.millis(), last.id.clone());
        for message in &batch {
            let line =
                if export.full { text::json_line(message, names) } else { text::paragraph(message, names) };
            archive.write(line.as_bytes()).await?;
            sent.extend(text::files(message).map(|file| (file.id.clone(), file.clone())));
        }
    }
}

/// Adds a file that a message of the room shows. One that is gone, or for which the archive has no room, is left
/// out.
pub(crate) async fn asset(ctx: &Ctx, archive: &mut Archive, rid: &str, wanted: &FileRef) -> Result<()> {
    let sought = wanted.id.clone();
    let found = ctx.read(async move |tx| files::rows::by_id(tx, &sought).await).await?;
    // A message can name any file; it takes along only those that people see in its own room.
    let shown = |file: &files::rows::Stored| {
        file.upload.rid == rid && !file.hidden && file.upload.expires_at.is_none()
    };
    let Some(file) = found.filter(shown) else { return Ok(()) };
    let Some(size) = ctx.files.size(&file.key).await? else { return Ok(()) };
    if !archive.has_room_for(size) {
        tracing::warn!(id = wanted.id, size, "a file is too large for its archive");
        return Ok(());
    }
    let mut bytes = ctx.files.read(&file.key, 0..size).await?;
    archive.begin(&text::asset_path(wanted)).await?;
    while let Some(piece) = bytes.next().await {
        archive.write(&piece.map_err(unreadable)?).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_unique_and_no_paths() {
        let mut taken = HashSet::new();
        let room = |rid: &str, name: &str| Subscription {
            rid: rid.into(),
            name: name.into(),
            ..Subscription::default()
        };
        assert_eq!(file_name(true, &room("r1", "../../etc"), &mut taken), "______etc.json");
        assert_eq!(file_name(true, &room("r2", "General"), &mut taken), "General.json");
        assert_eq!(file_name(true, &room("r3", "general"), &mut taken), "r3.json");
        assert_eq!(file_name(false, &room("r3", "general"), &mut taken), "r3.html");
    }
}
