//! Users as parameters name them.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_protocol::objects::User;
use gantry_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{by_id, by_username};

/// Names one user. Upstream: `apps/meteor/app/api/server/helpers/getUserFromParams.ts`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSelector {
    /// User id.
    pub user_id: Option<String>,
    /// Username, in any case.
    pub username: Option<String>,
    /// Username, in any case, as old clients say it.
    pub user: Option<String>,
}

impl UserSelector {
    /// Whether this is the caller: nobody is named, or the caller is.
    pub fn is_caller(&self, ctx: &Ctx) -> bool {
        let Some(caller) = &ctx.caller else { return false };
        let name = given(&self.username).or(given(&self.user));
        match (given(&self.user_id), name) {
            (Some(uid), _) => uid == caller.uid,
            (None, Some(name)) => super::fold(name) == super::fold(&caller.username),
            (None, None) => true,
        }
    }

    /// The user that is named.
    ///
    /// # Errors
    /// `error-user-param-not-provided`, `error-invalid-user`.
    pub async fn find(&self, tx: &Tx) -> Result<User> {
        let found = match (given(&self.user_id), given(&self.username).or(given(&self.user))) {
            (Some(uid), _) => by_id(tx, uid).await?,
            (None, Some(name)) => by_username(tx, name).await?,
            (None, None) => {
                return Err(Error::new(
                    "error-user-param-not-provided",
                    "The required \"userId\" or \"username\" param was not provided",
                ));
            }
        };
        found.ok_or_else(|| {
            Error::new(
                "error-invalid-user",
                "The required \"userId\" or \"username\" param provided does not match any users",
            )
        })
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// The user that parameters name.
///
/// # Errors
/// As [`UserSelector::find`].
pub async fn selected(ctx: &Ctx, selector: UserSelector) -> Result<User> {
    ctx.read(async move |tx| selector.find(tx).await).await
}
