//! Parameters that name people. Upstream: `apps/meteor/app/api/server/helpers/getUserFromParams.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

/// Names one user.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// User id.
    pub user_id: Option<String>,
    /// Username; not looked at when the id is given.
    pub username: Option<String>,
    /// Older spelling of `username`.
    pub user: Option<String>,
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

impl Person {
    /// The user.
    ///
    /// # Errors
    /// `error-user-param-not-provided`, `error-invalid-user`.
    pub async fn find(&self, tx: &Tx) -> Result<User> {
        let name = filled(&self.username).or(filled(&self.user));
        let user = match (filled(&self.user_id), name) {
            (Some(id), _) => users::by_id(tx, id).await?,
            (None, Some(name)) => users::by_username(tx, name.trim_start_matches('@')).await?,
            (None, None) => {
                return Err(Error::new(
                    "error-user-param-not-provided",
                    "The required \"userId\" or \"username\" param was not provided",
                ));
            }
        };
        user.ok_or_else(|| {
            Error::new(
                "error-invalid-user",
                "The required \"userId\" or \"username\" param provided does not match any users",
            )
        })
    }
}

/// Names one user or several.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct People {
    /// User id.
    pub user_id: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Older spelling of `username`.
    pub user: Option<String>,
    /// User ids.
    pub user_ids: Option<Vec<String>>,
    /// Usernames.
    pub usernames: Option<Vec<String>>,
}

impl People {
    /// The users that exist among those who are named, without repetition.
    ///
    /// # Errors
    /// `error-users-params-not-provided` if nobody is named.
    pub async fn find(&self, tx: &Tx) -> Result<Vec<User>> {
        let by_id = self.user_ids.is_some() || filled(&self.user_id).is_some();
        let sole = filled(&self.user_id).or(filled(&self.username)).or(filled(&self.user));
        let mut named = self.user_ids.clone().or_else(|| self.usernames.clone()).unwrap_or_default();
        named.extend(sole.map(str::to_owned));
        named.retain(|name| !name.is_empty());
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            return Err(Error::new(
                "error-users-params-not-provided",
                "Please provide \"userId\" or \"username\" or \"userIds\" or \"usernames\" as param",
            ));
        }
        if by_id { users::by_ids(tx, &named).await } else { users::by_usernames(tx, &named).await }
    }
}
