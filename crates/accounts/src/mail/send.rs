//! Handing mail to an SMTP server.

use std::time::Duration;

use gantry_kernel::Kernel;
use gantry_kernel::settings::keys;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use tokio::sync::Semaphore;

use super::Mail;
use crate::Accounts;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Pauses before further tries.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

/// Mails that are handed over at the same time: servers refuse those who open a connection for each of many.
static TURNS: Semaphore = Semaphore::const_new(4);

/// Sends a mail; gives up after some tries.
pub(super) async fn deliver(kernel: &Kernel, mail: &Mail) {
    for pause in AGAIN_AFTER.into_iter().map(Some).chain([None]) {
        // Held for one try only, so that those who pause keep nobody waiting. Never closed.
        let turn = TURNS.acquire().await;
        let sent = once(kernel, mail).await;
        drop(turn);
        let Err(error) = sent else { return };
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => {
                tracing::warn!(%error, subject = mail.subject, "mail was not sent; check the SMTP settings")
            }
        }
    }
}

pub(super) async fn once(kernel: &Kernel, mail: &Mail) -> Result<(), Failure> {
    let message =
        Message::builder().from(sender(kernel, mail)?).to(mail.to.parse::<Mailbox>()?).subject(&mail.subject);
    let message = match &mail.html {
        Some(html) => {
            message.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone()))?
        }
        None => message.body(mail.text.clone())?,
    };
    transport(kernel)?.send(message).await?;
    Ok(())
}

fn sender(kernel: &Kernel, mail: &Mail) -> Result<Mailbox, Failure> {
    if let Some(from) = &mail.from {
        return Ok(from.parse()?);
    }
    let from = kernel.settings.get(keys::From_Email);
    if from.is_empty() {
        return Err("the setting From_Email is empty".into());
    }
    Ok(from.parse()?)
}

fn transport(kernel: &Kernel) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    let settings = &kernel.settings;
    let host = settings.get(keys::SMTP_Host);
    if host.is_empty() {
        let url = Accounts::of(kernel).mail_url.get().ok_or("there is no SMTP server in the settings")?;
        return Ok(AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build());
    }
    let secure = &*settings.get(keys::SMTP_Protocol) == "smtps";
    let parameters = TlsParameters::new(host.to_string())?;
    let tls = match (secure, settings.get(keys::SMTP_IgnoreTLS)) {
        (true, _) => Tls::Wrapper(parameters),
        (false, true) => Tls::None,
        (false, false) => Tls::Opportunistic(parameters),
    };
    let port = settings.get(keys::SMTP_Port).parse().unwrap_or(if secure { 465 } else { 25 });
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&*host).port(port).tls(tls);
    let (user, password) = (settings.get(keys::SMTP_Username), settings.get(keys::SMTP_Password));
    if !user.is_empty() {
        builder = builder.credentials(Credentials::new(user.to_string(), password.to_string()));
    }
    Ok(builder.build())
}
