//! An event, and how it is stored.

use gantry_kernel::prelude::*;
use gantry_store::vals;
use serde_json::Number;

const MINUTE: i64 = 60_000;

/// Minutes before the start at which people are reminded who did not say when.
const DEFAULT_REMINDER: i64 = 5;

/// An event of one user's calendar, as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) uid: String,
    pub(super) start_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<Timestamp>,
    pub(super) subject: String,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reminder_minutes_before_start: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reminder_time: Option<Timestamp>,
    pub(super) notification_sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) busy: Option<bool>,
    /// What the user wanted to look like before the event began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_status: Option<String>,
    #[serde(rename = "_updatedAt")]
    pub(super) updated_at: Timestamp,
}

/// What a client says of an event.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) external_id: Option<String>,
    pub(super) subject: String,
    pub(super) description: String,
    pub(super) meeting_url: Option<String>,
    pub(super) reminder: Option<Number>,
    pub(super) busy: Option<bool>,
}

/// `minutes` before `start`; `None` for no minutes.
fn before(start: Timestamp, minutes: &Number) -> Option<Timestamp> {
    let minutes = minutes.as_f64()?.trunc();
    // Thousands of years are enough.
    let minutes = if minutes.abs() < 1e10 { minutes as i64 } else { return None };
    (minutes != 0).then(|| start.plus_millis(-minutes * MINUTE))
}

impl Event {
    fn new(id: String, uid: &str, wish: Wish, now: Timestamp) -> Self {
        Self {
            id,
            uid: uid.to_owned(),
            start_time: wish.start,
            end_time: wish.end,
            subject: wish.subject,
            description: wish.description,
            external_id: wish.external_id,
            meeting_url: wish.meeting_url,
            reminder_time: wish.reminder.as_ref().and_then(|minutes| before(wish.start, minutes)),
            reminder_minutes_before_start: wish.reminder,
            notification_sent: false,
            busy: wish.busy,
            previous_status: None,
            updated_at: now,
        }
    }

    /// What was said anew holds; the rest stays. Who was reminded already is reminded again if the reminder
    /// moved ahead of now.
    fn take(&mut self, wish: Wish, now: Timestamp) {
        self.start_time = wish.start;
        self.subject = wish.subject;
        self.description = wish.description;
        self.end_time = wish.end.or(self.end_time);
        self.meeting_url = wish.meeting_url.or(self.meeting_url.take());
        self.busy = wish.busy.or(self.busy);
        self.external_id = wish.external_id.or(self.external_id.take());
        let minutes = wish.reminder.filter(|minutes| minutes.as_f64() != Some(0.0));
        self.reminder_minutes_before_start = minutes.or(self.reminder_minutes_before_start.take());
        let reminder = self.reminder_minutes_before_start.as_ref();
        let time = reminder.and_then(|minutes| before(self.start_time, minutes));
        if time.is_some_and(|time| self.reminder_time != Some(time) && time > now) {
            self.notification_sent = false;
        }
        self.reminder_time = time;
        self.updated_at = now;
    }

    /// Whether the user is busy for it.
    fn is_busy(&self) -> bool {
        self.busy != Some(false)
    }

    /// Whether it goes on and makes busy.
    pub(super) fn keeps_busy(&self, now: Timestamp) -> bool {
        self.is_busy() && self.start_time <= now && self.end_time.is_some_and(|end| end > now)
    }
}

fn read(row: &Row) -> Result<Event> {
    serde_json::from_str(row.str(0)?).map_err(Error::internal)
}

/// Writes an event; `entered` says whether the user was made busy for it.
pub(super) async fn save(tx: &Tx, event: &Event, entered: bool) -> Result<()> {
    let doc = serde_json::to_string(event).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO calendar_events (id, uid, starts_at, ends_at, external_id, remind_at, reminded, busy, entered, \
         doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE SET \
         starts_at = excluded.starts_at, ends_at = excluded.ends_at, external_id = excluded.external_id, \
         remind_at = excluded.remind_at, reminded = excluded.reminded, busy = excluded.busy, \
         entered = excluded.entered, doc = excluded.doc",
        &vals![
            &event.id,
            &event.uid,
            event.start_time.millis(),
            event.end_time.map(Timestamp::millis),
            event.external_id.as_deref(),
            event.reminder_time.map(Timestamp::millis),
            event.notification_sent,
            event.is_busy(),
            entered,
            &doc,
        ],
    )
    .await?;
    Ok(())
}

/// An event that nobody else changes until the transaction ends.
pub(super) struct Held {
    pub(super) event: Event,
    /// Whether its user was made busy for it.
    pub(super) entered: bool,
}

/// The event of that id, held still.
pub(super) async fn lock(tx: &Tx, id: &str) -> Result<Option<Held>> {
    let row =
        tx.query_opt("SELECT doc, entered FROM calendar_events WHERE id = ?1 FOR UPDATE", &vals![id]).await?;
    row.map(|row| Ok(Held { event: read(&row)?, entered: row.bool(1)? })).transpose()
}

/// The event of that id, held still, if it is the caller's.
async fn lock_own(ctx: &Ctx, tx: &Tx, id: &str) -> Result<Option<Held>> {
    Ok(lock(tx, id).await?.filter(|held| held.event.uid == ctx.uid()))
}

