//! Push over REST. Upstream: `apps/meteor/app/api/server/v1/push.ts`.

use gantry_kernel::prelude::*;

use super::notification::{self, Content};
use super::tokens::{self, Device, Registration};
use super::trial;

const TAG: &str = "push";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Token>().endpoint::<Remove>().endpoint::<Get>().endpoint::<Info>().endpoint::<Test>();
}

/// Stores the device that the caller uses.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Token {
    /// The device, if it was here before.
    id: Option<Value>,
    /// `apn` or `gcm`.
    #[serde(rename = "type")]
    kind: Option<Value>,
    /// What the gateway knows the device by.
    value: Option<Value>,
    /// Which app.
    app_name: Option<Value>,
    /// For calls on Apple devices.
    voip_token: Option<String>,
}

/// The device.
#[derive(Serialize, JsonSchema)]
struct TokenReply {
    result: Device,
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn missing(field: &str) -> Error {
    let code = match field {
        "type" => "error-type-param-not-valid",
        "appName" => "error-appName-param-not-valid",
        _ => "error-token-param-not-valid",
    };
    Error::new(code, format!("The required \"{field}\" body param is missing or invalid."))
}

impl Endpoint for Token {
    const SPEC: Spec = Spec::post("push.token", TAG);
    type Guard = LoggedIn;
    type Reply = TokenReply;

    async fn call(self, guard: LoggedIn, ctx: &Ctx) -> Result<TokenReply> {
        let id = match self.id {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id).filter(|id| !id.is_empty()),
            Some(_) => {
                return Err(Error::new(
                    "error-id-param-not-valid",
                    "The required \"id\" body param is invalid.",
                ));
            }
        };
        let kind = match text(self.kind).as_deref() {
            Some("apn") => "apn",
            Some("gcm") => "gcm",
            _ => return Err(missing("type")),
        };
        let given = Registration {
            id,
            kind,
            value: text(self.value).ok_or_else(|| missing("value"))?,
            app_name: text(self.app_name).ok_or_else(|| missing("appName"))?,
            owned: true,
            login: guard.0.token_hash.clone(),
            voip_token: self.voip_token,
            metadata: None,
        };
        let inner = ctx.clone();
        let result = ctx.write(async move |tx| tokens::register(&inner, tx, &given).await).await?;
        Ok(TokenReply { result })
    }
}

/// Removes a device of the caller.
#[derive(Deserialize, JsonSchema)]
struct Remove {
    /// What the gateway knows the device by.
    token: Option<Value>,
}

impl Endpoint for Remove {
    const SPEC: Spec = Spec::delete("push.token", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let token = text(self.token).ok_or_else(|| missing("token"))?;
        let inner = ctx.clone();
        if ctx.write(async move |tx| tokens::remove(&inner, tx, &token).await).await? {
            Ok(())
        } else {
            Err(Error::not_found("Resource not found"))
        }
    }
}

/// Shows a message as its notification would, for devices that were only told that there is one.
#[derive(Deserialize, JsonSchema)]
struct Get {
    /// The message. It has to be there.
    id: Option<String>,
}

/// The message and its notification.
#[derive(Serialize, JsonSchema)]
struct GetReply {
    data: Content,
}

impl Endpoint for Get {
    const SPEC: Spec = Spec::get("push.get", TAG);
    type Guard = LoggedIn;
    type Reply = GetReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<GetReply> {
        let id = self.id.ok_or_else(|| Error::message("Match error: Missing key 'id'"))?;
        let inner = ctx.clone();
        let data = ctx.read(async move |tx| notification::about(&inner, tx, &id).await).await?;
        Ok(GetReply { data })
    }
}

/// Shows how the workspace pushes.
#[derive(Deserialize, JsonSchema)]
struct Info {}

/// Whether notifications are pushed, and whether through the gateway that is set from the start.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct InfoReply {
    push_gateway_enabled: bool,
    default_push_gateway: bool,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("push.info", TAG);
    type Guard = LoggedIn;
    type Reply = InfoReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<InfoReply> {
        let default = ctx.settings.definition("Push_gateway").map(|definition| definition.default);
        let now = ctx.settings.value("Push_gateway");
        Ok(InfoReply {
            push_gateway_enabled: ctx.settings.flag_by_id("Push_enable"),
            default_push_gateway: now
                .is_some_and(|now| default.is_some_and(|default| *default == now.to_string())),
        })
    }
}

/// Sends a notification to the caller's own devices, to see whether they get any.
#[derive(Deserialize, JsonSchema)]
struct Test {}

/// How many devices the caller has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TestReply {
    tokens_count: usize,
}

impl Endpoint for Test {
    const SPEC: Spec = Spec::post("push.test", TAG).needs_all(&["test-push-notifications"]).rate(1, 1000);
    type Guard = LoggedIn;
    type Reply = TestReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<TestReply> {
        Ok(TestReply { tokens_count: trial::send(ctx).await? })
    }
}
