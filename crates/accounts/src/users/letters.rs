//! Letters that tell users what others did with their account, or they themselves with another address.
//! Upstream: `apps/meteor/app/lib/server/functions/{saveUser/sendUserEmail,setEmail}.ts`.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::events::Emit;
use gantry_protocol::objects::User;
use gantry_store::Tx;

use crate::mail::{self, Letter};
use crate::recovery;

fn address(user: &User) -> Option<&str> {
    user.emails.iter().flatten().next().map(|email| email.address.as_str())
}

fn write(ctx: &Ctx, tx: &Tx, user: &User, (subject, body): (&'static str, &'static str), password: &str) {
    let Some(to) = address(user) else { return };
    let name = user.name.as_deref().or(user.username.as_deref()).unwrap_or_default();
    let values = [("name", name), ("email", to), ("password", password)];
    tx.emit(Letter { to, subject, body, values: &values }.write(ctx));
}

/// Welcomes somebody for whom an administrator has made an account.
pub(super) fn welcome(ctx: &Ctx, tx: &Tx, user: &User, password: &str) {
    write(ctx, tx, user, ("Accounts_UserAddedEmail_Subject", "Accounts_UserAddedEmail_Email"), password);
}

/// Tells somebody the password that was made up for them. Nobody else knows it.
pub(super) fn made_up_password(ctx: &Ctx, tx: &Tx, user: &User, password: &str) {
    write(ctx, tx, user, ("Password_Changed_Email_Subject", "Password_Changed_Email"), password);
}

/// Tells of a changed address: the old one that it is left, and the new one how to confirm it.
pub(super) async fn address_changed(ctx: &Ctx, tx: &Tx, before: &User, user: &User) -> Result<()> {
    let (old, new) = (address(before), address(user));
    let Some(new) = new.filter(|new| old != Some(*new) && mail::is_configured(ctx)) else { return Ok(()) };
    if let Some(to) = old {
        let letter = Letter {
            to,
            subject: "Email_Changed_Email_Subject",
            body: "Email_Changed_Email",
            values: &[("email", new)],
        };
        tx.emit(letter.write(ctx));
    }
    let confirmed = user.emails.iter().flatten().next().is_some_and(|email| email.verified);
    if confirmed { Ok(()) } else { recovery::confirm(ctx, tx, user, new, &ctx.ids.secret()).await }
}
