//! Avatars over DDP. Upstream: `apps/meteor/server/methods/{setAvatarFromService,resetAvatar}.ts`.

use gantry_kernel::prelude::*;

use super::{change, fetch, picture, rules};
use crate::users::by_id;

pub(super) fn register(registry: &mut Registry) {
    registry.method::<SetAvatarFromService>().method::<ResetAvatar>();
}

/// `setAvatarFromService(dataURI, contentType?, service?, targetUserId?)`.
#[derive(Deserialize)]
struct SetAvatarFromService {
    data: String,
    content_type: Option<String>,
    service: Option<String>,
    target: Option<String>,
}

impl Method for SetAvatarFromService {
    const SPEC: MethodSpec = MethodSpec::new("setAvatarFromService", "users").rate(1, 5000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        let refused = |code: &'static str, reason: &'static str| {
            Error::new(code, reason).with_details(json!({ "method": "setAvatarFromService" }))
        };
        if self.data.is_empty() {
            return Err(refused("error-invalid-data", "Invalid dataURI"));
        }
        if !ctx.settings.get(keys::Accounts_AllowUserAvatarChange) {
            return Err(refused("error-not-allowed", "Not allowed"));
        }
        let uid = self.target.filter(|target| !target.is_empty()).unwrap_or_else(|| caller.uid.clone());
        if uid != caller.uid && !rules::may_others(ctx) {
            return Err(refused("error-unauthorized", "Unauthorized"));
        }
        let id = uid.clone();
        let user = ctx.read(async move |tx| by_id(tx, &id).await).await?;
        let user = user.ok_or_else(|| refused("error-invalid-desired-user", "Invalid desired user"))?;
        let service = self.service.unwrap_or_default();
        let bytes = match service.as_str() {
            "initials" => return change::reset(ctx, &uid, Some("initials")).await,
            "url" => fetch::from_url(&self.data, user.username.as_deref().unwrap_or_default()).await?,
            "rest" => {
                if self.content_type.is_none_or(|kind| kind.is_empty()) {
                    return Err(Error::new(
                        "error-avatar-invalid-content-type",
                        "Invalid avatar content type",
                    )
                    .with_details(json!({ "function": "setUserAvatar" })));
                }
                // One byte in each character.
                let bytes = self.data.chars().map(|c| u8::try_from(u32::from(c)).ok());
                bytes.collect::<Option<Vec<u8>>>().ok_or_else(Error::match_failed)?.into()
            }
            _ => picture::from_data_uri(&self.data)?,
        };
        let origin = if service.is_empty() { "upload" } else { &service };
        change::set(ctx, &uid, origin, picture::prepare(ctx, bytes).await?).await
    }
}

/// `resetAvatar(userId?)`.
#[derive(Deserialize)]
struct ResetAvatar {
    uid: Option<String>,
}

impl Method for ResetAvatar {
    const SPEC: MethodSpec = MethodSpec::new("resetAvatar", "users").rate(1, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        let refused = |code: &'static str, reason: &'static str| {
            Error::new(code, reason).with_details(json!({ "method": "resetAvatar" }))
        };
        rules::may_choose(ctx, "Not allowed", "resetAvatar")?;
        let uid = self.uid.filter(|uid| !uid.is_empty()).unwrap_or_else(|| caller.uid.clone());
        if uid != caller.uid && !rules::may_others(ctx) {
            return Err(refused("error-unauthorized", "Unauthorized"));
        }
        let id = uid.clone();
        let user = ctx.read(async move |tx| by_id(tx, &id).await).await?;
        if user.is_none_or(|user| user.username.is_none()) {
            return Err(refused("error-invalid-desired-user", "Invalid desired user"));
        }
        change::reset(ctx, &uid, None).await
    }
}
