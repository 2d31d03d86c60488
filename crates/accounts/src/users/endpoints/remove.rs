//! Removing users over REST.

use gantry_kernel::prelude::*;

use crate::users::{UserSelector, remove, selected};

/// Removes a user. Their messages go, stay, or stay under another name, as the setting
/// `Message_ErasureType` says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    #[serde(flatten)]
    user: UserSelector,
    /// Do it also if the user is the last owner of a room; somebody else becomes its owner.
    confirm_relinquish: Option<bool>,
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec::post("users.delete", "users").needs_all(&["delete-user"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let user = selected(ctx, self.user).await?;
        remove::by_administrator(ctx, &user.id, self.confirm_relinquish == Some(true)).await
    }
}

/// Removes the caller's own user, if the workspace allows it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteOwnAccount {
    /// SHA-256 of the password in hex; of the username for those without a password.
    password: Option<String>,
    /// As for `users.delete`.
    confirm_relinquish: Option<bool>,
}

impl Endpoint for DeleteOwnAccount {
    const SPEC: Spec = Spec::post("users.deleteOwnAccount", "users");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let password = self.password.filter(|password| !password.is_empty());
        let password = password.ok_or_else(|| Error::message("Body parameter \"password\" is required."))?;
        remove::own(ctx, &password, self.confirm_relinquish == Some(true)).await
    }
}
