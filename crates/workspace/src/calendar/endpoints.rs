//! Calendars over REST. Upstream: `apps/meteor/app/api/server/v1/calendar.ts`.

use gantry_kernel::prelude::*;
use serde_json::Number;

use super::event::{self, Event, Wish};
use super::{busy, meeting};

const TAG: &str = "calendar";

const DAY: i64 = 24 * 60 * 60 * 1000;

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<List>()
        .endpoint::<Info>()
        .endpoint::<Create>()
        .endpoint::<Import>()
        .endpoint::<Update>()
        .endpoint::<Delete>();
}

/// # Errors
/// In JavaScript's words, for what is no time.
fn time(text: &str) -> Result<Timestamp> {
    Timestamp::parse_iso(text).ok_or_else(|| Error::message("Invalid time value"))
}

fn optional_time(text: Option<&String>) -> Result<Option<Timestamp>> {
    text.filter(|text| !text.is_empty()).map(|text| time(text)).transpose()
}

fn no_event() -> Error {
    Error::message("invalid-calendar-event")
}

/// Lists what begins on one day of the caller's calendar.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// The day, as an ISO date; with a time, everything until 24 hours after it.
    date: String,
}

/// Events in their order.
#[derive(Serialize, JsonSchema)]
struct ListReply {
    data: Vec<Event>,
}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("calendar-events.list", TAG).rate(3, 1000);
    type Guard = LoggedIn;
    type Reply = ListReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<ListReply> {
        let date = time(&self.date)?;
        let (from, until) =
            (Timestamp::from_millis(date.millis().div_euclid(DAY) * DAY), date.plus_millis(DAY));
        let data = ctx.read(async move |tx| event::between(tx, &caller.uid, from, until).await).await?;
        Ok(ListReply { data })
    }
}

/// Shows an event of the caller's calendar.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Info {
    /// The event.
    id: String,
}

/// An event.
#[derive(Serialize, JsonSchema)]
struct InfoReply {
    event: Event,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("calendar-events.info", TAG).rate(3, 1000);
    type Guard = LoggedIn;
    type Reply = InfoReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<InfoReply> {
        let found = ctx.read(async move |tx| event::own(tx, &self.id, &caller.uid).await).await?;
        Ok(InfoReply { event: found.ok_or_else(Error::nothing)? })
    }
}

/// Adds an event to the caller's calendar.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    /// When it begins, as an ISO time.
    start_time: String,
    /// When it ends, as an ISO time.
    end_time: Option<String>,
    /// Taken, and not kept: only imported events have one.
    #[serde(rename = "externalId")]
    _external_id: Option<String>,
    /// What it is.
    subject: String,
    /// More about it.
    description: String,
    /// Where people meet.
    meeting_url: Option<String>,
    /// Minutes before the start at which the caller is reminded; five unless given, none for 0.
    reminder_minutes_before_start: Option<Number>,
    /// Whether the caller shows as busy meanwhile; so unless it is `false`.
    busy: Option<bool>,
}

/// The event.
#[derive(Serialize, JsonSchema)]
struct Made {
    id: String,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("calendar-events.create", TAG).exact_types();
    type Guard = LoggedIn;
    type Reply = Made;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Made> {
        let wish = Wish {
            start: time(&self.start_time)?,
            end: optional_time(self.end_time.as_ref())?,
            external_id: None,
            subject: self.subject,
            description: self.description,
            meeting_url: self.meeting_url,
            reminder: self.reminder_minutes_before_start,
            busy: self.busy,
        };
        let inner = ctx.clone();
        let id = ctx.write(async move |tx| event::create(&inner, tx, wish.clone()).await).await?;
        Ok(Made { id })
    }
}

/// Brings an event from another calendar into the caller's, or up to date if it was brought before.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Import {
    /// When it begins, as an ISO time.
    start_time: String,
    /// When it ends, as an ISO time.
    end_time: Option<String>,
    /// Its id in the other calendar.
    external_id: String,
    /// What it is.
    subject: String,
    /// More about it.
    description: String,
    /// Where people meet; looked for in the description unless given.
    meeting_url: Option<String>,
    /// Minutes before the start at which the caller is reminded; never unless given.
    reminder_minutes_before_start: Option<Number>,
    /// Whether the caller shows as busy meanwhile; so unless it is `false`.
    busy: Option<bool>,
}

impl Endpoint for Import {
    const SPEC: Spec = Spec::post("calendar-events.import", TAG).exact_types();
    type Guard = LoggedIn;
    type Reply = Made;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Made> {
        let given = self.meeting_url.filter(|url| !url.is_empty());
        let wish = Wish {
            start: time(&self.start_time)?,
            end: optional_time(self.end_time.as_ref())?,
            meeting_url: given.or_else(|| meeting::url(ctx, &self.description)),
            external_id: Some(self.external_id).filter(|id| !id.is_empty()),
            subject: self.subject,
            description: self.description,
            reminder: self.reminder_minutes_before_start,
            busy: self.busy,
        };
        let inner = ctx.clone();
        let id = ctx
            .write(async move |tx| match wish.external_id {
                Some(_) => event::import(&inner, tx, wish.clone()).await,
                None => event::create(&inner, tx, wish.clone()).await,
            })
            .await?;
        Ok(Made { id })
    }
}

/// Changes an event of the caller's calendar.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    /// The event.
    event_id: String,
    /// When it begins, as an ISO time.
    start_time: String,
    /// When it ends, as an ISO time.
    end_time: Option<String>,
    /// What it is.
    subject: String,
    /// More about it.
    description: String,
    /// Where people meet; looked for in the description unless given.
    meeting_url: Option<String>,
    /// Minutes before the start at which the caller is reminded; as before unless given.
    reminder_minutes_before_start: Option<Number>,
    /// Whether the caller shows as busy meanwhile; as before unless given.
    busy: Option<bool>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("calendar-events.update", TAG).exact_types();
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let wish = Wish {
            start: time(&self.start_time)?,
            end: optional_time(self.end_time.as_ref())?,
            meeting_url: self.meeting_url.or_else(|| meeting::url(ctx, &self.description)),
            external_id: None,
            subject: self.subject,
            description: self.description,
            reminder: self.reminder_minutes_before_start,
            busy: self.busy,
        };
        let (inner, id) = (ctx.clone(), self.event_id);
        let known = ctx.write(async move |tx| event::update(&inner, tx, &id, wish.clone()).await).await?;
        if known { Ok(()) } else { Err(no_event()) }
    }
}

/// Removes an event from the caller's calendar.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    /// The event.
    event_id: String,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("calendar-events.delete", TAG).exact_types();
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let (inner, id) = (ctx.clone(), self.event_id);
        ctx.write(async move |tx| {
            let held = event::remove(&inner, tx, &id).await?.ok_or_else(no_event)?;
            if held.entered { busy::restore(&inner, tx, &held.event).await } else { Ok(()) }
        })
        .await
    }
}
