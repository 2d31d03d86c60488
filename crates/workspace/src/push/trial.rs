//! A notification to the caller's own devices, to see whether they get any.
//! Upstream: `apps/meteor/server/lib/pushConfig.ts`, `apps/meteor/app/push/server/push.ts`.

use std::time::Duration;

use futures_util::future::join_all;
use gantry_kernel::outgoing::{Policy, Request, fetch};
use gantry_kernel::prelude::*;
use http::Method as Verb;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::tokens::{self, Device};

const METHOD: &str = "push_test";
/// How long a gateway may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Devices that are tried; people have a few.
const DEVICES: i64 = 20;

fn refuse(code: &'static str, reason: &'static str) -> Error {
    Error::new(code, reason).with_details(json!({ "method": METHOD }))
}

/// The gateway that passes notifications on, if the workspace uses one.
fn gateway(ctx: &Ctx) -> Option<String> {
    let agreed = ["Push_enable_gateway", "Register_Server", "Cloud_Service_Agree_PrivacyTerms"];
    let url = ctx.settings.value("Push_gateway")?;
    let url = url.as_str()?.lines().next()?.trim().trim_end_matches('/').to_owned();
    (!url.is_empty() && agreed.iter().all(|id| ctx.settings.flag_by_id(id))).then_some(url)
}

/// Sends the notification; answers how many devices the caller has. Unlike upstream, it is no success if no device
/// could be told.
///
/// # Errors
/// `error-push-disabled`, `error-no-tokens-for-this-user`, `error-push-not-configured`, `error-push-not-sent`.
pub(super) async fn send(ctx: &Ctx) -> Result<usize> {
    if !ctx.settings.flag_by_id("Push_enable") {
        return Err(refuse("error-push-disabled", "Push is disabled"));
    }
    let uid = ctx.uid().to_owned();
    let devices = ctx.read(async move |tx| tokens::of_user(tx, &uid, DEVICES).await).await?;
    if devices.is_empty() {
        return Err(refuse("error-no-tokens-for-this-user", "There are no tokens for this user"));
    }
    let Some(gateway) = gateway(ctx) else {
        return Err(refuse("error-push-not-configured", "The workspace uses no push gateway"));
    };
    let sent = join_all(devices.iter().map(|device| to_device(ctx, &gateway, device))).await;
    if sent.contains(&true) {
        Ok(devices.len())
    } else {
        Err(refuse("error-push-not-sent", "The push gateway did not take the notification"))
    }
}

/// Whether the gateway took it.
async fn to_device(ctx: &Ctx, gateway: &str, device: &Device) -> bool {
    let Some((service, token)) = device.token.as_object().and_then(|token| token.iter().next()) else {
        return false;
    };
    let caller = ctx.caller.as_ref().map(|caller| caller.username.as_str()).unwrap_or_default();
    let mut options = json!({
        "from": "push",
        "title": format!("@{caller}"),
        "text": "This is a test of push notifications",
        "sound": "default",
        "userId": ctx.uid(),
        "createdAt": ctx.now,
        "uniqueId": *ctx.settings.get(keys::uniqueID),
    });
    if service == "apn" {
        options["topic"] = json!(device.app_name);
    }
    let body = json!({ "token": token, "options": options }).to_string();
    let mut request = Request::get(format!("{gateway}/push/{service}/send"));
    request.method = Verb::POST;
    request.timeout = TIMEOUT;
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = gantry_protocol::rest::encode(body.as_bytes());
    let policy = Policy::trusting(&ctx.settings.get(keys::SSRF_Allowlist));
    match fetch(request, &policy).await {
        Ok(answer) if answer.status.is_success() => true,
        Ok(answer) => {
            tracing::warn!(status = %answer.status, "a push gateway refused a notification");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a push gateway could not be reached");
            false
        }
    }
}
