//! `/avatar/…` of users. Upstream: `apps/meteor/server/routes/avatar/user.ts`.

use gantry_kernel::media::{self, Area};
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_protocol::objects::User;

use super::serve::{self, Look};
use crate::users;

pub(super) fn register(registry: &mut Registry) {
    registry.resource::<OfUsername>().resource::<OfUid>();
}

/// The picture of a user: the one that was chosen, or the first letter of the name.
///
/// A name with `@` before it always gets the letter. Who is not signed in gets letters only, unless the
/// workspace shows pictures to everybody.
#[derive(Deserialize, JsonSchema)]
struct OfUsername {
    /// Username, in any case.
    subject: String,
    #[serde(flatten)]
    look: Look,
}

impl Resource for OfUsername {
    const SPEC: ResourceSpec =
        ResourceSpec::get("/avatar/:subject", "users").aliases(&["/api/v1/avatar/:subject"]).cookies();
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        if let Some(name) = self.subject.strip_prefix('@') {
            return serve::letter(ctx, &self.look, &asked, name).await;
        }
        if !serve::may_see(ctx) {
            return serve::letter(ctx, &self.look, &asked, &self.subject).await;
        }
        if let Some(url) = elsewhere(ctx, &self.subject) {
            return Ok(Answer::redirect(&url));
        }
        let name = self.subject.clone();
        let user = ctx.read(async move |tx| users::by_username(tx, &name).await).await?;
        shown(ctx, &self.look, &asked, user, &self.subject).await
    }
}

/// The picture of a user, by id.
#[derive(Deserialize, JsonSchema)]
struct OfUid {
    /// User id.
    uid: String,
    #[serde(flatten)]
    look: Look,
}

impl Resource for OfUid {
    const SPEC: ResourceSpec = ResourceSpec::get("/avatar/uid/:uid", "users").cookies();
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        if !serve::may_see(ctx) {
            return serve::letter(ctx, &self.look, &asked, &self.uid).await;
        }
        let uid = self.uid.clone();
        let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
        let Some(user) = user else { return Ok(Answer::status(404)) };
        let username = user.username.clone().unwrap_or_default();
        if let Some(url) = elsewhere(ctx, &username) {
            return Ok(Answer::redirect(&url));
        }
        shown(ctx, &self.look, &asked, Some(user), &username).await
    }
}

fn elsewhere(ctx: &Ctx, username: &str) -> Option<String> {
    serve::elsewhere(&ctx.settings.get(keys::Accounts_AvatarExternalProviderUrl), "{username}", username)
}

async fn shown(ctx: &Ctx, look: &Look, asked: &Asked, user: Option<User>, name: &str) -> Result<Answer> {
    let Some(user) = user else { return serve::letter(ctx, look, asked, name).await };
    let uid = user.id.clone();
    let headers = asked.headers.clone();
    let picture = ctx.read(async move |tx| media::offer(tx, Area::UserAvatar, &uid, &headers).await).await?;
    if let Some(picture) = picture {
        return Ok(serve::chosen(ctx, look, &picture));
    }
    let real = user.name.filter(|_| ctx.settings.get(keys::UI_Use_Name_Avatar));
    let name = real.filter(|name| !name.is_empty()).or(user.username).unwrap_or_else(|| name.to_owned());
    serve::letter(ctx, look, asked, &name).await
}
