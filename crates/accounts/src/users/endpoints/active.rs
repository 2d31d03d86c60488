//! Who may log in.

use gantry_kernel::prelude::*;
use gantry_kernel::spec::Needs;

use super::UserReply;
use crate::users::active;

/// Lets a user log in, or no longer; all sessions end then.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SetActiveStatus {
    /// User id.
    user_id: String,
    /// Whether the user may log in.
    active_status: bool,
    /// Do it also if the user is the last owner of a room; somebody else becomes its owner.
    confirm_relinquish: Option<bool>,
}

impl Endpoint for SetActiveStatus {
    const SPEC: Spec = Spec::post("users.setActiveStatus", "users")
        .needs_any(&["edit-other-user-active-status", "manage-moderation-actions"]);
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        let user =
            active::set_active(ctx, &self.user_id, self.active_status, self.confirm_relinquish == Some(true))
                .await?;
        Ok(UserReply { user: json!({ "_id": user.id, "active": user.active }) })
    }
}

/// Deactivates the holders of a role who have not logged in for some days.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeactivateIdle {
    /// Days since the last login.
    days_idle: f64,
    /// Role id; `user` without it.
    role: Option<String>,
}

/// How many were deactivated.
#[derive(Serialize, JsonSchema)]
pub(super) struct CountReply {
    count: i64,
}

impl Endpoint for DeactivateIdle {
    const SPEC: Spec = Spec {
        needs: Needs::All(&["edit-other-user-active-status"]),
        ..Spec::post("users.deactivateIdle", "users")
    };
    type Guard = LoggedIn;
    type Reply = CountReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<CountReply> {
        let since =
            Timestamp::from_millis(ctx.now.millis().saturating_sub((self.days_idle * 86_400_000.0) as i64));
        let role = self.role.unwrap_or_else(|| "user".to_owned());
        Ok(CountReply { count: active::deactivate_idle(ctx, since, &role).await? })
    }
}
