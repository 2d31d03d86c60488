//! Avatars over REST. Upstream: `apps/meteor/app/api/server/v1/users.ts`.

use bytes::Bytes;
use gantry_kernel::files::unreadable;
use gantry_kernel::media::{MAX_BYTES, too_large};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_kernel::upload::{Upload, UploadedFile, required};
use serde_json::Map;

use super::{change, fetch, picture, rules};
use crate::users::{self, UserSelector, by_id};

pub(super) fn register(registry: &mut Registry) {
    registry
        .upload::<SetAvatar>()
        .endpoint::<ResetAvatar>()
        .resource::<GetAvatar>()
        .endpoint::<AvatarSuggestion>();
}

/// Gives a user a picture: a file of a form, or one that lies at an address.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetAvatar {
    /// User id; the caller if neither is there.
    user_id: Option<String>,
    /// Username, in any case.
    username: Option<String>,
    /// Where the picture lies.
    avatar_url: Option<String>,
}

impl Upload for SetAvatar {
    const SPEC: Spec = Spec::post("users.setAvatar", "users");
    const FIELD: &'static str = "image";
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        rules::may_choose(ctx, "Change avatar is not allowed", "users.setAvatar")?;
        let selector = UserSelector { user_id: self.user_id, username: self.username, user: None };
        let url = self.avatar_url.filter(|url| !url.is_empty());
        if !selector.is_caller(ctx) && !rules::may_others(ctx) {
            // A form and a JSON body are refused differently.
            return Err(match &file {
                Some(_) => Error::new("error-not-allowed", "Not allowed"),
                None => Error::unauthorized(),
            });
        }
        let in_form = file.is_some();
        let (uid, username) = rules::whom(ctx, selector).await.map_err(|error| {
            if in_form && error.is("error-invalid-user") {
                let reason =
                    "The optional \"userId\" or \"username\" param provided does not match any users";
                return Error::new("error-invalid-user", reason);
            }
            error
        })?;
        if let (Some(url), None) = (&url, &file) {
            let bytes = fetch::from_url(url, &username).await?;
            return change::set(ctx, &uid, "url", picture::prepare(ctx, bytes).await?).await;
        }
        let bytes = content(&required(file)?).await?;
        change::set(ctx, &uid, "rest", picture::prepare(ctx, bytes).await?).await
    }
}

async fn content(file: &UploadedFile) -> Result<Bytes> {
    if file.spool.size() > MAX_BYTES as u64 {
        return Err(too_large(MAX_BYTES));
    }
    file.spool.head(MAX_BYTES as u64).await.map(Bytes::from).map_err(unreadable)
}

/// Takes a user's picture away; the first letter of the name is shown again.
#[derive(Deserialize, JsonSchema)]
struct ResetAvatar {
    #[serde(flatten)]
    selector: UserSelector,
}

impl Endpoint for ResetAvatar {
    const SPEC: Spec = Spec::post("users.resetAvatar", "users");
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<()> {
        let user = users::selected(ctx, self.selector).await?;
        let own = user.id == caller.uid && ctx.settings.get(keys::Accounts_AllowUserAvatarChange);
        if !own && !rules::may_others(ctx) && !ctx.may("manage-moderation-actions") {
            return Err(Error::new("error-not-allowed", "Reset avatar is not allowed")
                .with_details(json!({ "method": "users.resetAvatar" })));
        }
        change::reset(ctx, &user.id, None).await
    }
}

/// Sends the client to a user's picture.
#[derive(Deserialize, JsonSchema)]
struct GetAvatar {
    #[serde(flatten)]
    selector: UserSelector,
}

impl Resource for GetAvatar {
    const SPEC: ResourceSpec = ResourceSpec::get("/api/v1/users.getAvatar", "users");
    type Guard = LoggedIn;

    async fn answer(self, _: Asked, _: LoggedIn, ctx: &Ctx) -> Result<Answer> {
        let user = users::selected(ctx, self.selector).await?;
        let url = users::view::avatar_url(ctx, user.username.as_deref().unwrap_or_default());
        Ok(Answer::json(307, &json!(url)).with(http::header::LOCATION, &url))
    }
}

/// Pictures that the services have that the caller is known to.
#[derive(Deserialize, JsonSchema)]
struct AvatarSuggestion {}

/// Pictures by service.
#[derive(Serialize, JsonSchema)]
struct SuggestionReply {
    suggestions: Map<String, Value>,
}

impl Endpoint for AvatarSuggestion {
    const SPEC: Spec = Spec::get("users.getAvatarSuggestion", "users");
    type Guard = LoggedIn;
    type Reply = SuggestionReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<SuggestionReply> {
        let uid = caller.uid.clone();
        let user = ctx.read(async move |tx| by_id(tx, &uid).await).await?;
        let user = user.ok_or_else(|| Error::new("error-invalid-user", "Invalid user"))?;
        let mut suggestions = Map::new();
        for found in fetch::suggestions(ctx, &user).await {
            let mut shown = json!(found);
            shown["service"] = json!(found.service);
            suggestions.insert(found.service.to_owned(), shown);
        }
        Ok(SuggestionReply { suggestions })
    }
}
