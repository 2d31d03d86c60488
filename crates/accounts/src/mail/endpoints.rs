//! Mail over REST and DDP: whether it can be sent, a test, and mail to all users.
//! Upstream: `apps/meteor/app/api/server/v1/mailer.ts`, `apps/meteor/app/mail-messages`.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;
use gantry_protocol::objects::User;

use super::query::Query;
use super::{Mail, ensure_configured, is_configured, plain, send};
use crate::users::validate::escape;
use crate::users::{self, edit, list, view};

/// Users read at a time.
const BATCH: i64 = 200;

/// Whether the workspace can send mail.
#[derive(Deserialize, JsonSchema)]
pub(super) struct SmtpCheck {}

/// Whether mail can be sent.
#[derive(Serialize, JsonSchema)]
pub(super) struct SmtpCheckReply {
    #[serde(rename = "isSMTPConfigured")]
    configured: bool,
}

impl Endpoint for SmtpCheck {
    const SPEC: Spec = Spec::get("smtp.check", "misc");
    type Guard = LoggedIn;
    type Reply = SmtpCheckReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<SmtpCheckReply> {
        Ok(SmtpCheckReply { configured: is_configured(ctx) })
    }
}

/// Sends a mail to all users who have not refused such mail.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendMail {
    /// Sender's address.
    from: String,
    /// Subject.
    subject: String,
    /// HTML with `[unsubscribe]`, and `[name]`, `[fname]`, `[lname]`, `[email]` where wanted.
    body: String,
    /// Only to the sender, as a test.
    dryrun: Option<bool>,
    /// JSON that chooses users by what lists show of them, in the manner of MongoDB: equal values, `$in`,
    /// `$nin`, `$ne`, `$exists`, `$and`, `$or`.
    query: Option<String>,
}

impl Endpoint for SendMail {
    const SPEC: Spec = Spec { needs: Needs::All(&["send-mail"]), ..Spec::post("mailer", "misc") };
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let refused = |code: &'static str, text: &'static str| {
            Error::new(code, text).with_details(json!({ "function": "Mailer.sendMail" }))
        };
        if !is_address(&self.from) {
            return Err(refused("error-invalid-from-address", "Invalid from address"));
        }
        if !self.body.contains("[unsubscribe]") {
            return Err(refused(
                "error-missing-unsubscribe-link",
                "You must provide the [unsubscribe] link.",
            ));
        }
        let query = self.query.as_deref().filter(|text| !text.is_empty()).map(Query::parse).transpose()?;
        ensure_configured(ctx)?;
        let letter = Letter { from: self.from, subject: self.subject, body: self.body };
        if self.dryrun == Some(true) {
            let address = letter.from.clone();
            let user = ctx.read(async move |tx| users::by_email(tx, &address).await).await?;
            let user = user.ok_or_else(|| refused("error-invalid-user", "Invalid user"))?;
            return letter.send(ctx, vec![user]).await;
        }
        to_everybody(ctx, &letter, query.as_ref()).await
    }
}

async fn to_everybody(ctx: &Ctx, letter: &Letter, query: Option<&Query>) -> Result<()> {
    let mut offset = 0;
    loop {
        let window = Window { offset, count: BATCH };
        let (users, _) = ctx
            .read(async move |tx| list::page(tx, &list::Filter::default(), "u.id ASC", window).await)
            .await?;
        if users.is_empty() {
            return Ok(());
        }
        offset += BATCH;
        let mut chosen = Vec::new();
        for user in users {
            let wanted = !unsubscribed(&user)
                && query.map_or(Ok(true), |query| Ok::<_, Error>(query.fits(&view::answer(&user, true)?)))?;
            if wanted {
                chosen.push(user);
            }
        }
        letter.send(ctx, chosen).await?;
    }
}

