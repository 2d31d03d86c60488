//! Codes by mail over REST.

use gantry_kernel::prelude::*;

use super::email;
use crate::tokens::end_other_logins;
use crate::users;

async fn switch(ctx: &Ctx, uid: &str, on: bool) -> Result<()> {
    let (uid, now) = (uid.to_owned(), ctx.now);
    ctx.write(async move |tx| {
        let user = users::lock(tx, &uid).await?;
        let mut user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
        if on && user.emails.iter().flatten().any(|email| !email.verified) {
            return Err(Error::new(
                "error-invalid-user",
                "You need to verify your emails before setting up 2FA",
            ));
        }
        let services = user.services.get_or_insert_with(|| json!({}));
        if let Value::Object(services) = services {
            services.insert("email2fa".into(), json!({ "enabled": on, "changedAt": now }));
        }
        users::save(tx, &user).await
    })
    .await
}

/// Asks for a code by mail at the caller's next logins. Other clients are logged out.
#[derive(Deserialize, JsonSchema)]
pub(super) struct EnableEmail {}

impl Endpoint for EnableEmail {
    const SPEC: Spec = Spec::post("users.2fa.enableEmail", "authentication");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        switch(ctx, &caller.uid, true).await?;
        end_other_logins(ctx, &caller.uid, vec![caller.token_hash.clone()]).await
    }
}

/// Asks for no codes by mail any more.
#[derive(Deserialize, JsonSchema)]
pub(super) struct DisableEmail {}

impl Endpoint for DisableEmail {
    const SPEC: Spec = Spec::post("users.2fa.disableEmail", "authentication").two_factor(TwoFactor::Always);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        switch(ctx, &caller.uid, false).await
    }
}

/// Sends a code to somebody who is logging in. Neither the answer nor its time tells whether there is such a user.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendEmailCode {
    /// Username or address.
    email_or_username: Option<String>,
}

impl Endpoint for SendEmailCode {
    const SPEC: Spec = Spec::post("users.2fa.sendEmailCode", "authentication");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        let name = self.email_or_username.filter(|name| !name.is_empty());
        let name =
            name.ok_or_else(|| Error::new("error-parameter-required", "emailOrUsername is required"))?;
        let own = ctx.caller.as_ref().map(|caller| caller.uid.clone());
        let user = ctx
            .read(async move |tx| match &own {
                Some(uid) => users::by_id(tx, uid).await,
                None => users::by_username_or_email(tx, &name).await,
            })
            .await?;
        if let Some(user) = user.filter(|user| email::is_enabled(&ctx.settings, user)) {
            // Not waited for: storing the code takes longer than finding nobody.
            let ctx = ctx.clone();
            tokio::spawn(async move {
                if let Err(error) = email::send(&ctx, &user).await {
                    tracing::warn!(%error, "a code was not sent");
                }
            });
        }
        Ok(())
    }
}
