//! A room as an archive: all messages of a time in one file, and the files that were uploaded with them.

use std::collections::BTreeMap;

use gantry_accounts::mail;
use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType};
use gantry_store::vals;
use tokio::sync::Semaphore;

use crate::exports::archive::Archive;
use crate::exports::asset;
use crate::exports::kept::{DAYS, keep};
use crate::exports::text::{self, Names, plain};

/// Messages that are read at a time.
const STEP: i64 = 500;

/// How messages are written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A page.
    Html,
    /// A JSON object per line.
    Json,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}

/// What goes into the archive.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The room.
    pub room: Room,
    /// How messages are written.
    pub format: Format,
    /// From this time on.
    pub from: Timestamp,
    /// Up to this time.
    pub to: Timestamp,
}

/// One archive is written at a time: each may have gigabytes.
static TURN: Semaphore = Semaphore::const_new(1);
/// Archives that are being written or wait for their turn.
static PLACES: Semaphore = Semaphore::const_new(20);

/// Begins to write the archive. When it is done, the caller gets a mail that says where it is.
///
/// # Errors
/// `error-server-busy` while many archives wait.
pub fn start(ctx: &Ctx, wanted: Wanted) -> Result<()> {
    let busy =
        || Error::new("error-server-busy", "Many rooms are being exported, try again").with_status(503);
    let place = PLACES.try_acquire().map_err(|_| busy())?;
    let ctx = ctx.clone();
    tokio::spawn(async move {
        let (_place, _turn) = (place, TURN.acquire().await);
        if let Err(error) = run(&ctx, &wanted).await {
            tracing::error!(%error, rid = wanted.room.id, "a room could not be exported");
        }
    });
    Ok(())
}

/// Writes the archive, keeps it and sends the mail; answers the archive's address.
///
/// # Errors
/// The database's, and 500 if a file cannot be written.
pub async fn run(ctx: &Ctx, wanted: &Wanted) -> Result<String> {
    let mut zip = Archive::new(ctx.files.spool().await?);
    zip.begin(&file_name(wanted)).await?;
    if wanted.format == Format::Html {
        zip.write(text::PAGE.as_bytes()).await?;
    }
    let mut names = Names::all();
    let mut uploads = BTreeMap::new();
    let mut at = (wanted.from.plus_millis(-1), "\u{10FFFF}".to_owned());
    loop {
        let messages = page_after(ctx, wanted, &at).await?;
        let Some(last) = messages.last() else { break };
        at = (last.ts, last.id.clone());
        for message in &messages {
            let line = match wanted.format {
                Format::Html => text::paragraph(message, &mut names),
                Format::Json => text::json_line(message, &mut names),
            };
            zip.write(line.as_bytes()).await?;
            uploads.extend(text::files(message).map(|file| (file.id.clone(), file.clone())));
        }
    }
    for file in uploads.values() {
        asset(ctx, &mut zip, &wanted.room.id, file).await?;
    }
    let archive = zip.finish().await?;
    let uid = ctx.uid().to_owned();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
    let day = ctx.now.to_iso();
    let owner = user.name.as_deref().or(user.username.as_deref()).unwrap_or(&user.id);
    let suffix = if wanted.format == Format::Json { "-data" } else { "" };
    let name = format!("{}-{owner}{suffix}.zip", day.get(..10).unwrap_or(&day));
    let address = keep(ctx, &user.id, &name, archive).await?;
    if let Some(email) = user.emails.iter().flatten().next() {
        let link = crate::pages::escape(&address);
        let text = format!(
            "<p>The export that you asked for is ready: <a href=\"{link}\">download it</a> within {DAYS} days.</p>"
        );
        ctx.events.publish(mail::page(ctx, &email.address, "Channel export", &text));
    }
    Ok(address)
}

async fn page_after(ctx: &Ctx, wanted: &Wanted, (ts, id): &(Timestamp, String)) -> Result<Vec<Message>> {
    let (rid, ts, id, to) = (wanted.room.id.clone(), *ts, id.clone(), wanted.to);
    ctx.read(async move |tx| {
        let rows = tx
            .query(
                "SELECT doc FROM messages WHERE rid = ?1 AND NOT hidden AND ts >= ?2 AND (ts > ?2 OR id > ?3) AND ts <= ?4 \
                 ORDER BY ts, id LIMIT ?5",
                &vals![&rid, ts.millis(), &id, to.millis(), STEP],
            )
            .await?;
        rows.iter().map(|row| serde_json::from_str(row.str(0)?).map_err(Error::internal)).collect()
    })
    .await
}

/// Name of the messages in the archive.
fn file_name(wanted: &Wanted) -> String {
    let room = &wanted.room;
    let named = room.name.as_ref().filter(|_| wanted.format == Format::Json && room.t != RoomType::Direct);
    format!("{}.{}", plain(named.unwrap_or(&room.id)), wanted.format.extension())
}