fn is_address(text: &str) -> bool {
    let bare = text.rsplit_once('<').map_or(text, |(_, tail)| tail.trim_end_matches('>'));
    let mut parts = bare.split('@');
    let (local, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    !local.is_empty() && !domain.is_empty() && parts.next().is_none() && !bare.contains(char::is_control)
}

fn unsubscribed(user: &User) -> bool {
    let refused = user.rest.get("mailer").and_then(|mailer| mailer.get("unsubscribed"));
    refused == Some(&Value::Bool(true))
}

struct Letter {
    from: String,
    subject: String,
    body: String,
}

impl Letter {
    /// Hands one mail per user to the sender, which works through them, a few at a time, behind the answer.
    async fn send(&self, ctx: &Ctx, users: Vec<User>) -> Result<()> {
        let mut mails = Vec::new();
        for user in &users {
            let Some(email) = user.emails.iter().flatten().next() else { continue };
            mails.push(self.write(ctx, user, &email.address));
        }
        if mails.is_empty() {
            return Ok(());
        }
        ctx.write(async move |tx| {
            for mail in &mails {
                tx.emit(mail.clone());
            }
            Ok(())
        })
        .await
    }

    fn write(&self, ctx: &Ctx, user: &User, address: &str) -> Mail {
        let site = ctx.settings.get(keys::Site_Url);
        let site = site.trim_end_matches('/');
        let name = user.name.as_deref().unwrap_or_default();
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let link = format!("{site}/mailer/unsubscribe/{}/{}", user.id, user.created_at.millis());
        let mut html = self.body.clone();
        for (key, value) in [
            ("[unsubscribe]", link.as_str()),
            ("[name]", &escape(name)),
            ("[fname]", &escape(first)),
            ("[lname]", &escape(last)),
            ("[email]", &escape(&format!("{name} <{address}>"))),
            ("[Site_URL]", site),
        ] {
            html = html.replace(key, value);
        }
        Mail {
            to: address.to_owned(),
            from: Some(self.from.clone()),
            subject: self.subject.clone(),
            text: plain(&html),
            html: Some(html),
        }
    }
}

/// Refuses further mail to all users, with what the link in such a mail holds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Unsubscribe {
    /// User id.
    #[serde(rename = "_id")]
    id: String,
    /// When the user was made, in milliseconds.
    created_at: String,
}

impl Endpoint for Unsubscribe {
    const SPEC: Spec = Spec::post("mailer.unsubscribe", "misc").rate(1, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let Some(before) = users::lock(tx, &self.id).await? else { return Ok(()) };
            if before.created_at.millis().to_string() != self.created_at {
                return Ok(());
            }
            let mut user = before.clone();
            user.rest.insert("mailer".into(), json!({ "unsubscribed": true }));
            edit::store(&inner, tx, &before, &mut user).await
        })
        .await
    }
}

/// `sendSMTPTestEmail()`: a mail to the caller, sent before the answer.
#[derive(Deserialize)]
pub(super) struct SendTest {}

/// What clients show, as a key and its parameters.
#[derive(Serialize)]
pub(super) struct TestSent {
    message: &'static str,
    params: [String; 1],
}

impl Method for SendTest {
    const SPEC: MethodSpec = MethodSpec::new("sendSMTPTestEmail", "settings").rate(1, 1_000);
    type Guard = LoggedIn;
    type Reply = TestSent;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<TestSent> {
        // The answer shows what the mail server says, and the address may be anybody's.
        if !ctx.may("test-admin-options") {
            return Err(Error::new("error-not-allowed", "Not allowed")
                .with_details(json!({ "method": "sendSMTPTestEmail" })));
        }
        let user = ctx.read(async move |tx| users::by_id(tx, &caller.uid).await).await?;
        let address = user.and_then(|user| user.emails?.into_iter().next()).map(|email| email.address);
        let address = address.ok_or_else(|| {
            Error::new("error-invalid-email", "Invalid email")
                .with_details(json!({ "method": "sendSMTPTestEmail" }))
        })?;
        let text = "Sending mail from this workspace works.".to_owned();
        let mail =
            Mail { to: address.clone(), from: None, subject: "SMTP Test Email".to_owned(), text, html: None };
        send::once(ctx, &mail).await.map_err(|error| {
            Error::new("error-email-send-failed", format!("Error trying to send email: {error}"))
                .with_details(json!({ "method": "sendSMTPTestEmail", "message": error.to_string() }))
        })?;
        Ok(TestSent { message: "Sending_your_mail_to_s", params: [address] })
    }
}
