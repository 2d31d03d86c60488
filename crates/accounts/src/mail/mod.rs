//! Mail: what is sent, and how it is sent.
//!
//! Whoever wants to send emits a [`Mail`] in a transaction; it leaves after the commit. Sending is tried a few
//! times and then given up with a warning: mail is a courtesy here, nothing depends on its arrival.

mod endpoints;
mod query;
mod send;
mod template;

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::keys;

pub use template::{Letter, page, plain};

use crate::Accounts;

/// A mail to be sent after the commit.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Address.
    pub to: String,
    /// Sender, if not the one of the settings.
    pub from: Option<String>,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as a page.
    pub html: Option<String>,
}

/// Whether mail can be sent at all: by the settings `SMTP_…` or by `MAIL_URL`.
pub fn is_configured(kernel: &Kernel) -> bool {
    !kernel.settings.get(keys::SMTP_Host).is_empty()
        || Accounts::find(kernel).is_some_and(|accounts| accounts.mail_url.get().is_some())
}

/// Refuses if mail cannot be sent.
///
/// # Errors
/// `error-email-send-failed`.
pub fn ensure_configured(kernel: &Kernel) -> Result<()> {
    if is_configured(kernel) {
        return Ok(());
    }
    Err(Error::new("error-email-send-failed", "SMTP is not configured"))
}

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::SmtpCheck>()
        .endpoint::<endpoints::SendMail>()
        .endpoint::<endpoints::Unsubscribe>()
        .method::<endpoints::SendTest>();
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Mail, _>(|kernel, mail| {
        if is_configured(kernel) {
            let (kernel, mail) = (kernel.clone(), mail.clone());
            tokio::spawn(async move { send::deliver(&kernel, &mail).await });
        } else {
            tracing::debug!(
                subject = mail.subject,
                "mail is not sent: there is no SMTP server in the settings"
            );
        }
        Box::pin(async {})
    });
}
