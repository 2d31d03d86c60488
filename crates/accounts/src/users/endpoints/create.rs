//! Making users over REST.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::UserReply;
use crate::users::create::{self, CreateRequest};
use crate::users::edit::Fields;
use crate::users::register::{self, Registration};
use crate::users::{list, validate, view};

/// Makes a user.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Create {
    /// Address.
    email: String,
    /// Real name.
    name: String,
    /// Password.
    password: String,
    /// Unique name.
    username: String,
    /// May log in; without it as the workspace says.
    active: Option<bool>,
    /// About the user, at most 260 characters.
    bio: Option<String>,
    /// At most 120 characters.
    nickname: Option<String>,
    /// Text beside the status.
    status_text: Option<String>,
    /// Ids of global roles; without them those of the workspace's setting.
    roles: Option<Vec<String>>,
    /// Joins the channels marked as default; true without it.
    join_default_channels: Option<bool>,
    /// Has to choose a new password.
    require_password_change: Option<bool>,
    /// Make up a password and mail it.
    set_random_password: Option<bool>,
    /// Send a welcome by mail.
    send_welcome_email: Option<bool>,
    /// Whether the address is known to be theirs.
    verified: Option<bool>,
    /// Extra values.
    custom_fields: Option<Map<String, Value>>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    fields: Option<String>,
    /// Phone extension.
    #[expect(dead_code, reason = "accepted; there is no telephony")]
    free_switch_extension: Option<String>,
}

impl Endpoint for Create {
    const SPEC: Spec = Spec::post("users.create", "users");
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        if !validate::name_fits(&self.name) {
            return Err(Error::message("Name contains invalid characters"));
        }
        let fields = Fields {
            email: Some(self.email),
            name: Some(self.name),
            password: Some(self.password),
            username: Some(self.username),
            bio: self.bio,
            nickname: self.nickname,
            status_text: self.status_text,
            roles: self.roles,
            require_password_change: self.require_password_change,
            set_random_password: self.set_random_password,
            verified: self.verified,
            language: None,
            custom_fields: self.custom_fields,
        };
        let join_default_channels = self.join_default_channels.unwrap_or(true);
        let user = create::by_administrator(
            ctx,
            CreateRequest {
                fields,
                join_default_channels,
                active: self.active,
                welcome: self.send_welcome_email == Some(true),
            },
        )
        .await?;
        Ok(UserReply { user: view::answer(&user, list::sees_everything(ctx))? })
    }
}

/// Registers oneself. The first user becomes administrator.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Register {
    /// Unique name.
    username: String,
    /// Real name.
    name: Option<String>,
    /// Address.
    email: String,
    /// Password.
    pass: String,
    /// Secret part of the registration address, or an invitation.
    secret: Option<String>,
    /// Why, for those who approve.
    reason: Option<String>,
    /// Extra values.
    custom_fields: Option<Map<String, Value>>,
}

impl Endpoint for Register {
    const SPEC: Spec = Spec::post("users.register", "users").rate_by(keys::Rate_Limiter_Limit_RegisterUser);
    type Guard = Anyone;
    type Reply = UserReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<UserReply> {
        if self.name.as_deref().is_some_and(|name| !validate::name_fits(name)) {
            return Err(Error::message("Name contains invalid characters"));
        }
        if !validate::username_fits(&ctx.settings, &self.username) {
            return Err(Error::message("The username provided is not valid"));
        }
        let wanted = self.username.clone();
        let inner = ctx.clone();
        let free = ctx.read(async move |tx| validate::username_available(&inner, tx, &wanted).await).await?;
        if !free {
            return Err(Error::message("Username is already in use"));
        }
        let user = register::register(
            ctx,
            Registration {
                email: self.email,
                password: self.pass,
                name: self.name,
                username: Some(self.username),
                secret: self.secret,
                reason: self.reason,
                custom_fields: self.custom_fields,
            },
        )
        .await?;
        Ok(UserReply { user: view::answer(&user, false)? })
    }
}
