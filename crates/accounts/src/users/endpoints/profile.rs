//! Changing one's own profile.

use gantry_kernel::prelude::*;
use serde_json::Map;

use super::UserReply;
use crate::users::profile::{self, Profile};
use crate::users::{validate, view};

/// Changes the caller's own profile. A new address or password asks for a second factor, or for
/// `currentPassword`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateOwnBasicInfo {
    /// What changes.
    data: OwnData,
    /// Extra values.
    custom_fields: Option<Map<String, Value>>,
}

/// What changes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OwnData {
    /// Address; it is not verified then.
    email: Option<String>,
    /// Real name.
    name: Option<String>,
    /// Unique name.
    username: Option<String>,
    /// At most 120 characters; empty to remove it.
    nickname: Option<String>,
    /// At most 260 characters; empty to remove it.
    bio: Option<String>,
    /// `online`, `away`, `busy` or `offline`.
    status_type: Option<String>,
    /// Text beside the status.
    status_text: Option<String>,
    /// SHA-256 of the present password, in hex.
    current_password: Option<String>,
    /// Password in the clear.
    new_password: Option<String>,
}

impl Endpoint for UpdateOwnBasicInfo {
    const SPEC: Spec = Spec::post("users.updateOwnBasicInfo", "users").rate(1, 60_000);
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        let data = self.data;
        if data.name.as_deref().is_some_and(|name| !name.is_empty() && !validate::name_fits(name)) {
            return Err(Error::message("Name contains invalid characters"));
        }
        let ctx = profile::with_typed_password(ctx, data.current_password);
        let changes = Profile {
            email: data.email,
            name: data.name,
            username: data.username,
            nickname: data.nickname,
            bio: data.bio,
            status: data.status_type,
            status_text: data.status_text,
            new_password: data.new_password,
            custom_fields: self.custom_fields,
        };
        let user = profile::change(&ctx, &caller, changes).await?;
        Ok(UserReply { user: view::answer(&user, true)? })
    }
}
