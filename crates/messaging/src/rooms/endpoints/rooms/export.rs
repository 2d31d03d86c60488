//! `rooms.export`

use gantry_kernel::prelude::*;

use crate::rooms::export::{self, Format, Letter, Wanted};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// As what a room is exported.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    File,
    Email,
}

/// Exports a room as an archive, of which the caller gets a mail, or sends chosen messages by mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Export {
    /// Room id.
    rid: String,
    /// `file` or `email`.
    #[serde(rename = "type")]
    kind: Kind,
    /// `html` or `json`; needed for a file.
    format: Option<Format>,
    /// For a file: the first day, `2026-11-24`; the beginning if absent.
    date_from: Option<String>,
    /// For a file: the last day; today if absent.
    date_to: Option<String>,
    /// For a mail: usernames of people who get it.
    to_users: Option<Vec<String>>,
    /// For a mail: further addresses.
    to_emails: Option<Vec<String>>,
    /// Not looked at.
    #[expect(dead_code, reason = "clients send it and upstream does not look at it either")]
    additional_emails: Option<String>,
    /// For a mail: its subject.
    subject: Option<String>,
    /// For a mail: ids of the messages, at least one.
    messages: Option<Vec<String>>,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Exported {
    /// For a mail: usernames of people who have no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Vec<String>>,
}

impl Endpoint for Export {
    const SPEC: Spec = Spec::post("rooms.export", "rooms");
    type Guard = LoggedIn;
    type Reply = Exported;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Exported> {
        match self.kind {
            Kind::File => self.archive(ctx).await,
            Kind::Email => self.letter(ctx).await,
        }
    }
}

fn lacks(name: &str) -> Error {
    Error::invalid_params(format!("must have required property '{name}'"))
}

/// The start of a day.
fn day(text: &str) -> Result<Timestamp> {
    let full = (text.len() == 10).then(|| Timestamp::parse_iso(&format!("{text}T00:00:00.000Z"))).flatten();
    full.ok_or_else(|| Error::invalid_params("must match format \"date\""))
}

impl Export {
    async fn archive(self, ctx: &Ctx) -> Result<Exported> {
        let format = self.format.ok_or_else(|| lacks("format"))?;
        let from = self.date_from.as_deref().map(day).transpose()?.unwrap_or_default();
        let to = self.date_to.as_deref().map(day).transpose()?.unwrap_or(ctx.now).plus_millis(DAY);
        let (inner, rid) = (ctx.clone(), self.rid);
        let room = ctx.read(async move |tx| export::allowed(&inner, tx, &rid).await).await?;
        if from > to {
            return Err(Error::new("error-invalid-dates", "From date cannot be after To date"));
        }
        export::start(ctx, Wanted { room, format, from, to })?;
        Ok(Exported { missing: None })
    }

    async fn letter(self, ctx: &Ctx) -> Result<Exported> {
        let messages = self.messages.ok_or_else(|| lacks("messages"))?;
        if messages.is_empty() {
            return Err(Error::invalid_params("must NOT have fewer than 1 items"));
        }
        let letter = Letter {
            users: self.to_users.unwrap_or_default(),
            addresses: self.to_emails.unwrap_or_default(),
            subject: self.subject.unwrap_or_default(),
            messages,
        };
        let (inner, rid) = (ctx.clone(), self.rid);
        let missing = ctx
            .write(async move |tx| {
                export::allowed(&inner, tx, &rid).await?;
                if letter.users.is_empty() && letter.addresses.is_empty() {
                    return Err(Error::code("error-invalid-recipient"));
                }
                export::send(&inner, tx, &rid, &letter).await
            })
            .await?;
        Ok(Exported { missing: Some(missing) })
    }
}
