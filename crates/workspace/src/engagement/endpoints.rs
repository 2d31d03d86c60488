//! The dashboard over REST. Upstream: `apps/meteor/ee/server/api/engagementDashboard`.

use gantry_kernel::prelude::*;

use super::period::{self, Period};
use super::{count, presence};

const TAG: &str = "engagement-dashboard";
const NEEDS: &[&str] = &["view-engagement-dashboard"];

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<Channels>()
        .endpoint::<MessagesSent>()
        .endpoint::<Origin>()
        .endpoint::<Popular>()
        .endpoint::<NewUsers>()
        .endpoint::<ActiveUsers>()
        .endpoint::<BusyHours>()
        .endpoint::<BusyDays>()
        .endpoint::<HoursOfDays>();
}

/// Lists the rooms with the number of their messages, compared with the days before.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Channels {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
    /// `true` to leave out rooms in which nothing was written.
    hide_rooms_with_no_activity: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// A page of rooms.
#[derive(Serialize, JsonSchema)]
struct ChannelsReply {
    channels: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

impl Endpoint for Channels {
    const SPEC: Spec = Spec::get("engagement-dashboard/channels/list", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = ChannelsReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ChannelsReply> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        let window = self.page.window(ctx);
        let active = self.hide_rooms_with_no_activity.as_deref() == Some("true");
        let (channels, total) =
            ctx.read(async move |tx| count::rooms(tx, period, active, window).await).await?;
        Ok(ChannelsReply { count: channels.len(), channels, offset: window.offset, total })
    }
}

/// Shows how many messages were sent on each day.
#[derive(Deserialize, JsonSchema)]
struct MessagesSent {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
}

impl Endpoint for MessagesSent {
    const SPEC: Spec = Spec::get("engagement-dashboard/messages/messages-sent", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        ctx.read(async move |tx| count::messages_sent(tx, period).await).await
    }
}

/// Shows how many messages were sent in each kind of room.
#[derive(Deserialize, JsonSchema)]
struct Origin {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
}

/// Messages by kind of room.
#[derive(Serialize, JsonSchema)]
struct OriginReply {
    origins: Vec<Value>,
}

impl Endpoint for Origin {
    const SPEC: Spec = Spec::get("engagement-dashboard/messages/origin", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = OriginReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<OriginReply> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        Ok(OriginReply { origins: ctx.read(async move |tx| count::origins(tx, period.now).await).await? })
    }
}

/// Lists the five rooms in which most is written.
#[derive(Deserialize, JsonSchema)]
struct Popular {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
}

/// Rooms.
#[derive(Serialize, JsonSchema)]
struct PopularReply {
    channels: Vec<Value>,
}

impl Endpoint for Popular {
    const SPEC: Spec =
        Spec::get("engagement-dashboard/messages/top-five-popular-channels", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = PopularReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<PopularReply> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        Ok(PopularReply { channels: ctx.read(async move |tx| count::popular(tx, period.now).await).await? })
    }
}

/// Shows how many people joined the workspace on each day.
#[derive(Deserialize, JsonSchema)]
struct NewUsers {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
}

impl Endpoint for NewUsers {
    const SPEC: Spec = Spec::get("engagement-dashboard/users/new-users", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        ctx.read(async move |tx| count::new_users(tx, period).await).await
    }
}

/// Shows who was here on each day.
#[derive(Deserialize, JsonSchema)]
struct ActiveUsers {
    /// The first day, as a whole ISO time.
    start: Option<String>,
    /// The last day, as a whole ISO time.
    end: Option<String>,
}

/// Days, the last one first.
#[derive(Serialize, JsonSchema)]
struct MonthReply {
    month: Vec<Value>,
}

impl Endpoint for ActiveUsers {
    const SPEC: Spec = Spec::get("engagement-dashboard/users/active-users", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = MonthReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MonthReply> {
        let period = Period::between(self.start.as_deref(), self.end.as_deref())?;
        Ok(MonthReply { month: ctx.read(async move |tx| presence::who(tx, period.now).await).await? })
    }
}

/// Shows how many people were here at which time of the day, in the 24 hours before a time.
#[derive(Deserialize, JsonSchema)]
struct BusyHours {
    /// The end of these hours, as a whole ISO time.
    start: Option<String>,
}

/// Parts of a day, each two hours long, the last one first.
#[derive(Serialize, JsonSchema)]
struct HoursReply {
    hours: Vec<Value>,
}

impl Endpoint for BusyHours {
    const SPEC: Spec = Spec::get("engagement-dashboard/users/chat-busier/hourly-data", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = HoursReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<HoursReply> {
        let until = period::until(self.start.as_deref())?;
        Ok(HoursReply { hours: ctx.read(async move |tx| presence::by_hours(tx, until).await).await? })
    }
}

/// Shows how many people were here on each day of the week before a time.
#[derive(Deserialize, JsonSchema)]
struct BusyDays {
    /// The last day, as a whole ISO time.
    start: Option<String>,
}

impl Endpoint for BusyDays {
    const SPEC: Spec = Spec::get("engagement-dashboard/users/chat-busier/weekly-data", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = MonthReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MonthReply> {
        let days = period::week_until(period::until(self.start.as_deref())?);
        Ok(MonthReply { month: ctx.read(async move |tx| presence::by_days(tx, days).await).await? })
    }
}

/// Shows how many people were here in each hour of each day.
#[derive(Deserialize, JsonSchema)]
struct HoursOfDays {
    /// From when, as a whole ISO time.
    start: Option<String>,
    /// Until when, as a whole ISO time.
    end: Option<String>,
}

/// Hours, the last day first and the last hour of each first.
#[derive(Serialize, JsonSchema)]
struct WeekReply {
    week: Vec<Value>,
}

impl Endpoint for HoursOfDays {
    const SPEC: Spec =
        Spec::get("engagement-dashboard/users/users-by-time-of-the-day-in-a-week", TAG).needs_all(NEEDS);
    type Guard = LoggedIn;
    type Reply = WeekReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<WeekReply> {
        let (from, until) = Period::between(self.start.as_deref(), self.end.as_deref())?.times;
        Ok(WeekReply {
            week: ctx.read(async move |tx| presence::by_hours_of_days(tx, from, until).await).await?,
        })
    }
}
