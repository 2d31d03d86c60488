//! Moderation over REST. Upstream: `apps/meteor/app/api/server/v1/moderation.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use super::act::{self, Closing, Outcome};
use super::reports::{self, About, Listed, Query};

const TAG: &str = "moderation";

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<ReportsByUsers>()
        .endpoint::<UserReports>()
        .endpoint::<ReportedMessages>()
        .endpoint::<ReportsByUserId>()
        .endpoint::<DeleteReportedMessages>()
        .endpoint::<DismissReports>()
        .endpoint::<DismissUserReports>()
        .endpoint::<Reports>()
        .endpoint::<ReportInfo>()
        .endpoint::<ReportUser>();
}

/// The reported people, each with the newest report.
#[derive(Serialize, JsonSchema)]
struct People {
    reports: Vec<Value>,
    count: usize,
    offset: i64,
    total: i64,
}

impl People {
    fn of(listed: Listed, window: Window) -> Self {
        Self {
            count: listed.entries.len(),
            reports: listed.entries,
            offset: window.offset,
            total: listed.total,
        }
    }
}

/// A time of a request, in milliseconds.
fn time(text: Option<&str>, otherwise: i64) -> Result<i64> {
    match text {
        None => Ok(otherwise),
        Some(text) => Timestamp::parse_iso(text)
            .filter(|_| is_complete(text))
            .map(Timestamp::millis)
            .ok_or_else(|| Error::invalid_params("must match format \"date-time\"")),
    }
}

