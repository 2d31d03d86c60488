//! The REST operations of invitations.

use gantry_accounts::mail::{self, Letter};
use gantry_accounts::settings;
use gantry_accounts::users::validate;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::RoomType;

use super::{Invite, links};

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<FindOrCreate>()
        .endpoint::<List>()
        .endpoint::<Remove>()
        .endpoint::<Use>()
        .endpoint::<Validate>()
        .endpoint::<SendEmail>();
}

/// Finds the caller's link into a room, or makes one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FindOrCreate {
    /// Room id.
    rid: String,
    /// Days that it is valid: 1, 7, 15, 30, or 0 for ever.
    days: i64,
    /// How many people may use it: 1, 5, 10, 25, 50, 100, or 0 for any number.
    max_uses: i64,
}

impl Endpoint for FindOrCreate {
    const SPEC: Spec = Spec::post("findOrCreateInvite", "invites");
    type Guard = LoggedIn;
    type Reply = Invite;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Invite> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            links::find_or_create(&inner, tx, &self.rid, self.days, self.max_uses).await
        })
        .await
    }
}

/// Lists all links into rooms.
#[derive(Debug, Deserialize, JsonSchema)]
struct List {}

impl Endpoint for List {
    const SPEC: Spec = Spec::get("listInvites", "invites").bare();
    type Guard = LoggedIn;
    type Reply = Vec<Invite>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Invite>> {
        let inner = ctx.clone();
        ctx.read(async move |tx| links::all(&inner, tx).await).await
    }
}

/// Takes a link into a room away.
#[derive(Debug, Deserialize, JsonSchema)]
struct Remove {
    /// The token.
    #[serde(rename = "_id")]
    id: String,
}

impl Endpoint for Remove {
    const SPEC: Spec = Spec::delete("removeInvite/:_id", "invites").bare();
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let inner = ctx.clone();
        ctx.write(async move |tx| links::remove(&inner, tx, &self.id).await).await?;
        Ok(true)
    }
}

/// Enters a room by a link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Use {
    /// The token.
    token: String,
}

/// The room.
#[derive(Debug, Serialize, JsonSchema)]
struct Entered {
    room: Door,
}

/// What somebody who enters needs to know of a room.
#[derive(Debug, Serialize, JsonSchema)]
struct Door {
    rid: String,
    t: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prid: Option<String>,
}

impl Endpoint for Use {
    const SPEC: Spec = Spec::post("useInviteToken", "invites");
    type Guard = LoggedIn;
    type Reply = Entered;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Entered> {
        let inner = ctx.clone();
        let room = ctx.write(async move |tx| links::enter(&inner, tx, &self.token).await).await?;
        let door = Door { rid: room.id, t: room.t, name: room.name, fname: room.fname, prid: room.prid };
        Ok(Entered { room: door })
    }
}

/// Tells whether a link can be used, before the login.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Validate {
    /// The token.
    token: String,
}

/// Whether it can.
#[derive(Debug, Serialize, JsonSchema)]
struct Validated {
    valid: bool,
}

impl Endpoint for Validate {
    const SPEC: Spec = Spec::post("validateInviteToken", "invites");
    type Guard = Anyone;
    type Reply = Validated;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Validated> {
        let inner = ctx.clone();
        match ctx.read(async move |tx| links::valid(&inner, tx, &self.token).await.map(drop)).await {
            Ok(()) => Ok(Validated { valid: true }),
            Err(error) if error.status >= 500 => Err(error),
            Err(_) => Ok(Validated { valid: false }),
        }
    }
}

/// Asks people to the workspace by mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SendEmail {
    /// Addresses; those that are none are left out.
    emails: Vec<String>,
}

/// `{}`: the letters are on their way.
#[derive(Debug, Serialize, JsonSchema)]
struct Sent {}

/// Most letters that one call sends.
const MOST_LETTERS: usize = 100;

/// Upstream shows the whole refusal as a sentence without a type.
fn sentence(error: Error) -> Error {
    if error.status >= 500 { error } else { Error::message(error.text()) }
}

impl Endpoint for SendEmail {
    const SPEC: Spec = Spec::post("sendInvitationEmail", "invites");
    type Guard = LoggedIn;
    type Reply = Sent;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Sent> {
        letters(ctx, self.emails).await.map_err(sentence)
    }
}

async fn letters(ctx: &Ctx, emails: Vec<String>) -> Result<Sent> {
    const METHOD: &str = "sendInvitationEmail";
    let refuse = |code, reason| Error::new(code, reason).with_details(json!({ "method": METHOD }));
    if !ctx.may("bulk-register-user") {
        return Err(refuse("error-not-allowed", "Not allowed"));
    }
    let mut emails: Vec<String> =
        emails.into_iter().filter(|email| validate::email(&ctx.settings, email).is_ok()).collect();
    emails.sort_unstable();
    emails.dedup();
    if emails.is_empty() || emails.len() > MOST_LETTERS {
        return Err(refuse("error-email-send-failed", "No valid email addresses"));
    }
    mail::ensure_configured(ctx)?;
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        for email in &emails {
            let letter = Letter {
                to: email,
                subject: "Invitation_Subject",
                body: "Invitation_Email",
                values: &[("email", email)],
            };
            tx.emit(letter.write(&inner));
        }
        let sent = i64::try_from(emails.len()).unwrap_or(0);
        let counted = inner.settings.add(tx, "Invitation_Email_Count", sent, inner.now).await?;
        tx.emit(settings::Written::of(counted));
        Ok(())
    })
    .await?;
    ctx.events.settle().await;
    Ok(Sent {})
}
