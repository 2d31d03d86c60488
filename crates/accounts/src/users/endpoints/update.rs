//! Changing a user as an administrator.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::UserReply;
use crate::users::edit::{self, Fields};
use crate::users::{active, list, validate, view};

/// Changes a user; absent fields stay as they are.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Update {
    /// User id.
    #[schemars(length(min = 1))]
    user_id: String,
    /// Deactivate also the last owner of a room.
    confirm_relinquish: Option<bool>,
    /// What changes.
    data: UpdateData,
}

/// What changes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateData {
    /// Address; it is not verified then, and both addresses get a mail.
    email: Option<String>,
    /// Real name.
    name: Option<String>,
    /// Password; other sessions of the user end.
    password: Option<String>,
    /// Unique name.
    username: Option<String>,
    /// About the user; empty to remove it.
    bio: Option<String>,
    /// Empty to remove it.
    nickname: Option<String>,
    /// Text beside the status.
    status_text: Option<String>,
    /// May log in.
    active: Option<bool>,
    /// Ids of global roles.
    roles: Option<Vec<String>>,
    /// Has to choose a new password.
    require_password_change: Option<bool>,
    /// Make up a password and mail it.
    set_random_password: Option<bool>,
    /// Send a welcome by mail.
    #[expect(dead_code, reason = "accepted for old clients")]
    send_welcome_email: Option<bool>,
    /// Whether the address is known to be theirs.
    verified: Option<bool>,
    /// Extra values.
    custom_fields: Option<Map<String, Value>>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    status: Option<String>,
    /// Language of the interface.
    language: Option<String>,
    /// Phone extension.
    #[expect(dead_code, reason = "accepted; there is no telephony")]
    free_switch_extension: Option<String>,
}

impl Endpoint for Update {
    const SPEC: Spec = Spec::post("users.update", "users").two_factor(TwoFactor::Remembered);
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        let data = self.data;
        if data.name.as_deref().is_some_and(|name| !name.is_empty() && !validate::name_fits(name)) {
            return Err(Error::message("Name contains invalid characters"));
        }
        if data.active.is_some() && !ctx.may("edit-other-user-active-status") {
            return Err(Error::new("error-not-allowed", "Not allowed")
                .with_details(json!({ "method": "setUserActiveStatus" })));
        }
        let fields = Fields {
            email: data.email,
            name: data.name,
            password: data.password,
            username: data.username,
            bio: data.bio,
            nickname: data.nickname,
            status_text: data.status_text,
            roles: data.roles,
            require_password_change: data.require_password_change,
            set_random_password: data.set_random_password,
            verified: data.verified,
            language: data.language,
            custom_fields: data.custom_fields,
        };
        let mut user = edit::by_administrator(ctx, &self.user_id, fields).await?;
        if let Some(active) = data.active {
            user =
                active::set_active(ctx, &self.user_id, active, self.confirm_relinquish == Some(true)).await?;
        }
        Ok(UserReply { user: view::answer(&user, list::sees_everything(ctx))? })
    }
}
