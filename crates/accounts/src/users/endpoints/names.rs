//! Usernames that could be one's own.

use gantry_kernel::prelude::*;

use crate::users::{by_id, names, validate};

/// A username that the caller could have.
#[derive(Deserialize, JsonSchema)]
pub(super) struct UsernameSuggestion {}

/// A username.
#[derive(Serialize, JsonSchema)]
pub(super) struct SuggestionReply {
    result: String,
}

impl Endpoint for UsernameSuggestion {
    const SPEC: Spec = Spec::get("users.getUsernameSuggestion", "users");
    type Guard = LoggedIn;
    type Reply = SuggestionReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<SuggestionReply> {
        let inner = ctx.clone();
        let result = ctx
            .read(async move |tx| match by_id(tx, &caller.uid).await? {
                Some(user) => names::suggest(&inner, tx, &user).await,
                None => Err(Error::new("error-invalid-user", "Invalid user")),
            })
            .await?;
        Ok(SuggestionReply { result })
    }
}

/// Whether the caller could have a username.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UsernameAvailability {
    /// The name.
    username: String,
}

/// Whether it is free or already the caller's.
#[derive(Serialize, JsonSchema)]
pub(super) struct AvailabilityReply {
    result: bool,
}

impl Endpoint for UsernameAvailability {
    const SPEC: Spec = Spec::get("users.checkUsernameAvailability", "users");
    type Guard = LoggedIn;
    type Reply = AvailabilityReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<AvailabilityReply> {
        let refused = |code: &'static str, reason: &'static str| {
            Error::new(code, reason).with_details(json!({ "method": "setUsername" }))
        };
        if self.username.is_empty() {
            return Err(refused("error-invalid-username", "Invalid username"));
        }
        if !caller.username.is_empty() && !ctx.settings.get(keys::Accounts_AllowUsernameChange) {
            return Err(refused("error-not-allowed", "Not allowed"));
        }
        if caller.username == self.username {
            return Ok(AvailabilityReply { result: true });
        }
        let (inner, name) = (ctx.clone(), self.username);
        let result = ctx.read(async move |tx| validate::username_available(&inner, tx, &name).await).await?;
        Ok(AvailabilityReply { result })
    }
}
