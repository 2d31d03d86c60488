//! The addresses of incoming webhooks: `/hooks/…`.

use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_kernel::spec::Verb;

use super::hook::{self, Knock, Route};

const TAG: &str = "integrations";
/// Largest body of a request to a webhook, in bytes.
const LARGEST: usize = 1 << 20;

pub(in super::super) fn register(registry: &mut Registry) {
    registry
        .resource::<Post>()
        .resource::<Add>()
        .resource::<Remove>()
        .resource::<Sample>()
        .resource::<Info>();
}

macro_rules! route {
    ($name:ident, $route:ident, $verbs:expr, $path:literal, $long:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        struct $name {
            /// The integration.
            integration_id: String,
            /// Not looked at: addresses of old integrations have it.
            user_id: Option<String>,
            /// The integration's secret.
            token: String,
        }

        impl Resource for $name {
            const SPEC: ResourceSpec = ResourceSpec::new($verbs, $path, TAG).aliases(&[$long]);
            type Guard = Anyone;

            async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
                let named = (self.integration_id, self.user_id, self.token);
                serve(Route::$route, named, asked, ctx).await
            }
        }
    };
}

route!(
    Post,
    Post,
    &[Verb::Get, Verb::Post],
    "/hooks/:integrationId/:token",
    "/hooks/:integrationId/:userId/:token",
    "Posts a message in the name of an incoming integration."
);
route!(
    Add,
    Add,
    &[Verb::Post],
    "/hooks/add/:integrationId/:token",
    "/hooks/add/:integrationId/:userId/:token",
    "Makes an outgoing integration in the name of an incoming one's user."
);
route!(
    Remove,
    Remove,
    &[Verb::Post],
    "/hooks/remove/:integrationId/:token",
    "/hooks/remove/:integrationId/:userId/:token",
    "Removes an outgoing integration in the name of an incoming one's user."
);
route!(
    Sample,
    Sample,
    &[Verb::Get],
    "/hooks/sample/:integrationId/:token",
    "/hooks/sample/:integrationId/:userId/:token",
    "Shows what an outgoing integration's calls look like."
);
route!(
    Info,
    Info,
    &[Verb::Get],
    "/hooks/info/:integrationId/:token",
    "/hooks/info/:integrationId/:userId/:token",
    "Tells whether the address of an incoming integration is right."
);

async fn serve(
    route: Route,
    (integration_id, user_id, token): (String, Option<String>, String),
    asked: Asked,
    ctx: &Ctx,
) -> Result<Answer> {
    let target =
        if asked.query.is_empty() { asked.path.clone() } else { format!("{}?{}", asked.path, asked.query) };
    let body = asked.body.read(LARGEST).await?;
    let knock = Knock {
        route,
        integration_id,
        user_id,
        token,
        target,
        headers: asked.headers,
        body: body.to_vec(),
        origin: ctx.origin.clone(),
    };
    let hook::Answer { status, body } = hook::answer(&ctx.kernel, knock).await;
    Ok(match body {
        Value::String(text) => Answer::text(status, text),
        body => Answer::json(status, &body),
    })
}