/// Adds an event to the caller's calendar.
pub(super) async fn create(ctx: &Ctx, tx: &Tx, mut wish: Wish) -> Result<String> {
    wish.reminder.get_or_insert(Number::from(DEFAULT_REMINDER));
    // Only events that are imported have an id elsewhere.
    wish.external_id = None;
    let event = Event::new(ctx.ids.id(), ctx.uid(), wish, ctx.now);
    save(tx, &event, false).await?;
    Ok(event.id)
}

/// Brings an event from another calendar into the caller's, or up to date there.
pub(super) async fn import(ctx: &Ctx, tx: &Tx, wish: Wish) -> Result<String> {
    let row = tx
        .query_opt(
            "SELECT id FROM calendar_events WHERE uid = ?1 AND external_id = ?2 ORDER BY starts_at, id LIMIT 1",
            &vals![ctx.uid(), wish.external_id.as_deref()],
        )
        .await?;
    if let Some(id) = row.map(|row| row.text(0)).transpose()?
        && update(ctx, tx, &id, wish.clone()).await?
    {
        return Ok(id);
    }
    let event = Event::new(ctx.ids.id(), ctx.uid(), wish, ctx.now);
    save(tx, &event, false).await?;
    Ok(event.id)
}

/// Changes an event of the caller. Answers whether there is one.
pub(super) async fn update(ctx: &Ctx, tx: &Tx, id: &str, wish: Wish) -> Result<bool> {
    let Some(Held { mut event, entered }) = lock_own(ctx, tx, id).await? else { return Ok(false) };
    event.take(wish, ctx.now);
    save(tx, &event, entered).await?;
    Ok(true)
}

/// Removes an event of the caller. Answers it as it was.
pub(super) async fn remove(ctx: &Ctx, tx: &Tx, id: &str) -> Result<Option<Held>> {
    let Some(held) = lock_own(ctx, tx, id).await? else { return Ok(None) };
    tx.exec("DELETE FROM calendar_events WHERE id = ?1", &vals![id]).await?;
    Ok(Some(held))
}

/// An event, if it is that user's.
pub(super) async fn own(tx: &Tx, id: &str, uid: &str) -> Result<Option<Event>> {
    let row =
        tx.query_opt("SELECT doc FROM calendar_events WHERE id = ?1 AND uid = ?2", &vals![id, uid]).await?;
    row.as_ref().map(read).transpose()
}

/// A user's events that begin between two times, in their order.
pub(super) async fn between(tx: &Tx, uid: &str, from: Timestamp, until: Timestamp) -> Result<Vec<Event>> {
    let rows = tx
        .query(
            "SELECT doc FROM calendar_events WHERE uid = ?1 AND starts_at >= ?2 AND starts_at < ?3 \
             ORDER BY starts_at, id",
            &vals![uid, from.millis(), until.millis()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Events whose users should have been reminded until `until`, and were not.
pub(super) async fn due(tx: &Tx, until: Timestamp) -> Result<Vec<Event>> {
    let rows = tx
        .query(
            "SELECT doc FROM calendar_events WHERE reminded = FALSE AND remind_at < ?1 \
             ORDER BY remind_at, id LIMIT 1000",
            &vals![until.millis()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Events that go on and make busy, whose users do not show it.
pub(super) async fn begun(tx: &Tx, now: Timestamp) -> Result<Vec<Event>> {
    let rows = tx
        .query(
            "SELECT doc FROM calendar_events WHERE starts_at <= ?1 AND ends_at > ?1 AND busy AND NOT entered \
             ORDER BY starts_at, id LIMIT 1000",
            &vals![now.millis()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Events for which users show as busy although they are over, lie ahead again or make busy no more.
pub(super) async fn over(tx: &Tx, now: Timestamp) -> Result<Vec<Event>> {
    let rows = tx
        .query(
            "SELECT doc FROM calendar_events WHERE entered AND (ends_at <= ?1 OR starts_at > ?1 OR NOT busy) \
             ORDER BY ends_at, id LIMIT 1000",
            &vals![now.millis()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Another event for which a user shows as busy.
pub(super) async fn other_entered(tx: &Tx, event: &Event) -> Result<Option<Event>> {
    let row = tx
        .query_opt(
            "SELECT doc FROM calendar_events WHERE uid = ?1 AND id <> ?2 AND entered ORDER BY starts_at, id LIMIT 1",
            &vals![&event.uid, &event.id],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// Removes everything of a user.
pub(crate) async fn forget_user(tx: &Tx, uid: &str) -> Result<()> {
    tx.exec("DELETE FROM calendar_events WHERE uid = ?1", &vals![uid]).await?;
    Ok(())
}

/// Writes down that the user was reminded.
pub(super) async fn mark_reminded(tx: &Tx, event: &Event) -> Result<()> {
    let doc = serde_json::to_string(event).map_err(Error::internal)?;
    tx.exec("UPDATE calendar_events SET reminded = TRUE, doc = ?2 WHERE id = ?1", &vals![&event.id, &doc])
        .await?;
    Ok(())
}

/// Writes down that the user shows as busy for it no more.
pub(super) async fn mark_left(tx: &Tx, event: &Event) -> Result<()> {
    let doc = serde_json::to_string(event).map_err(Error::internal)?;
    tx.exec("UPDATE calendar_events SET entered = FALSE, doc = ?2 WHERE id = ?1", &vals![&event.id, &doc])
        .await?;
    Ok(())
}
