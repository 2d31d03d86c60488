//! Looking at a user.

use gantry_kernel::prelude::*;

use super::UserReply;
use crate::users::events::RoomsSought;
use crate::users::{by_id, by_import_id, by_username, list, password_hash, view};

/// A user by id, name or imported id. Who may see everything gets addresses and roles; users get their
/// own services without the secrets.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Info {
    /// User id.
    user_id: Option<String>,
    /// Unique name, in any case.
    username: Option<String>,
    /// Id in the system that the user was imported from.
    import_id: Option<String>,
    /// `true` to add the user's rooms: one's own, or with the permission `view-other-user-channels`.
    include_user_rooms: Option<String>,
    /// Ignored.
    #[expect(dead_code, reason = "accepted for old clients")]
    fields: Option<String>,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("users.info", "users");
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (uid, username, import_id) = (given(self.user_id), given(self.username), given(self.import_id));
        if uid.is_none() && username.is_none() && import_id.is_none() {
            return Err(Error::invalid_params("must have required property 'userId'"));
        }
        let privileged = list::sees_everything(ctx);
        let rooms = self.include_user_rooms.as_deref() == Some("true");
        let other_rooms = ctx.may("view-other-user-channels");
        let inner = ctx.clone();
        let user = ctx
            .read(async move |tx| {
                let found = match (&uid, &username, &import_id) {
                    (Some(uid), ..) => by_id(tx, uid).await?,
                    (_, Some(username), _) => by_username(tx, username).await?,
                    (_, _, Some(import_id)) => by_import_id(tx, import_id).await?,
                    _ => None,
                };
                let Some(user) = found else { return Ok(None) };
                let myself = user.id == caller.uid;
                let everything = myself || privileged;
                if import_id.is_some() && uid.is_none() && username.is_none() && !everything {
                    return Ok(None);
                }
                let has_password = myself && password_hash(tx, &user.id).await?.is_some();
                let mut shown = view::info(&inner, &user, everything, myself, has_password)?;
                if rooms && (myself || other_rooms) {
                    let sought = RoomsSought::new(&user.id);
                    inner.within.run(&inner, tx, &sought).await?;
                    shown["rooms"] = Value::Array(sought.take());
                }
                Ok(Some(shown))
            })
            .await?;
        user.map(|user| UserReply { user }).ok_or_else(|| Error::message("User not found."))
    }
}