/// Whether a time names its seconds and its zone. A day alone says neither where it begins nor where it ends.
fn is_complete(text: &str) -> bool {
    let Some((time, zone)) = text.get(11..).and_then(|rest| rest.split_at_checked(8)) else { return false };
    let zone =
        zone.strip_prefix('.').map_or(zone, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    time.bytes().filter(|byte| *byte == b':').count() == 2 && zone.starts_with(['Z', 'z', '+', '-'])
}

async fn people(ctx: &Ctx, kind: &'static str, reported: Reported) -> Result<People> {
    let Reported { latest, oldest, selector, page } = reported;
    let window = page.window(ctx);
    let columns = [
        ("reports.ts", "grouped.ts"),
        ("ts", "grouped.ts"),
        ("count", "grouped.n"),
        ("reports.message.u.username", "COALESCE(u.username_folded, '')"),
        ("reports.reportedUser.username", "COALESCE(u.username_folded, '')"),
        ("reportedUser.username", "COALESCE(u.username_folded, '')"),
    ];
    let order = page.order_by(&columns, "grouped.ts DESC")?;
    let query = Query {
        kind,
        latest: time(latest.as_deref(), ctx.now.millis().saturating_add(1))?,
        oldest: time(oldest.as_deref(), 0)?,
        selector: selector.unwrap_or_default(),
    };
    let listed = ctx.read(async move |tx| reports::by_person(tx, &query, &order, window).await).await?;
    Ok(People::of(listed, window))
}

/// Which reports are looked at.
#[derive(Deserialize, JsonSchema)]
struct Reported {
    /// Only reports from before this time.
    latest: Option<String>,
    /// Only reports from after this time.
    oldest: Option<String>,
    /// Only those with this in the person's names or, of a message, in its text or the report's description.
    selector: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Lists the people of whom messages are reported, each with their newest report.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct ReportsByUsers {
    #[serde(flatten)]
    reported: Reported,
}

impl Endpoint for ReportsByUsers {
    const SPEC: Spec = Spec::get("moderation.reportsByUsers", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = People;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<People> {
        people(ctx, "message", self.reported).await
    }
}

/// Lists the people who are reported themselves, each with their newest report.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct UserReports {
    #[serde(flatten)]
    reported: Reported,
}

impl Endpoint for UserReports {
    const SPEC: Spec = Spec::get("moderation.userReports", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = People;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<People> {
        people(ctx, "user", self.reported).await
    }
}

fn newest_first(page: &Page) -> Result<String> {
    page.order_by(&[("ts", "r.ts")], "r.ts DESC")
}

/// Whose reports are looked at.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OfPerson {
    /// The person.
    #[schemars(length(min = 1))]
    user_id: String,
    /// Only those with this in the message's text or, of reports about the person, in the person's names.
    selector: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// The person, if they are still there, and a page of the open reports.
async fn of_person(ctx: &Ctx, about: About, person: OfPerson) -> Result<(Option<User>, Listed, Window)> {
    let OfPerson { user_id, selector, page } = person;
    let (window, order) = (page.window(ctx), newest_first(&page)?);
    let selector = selector.unwrap_or_default();
    ctx.read(async move |tx| {
        let user = users::by_id(tx, &user_id).await?;
        let listed = reports::about(tx, about, &user_id, &selector, &order, window).await?;
        Ok((user, listed, window))
    })
    .await
}

/// Lists the reported messages of one person.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct ReportedMessages {
    #[serde(flatten)]
    about: OfPerson,
}

/// A person's reported messages.
#[derive(Serialize, JsonSchema)]
struct MessagesReply {
    /// `_id`, `username` and `name`; null for a person who was removed.
    user: Option<Value>,
    /// Each message once, with its newest report.
    messages: Vec<Value>,
    /// Reports in this page.
    count: usize,
    /// All open reports.
    total: i64,
    offset: i64,
}

impl Endpoint for ReportedMessages {
    const SPEC: Spec =
        Spec::get("moderation.user.reportedMessages", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = MessagesReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MessagesReply> {
        let (user, listed, window) = of_person(ctx, About::MessagesOf, self.about).await?;
        let user = user.map(|user| {
            reports::known(json!({ "_id": user.id, "username": user.username, "name": user.name }))
        });
        Ok(MessagesReply {
            user,
            count: listed.entries.len(),
            messages: reports::unique_messages(listed.entries),
            total: listed.total,
            offset: window.offset,
        })
    }
}

/// Lists the reports about one person.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct ReportsByUserId {
    #[serde(flatten)]
    about: OfPerson,
}

/// The reports about a person.
#[derive(Serialize, JsonSchema)]
struct PersonReply {
    /// The person; null if they were removed.
    user: Option<Value>,
    reports: Vec<Value>,
    count: usize,
    total: i64,
    offset: i64,
}

impl Endpoint for ReportsByUserId {
    const SPEC: Spec =
        Spec::get("moderation.user.reportsByUserId", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = PersonReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<PersonReply> {
        let (user, listed, window) = of_person(ctx, About::Person, self.about).await?;
        Ok(PersonReply {
            user: user.map(|user| reports::person(&user, &listed.entries)),
            count: listed.entries.len(),
            reports: listed.entries,
            total: listed.total,
            offset: window.offset,
        })
    }
}

/// What is written down of a decision: the reason, or that there is none, and what was done.
fn outcome(reason: Option<String>, action: Option<String>) -> Outcome {
    let reason = reason.filter(|text| !text.trim().is_empty());
    Outcome {
        reason: reason.unwrap_or_else(|| "No reason provided".to_owned()),
        action: action.unwrap_or_else(|| "None".to_owned()),
    }
}

/// Deletes the reported messages of one person and closes their reports.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteReportedMessages {
    /// The person.
    #[schemars(length(min = 1))]
    user_id: String,
    /// Why.
    reason: Option<String>,
}

impl Endpoint for DeleteReportedMessages {
    const SPEC: Spec =
        Spec::post("moderation.user.deleteReportedMessages", TAG).needs_all(&["manage-moderation-actions"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let outcome = outcome(self.reason, Some("DELETE Messages".to_owned()));
        let (inner, uid) = (ctx.clone(), self.user_id);
        ctx.write(async move |tx| act::delete_messages(&inner, tx, &uid, &outcome).await).await
    }
}

/// Closes the reports of a message, or of all messages of a person.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DismissReports {
    /// The author of the messages.
    user_id: Option<String>,
    /// The message.
    msg_id: Option<String>,
    /// Why.
    reason: Option<String>,
    /// What was done.
    action: Option<String>,
}

impl Endpoint for DismissReports {
    const SPEC: Spec = Spec::post("moderation.dismissReports", TAG).needs_all(&["manage-moderation-actions"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        exactly_one(self.user_id.as_ref(), self.msg_id.as_ref())?;
        let outcome = outcome(self.reason, self.action);
        let closing = match self.user_id.filter(|id| !id.is_empty()) {
            Some(uid) => Closing::MessagesOf(uid),
            None => Closing::Message(self.msg_id.unwrap_or_default()),
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            if !act::open(tx, &closing).await? {
                return Err(Error::message("no-reports-found"));
            }
            act::close(&inner, tx, &closing, &outcome).await
        })
        .await
    }
}

/// Refuses unless exactly one of them is given: a rule that the schema of fields cannot state.
fn exactly_one(uid: Option<&String>, mid: Option<&String>) -> Result<()> {
    match (uid, mid) {
        (Some(_), None) | (None, Some(_)) => Ok(()),
        (Some(_), Some(_)) => Err(Error::invalid_params("must match exactly one schema in oneOf")),
        (None, None) => Err(Error::invalid_params(
            "must have required property 'msgId'\n must have required property 'userId'\n \
             must match exactly one schema in oneOf",
        )),
    }
}

/// Closes the reports about a person.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DismissUserReports {
    /// The person.
    user_id: Option<String>,
    /// Refused: a message is no person.
    msg_id: Option<String>,
    /// Why.
    reason: Option<String>,
    /// What was done.
    action: Option<String>,
}

impl Endpoint for DismissUserReports {
    const SPEC: Spec =
        Spec::post("moderation.dismissUserReports", TAG).needs_all(&["manage-moderation-actions"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        exactly_one(self.user_id.as_ref(), self.msg_id.as_ref())?;
        let Some(uid) = self.user_id.filter(|id| !id.is_empty()) else {
            return Err(Error::message("error-user-id-param-not-provided"));
        };
        let outcome = outcome(self.reason, self.action);
        let inner = ctx.clone();
        ctx.write(async move |tx| act::close(&inner, tx, &Closing::Person(uid.clone()), &outcome).await).await
    }
}

/// Lists the reports of one message.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
struct Reports {
    /// The message.
    #[schemars(length(min = 1))]
    msg_id: String,
    /// Only reports with this in the message, the description or the author's names.
    selector: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl Endpoint for Reports {
    const SPEC: Spec = Spec::get("moderation.reports", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = People;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<People> {
        let (window, order) = (self.page.window(ctx), newest_first(&self.page)?);
        let Self { msg_id, selector, .. } = self;
        let selector = selector.unwrap_or_default();
        let listed = ctx
            .read(async move |tx| {
                reports::about(tx, About::Message, &msg_id, &selector, &order, window).await
            })
            .await?;
        Ok(People::of(listed, window))
    }
}

/// Shows one report, with what became of it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportInfo {
    /// The report.
    #[schemars(length(min = 1))]
    report_id: String,
}

/// A report.
#[derive(Serialize, JsonSchema)]
struct ReportReply {
    report: Value,
}

impl Endpoint for ReportInfo {
    const SPEC: Spec = Spec::get("moderation.reportInfo", TAG).needs_all(&["view-moderation-console"]);
    type Guard = LoggedIn;
    type Reply = ReportReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<ReportReply> {
        let report = ctx.read(async move |tx| reports::by_id(tx, &self.report_id).await).await?;
        Ok(ReportReply { report: report.ok_or_else(|| Error::message("error-report-not-found"))? })
    }
}

/// Reports a person to the moderators.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportUser {
    /// The person.
    user_id: String,
    /// What they did.
    #[schemars(length(min = 1))]
    description: String,
}

impl Endpoint for ReportUser {
    const SPEC: Spec = Spec::post("moderation.reportUser", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| act::report_user(&inner, tx, &self.user_id, &self.description).await).await
    }
}
