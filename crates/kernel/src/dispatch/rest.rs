//! REST: from a request to an answer.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::Kernel;
use crate::body::Body;
use crate::caller::{Caller, Ctx, Origin, SecondFactor, Transport};
use crate::error::{Error, Result};
use crate::guard::Auth;
use crate::limiter::{LimitKey, Verdict};
use crate::registry::{EndpointEntry, Route};
use crate::schema::Coerce;
use crate::settings::keys;
use crate::spec::{Misfit, Rate, Verb};
use crate::upload::UploadedFile;

use super::planned::planned_endpoint;
use super::removed::removed_endpoint;
use super::{check_permissions, check_second_factor, count, note_deprecated, rule_of};
use crate::form::{self, Wanted};
use crate::params;

/// Bytes of a body that comes to an operation with a file, and is no form.
const FORM_WITHOUT_FILE: usize = 1 << 20;

/// A REST request below `/api/v1/`, as the HTTP adapter hands it over.
#[derive(Debug)]
pub struct Inbound {
    /// HTTP verb.
    pub verb: Verb,
    /// Path below `/api/v1/`.
    pub path: String,
    /// Query string without the question mark.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body. Only forms with a file should be still arriving: everything else is read whole.
    pub body: Body,
    /// Client address.
    pub address: IpAddr,
    /// Id for logs.
    pub request_id: String,
}

/// The answer to a REST request.
#[derive(Debug)]
pub struct Outbound {
    /// HTTP status.
    pub status: u16,
    /// JSON text.
    pub body: Vec<u8>,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Answers one request. Never fails: a refusal is an answer.
pub async fn answer(kernel: &Arc<Kernel>, mut request: Inbound) -> Outbound {
    let Some(route) = kernel.registry.route(request.verb, &request.path) else {
        return no_route(kernel, &request);
    };
    let entry = route.entry;
    let user_agent = request.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    note_deprecated(entry.spec.path, entry.spec.deprecated, &entry.calls, user_agent.unwrap_or_default());
    let began = kernel.clock.elapsed();
    let mut headers = Vec::new();
    let body = std::mem::take(&mut request.body);
    let result = handle(kernel, &request, body, route, &mut headers).await;
    count(&entry.calls, result.is_err(), kernel.clock.elapsed().saturating_sub(began));
    match result {
        Ok(ejson) => {
            let text = if entry.spec.bare { ejson } else { with_success(ejson) };
            Outbound { status: 200, body: gantry_protocol::rest::encode(text.as_bytes()), headers }
        }
        Err(error) => {
            if error.status >= 500 {
                tracing::warn!(request = %request.request_id, path = %request.path, %error, "answered with an error");
            }
            Outbound { headers, ..refusal(&error) }
        }
    }
}

async fn handle(
    kernel: &Arc<Kernel>,
    request: &Inbound,
    body: Body,
    route: Route<'_>,
    headers: &mut Vec<(HeaderName, HeaderValue)>,
) -> Result<String> {
    let entry = route.entry;
    let caller = match authenticate(kernel, &request.headers).await? {
        None => by_query(kernel, &request.query).await?,
        known => known,
    };
    let ctx = Ctx { kernel: kernel.clone(), caller, origin: origin(request), now: kernel.clock.now() };
    match entry.auth {
        Auth::User if ctx.caller.is_none() => return Err(Error::unauthenticated()),
        Auth::UserOrAnonymous
            if ctx.caller.is_none() && !ctx.settings.get(keys::Accounts_AllowAnonymousRead) =>
        {
            return Err(Error::unauthenticated());
        }
        _ => {}
    }
    deprecation(entry, headers);
    limit(&ctx, entry.spec.rate, (entry.spec.verb, entry.spec.path), headers)?;
    if let Some(wanted) = entry.wanted_file(&ctx) {
        // Who may not do it shall not fill the disk either.
        check_permissions(entry.spec.needs, &ctx)?;
        let (params, file) = form_parameters(request, body, route, &wanted, &ctx).await?;
        check_second_factor(entry.spec.two_factor, &ctx).await?;
        return entry.call_with_file(params, file, &ctx).await;
    }
    let body = body.read(usize::MAX).await?;
    if entry.spec.misfit.is_some() {
        check_permissions(entry.spec.needs, &ctx)?;
    }
    let params = parameters(request, &body, route)?;
    check_permissions(entry.spec.needs, &ctx)?;
    check_second_factor(entry.spec.two_factor, &ctx).await?;
    entry.call(params, &ctx).await
}

/// A form's fields and path as one checked object, and its file.
async fn form_parameters(
    request: &Inbound,
    body: Body,
    route: Route<'_>,
    wanted: &Wanted,
    ctx: &Ctx,
) -> Result<(Value, Option<UploadedFile>)> {
    let kind = text(&request.headers, "content-type").unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let body = body.read(FORM_WITHOUT_FILE).await?;
        return Ok((parameters(request, &body, route)?, None));
    }
    let (mut values, file) = form::read(body, kind, wanted, &ctx.files).await?;
    add_path(&mut values, &route)?;
    Ok((conform(route.entry, values, Coerce::Body)?, file))
}

/// The caller of a request, from `X-Auth-Token` and `X-User-Id`, or from an application's access token in
/// `Authorization: Bearer`.
pub(super) async fn authenticate(kernel: &Arc<Kernel>, headers: &HeaderMap) -> Result<Option<Arc<Caller>>> {
    if let (Some(token), Some(uid)) = (text(headers, "x-auth-token"), text(headers, "x-user-id")) {
        return kernel.identity().authenticate(kernel, Some(uid), token).await;
    }
    match text(headers, "authorization").and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) => kernel.identity().bearer(kernel, token.trim()).await,
        None => Ok(None),
    }
}

/// The caller by an application's access token in the query parameter `access_token`.
async fn by_query(kernel: &Arc<Kernel>, query: &str) -> Result<Option<Arc<Caller>>> {
    let mut pairs = query.split('&');
    match pairs.find_map(|pair| pair.strip_prefix("access_token=")).filter(|token| !token.is_empty()) {
        Some(token) => kernel.identity().bearer(kernel, token).await,
        None => Ok(None),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
}

pub(super) fn origin(request: &Inbound) -> Origin {
    let second_factor = text(&request.headers, "x-2fa-code").map(|code| SecondFactor {
        code: code.to_owned(),
        method: text(&request.headers, "x-2fa-method").unwrap_or_default().to_owned(),
    });
    Origin {
        transport: Transport::Rest,
        address: request.address,
        user_agent: text(&request.headers, "user-agent").unwrap_or_default().to_owned(),
        host: text(&request.headers, "host").unwrap_or_default().to_owned(),
        second_factor,
        connection: None,
        request_id: request.request_id.clone(),
    }
}

/// Query string, body and path as one checked object.
fn parameters(request: &Inbound, body: &[u8], route: Route<'_>) -> Result<Value> {
    let kind = text(&request.headers, "content-type").unwrap_or_default();
    let mut values = match request.verb {
        Verb::Get => params::from_form(&request.query)?,
        Verb::Delete if body.is_empty() => params::from_form(&request.query)?,
        _ if kind.starts_with("application/x-www-form-urlencoded") => {
            params::from_form(std::str::from_utf8(body).unwrap_or_default())?
        }
        _ => params::from_json(body)?,
    };
    add_path(&mut values, &route)?;
    let coerce = match request.verb {
        Verb::Get => Coerce::Query,
        _ if route.entry.spec.exact_types => Coerce::None,
        _ => Coerce::Body,
    };
    conform(route.entry, values, coerce)
}

fn add_path(values: &mut Map<String, Value>, route: &Route<'_>) -> Result<()> {
    for (name, value) in &route.path_params {
        values.insert(name.clone(), Value::String(params::decode(&value.replace('+', "%2B"))?));
    }
    Ok(())
}

fn conform(entry: &EndpointEntry, values: Map<String, Value>, coerce: Coerce) -> Result<Value> {
    let mut values = Value::Object(values);
    match entry.conform().conform(&mut values, coerce) {
        Ok(()) => Ok(values),
        Err(messages) => Err(match entry.spec.misfit {
            None => Error::invalid_params(messages.join("\n ")),
            Some(Misfit { code, reason: "" }) => Error::new(code, messages.join("\n")),
            Some(Misfit { code, reason }) => Error::new(code, reason),
        }),
    }
}

/// Applies the rate limit and says so in headers, on allowed calls too.
pub(super) fn limit(
    ctx: &Ctx,
    rate: Rate,
    route: (Verb, &'static str),
    headers: &mut Vec<(HeaderName, HeaderValue)>,
) -> Result<()> {
    if ctx.test_mode
        || rate == Rate::Off
        || !ctx.settings.get(keys::API_Enable_Rate_Limiter)
        || ctx.may("api-bypass-rate-limit")
    {
        return Ok(());
    }
    let rule = rule_of(rate, ctx);
    let key = LimitKey::of(&(ctx.origin.address, ctx.uid(), route));
    let verdict = ctx.limiter.check(key, rule, ctx.now.millis());
    limit_headers(&verdict, headers);
    if verdict.allowed {
        Ok(())
    } else {
        Err(Error::too_many_requests(verdict.reset_at_ms - ctx.now.millis()))
    }
}

fn limit_headers(verdict: &Verdict, headers: &mut Vec<(HeaderName, HeaderValue)>) {
    headers.push((HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(verdict.limit)));
    headers.push((HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(verdict.remaining)));
    headers.push((HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(verdict.reset_at_ms)));
}

fn deprecation(entry: &EndpointEntry, headers: &mut Vec<(HeaderName, HeaderValue)>) {
    let Some(deprecated) = entry.spec.deprecated else { return };
    let mut message = format!(
        "The endpoint \"{}\" is deprecated and will be removed on version {}",
        entry.spec.path, deprecated.version
    );
    if !deprecated.instead.is_empty() {
        message.push_str(&format!("; use {} instead", deprecated.instead));
    }
    headers.push((
        HeaderName::from_static("x-deprecation-type"),
        HeaderValue::from_static("endpoint-deprecation"),
    ));
    if let Ok(value) = HeaderValue::from_str(&message) {
        headers.push((HeaderName::from_static("x-deprecation-message"), value));
    }
    headers.push((
        HeaderName::from_static("x-deprecation-version"),
        HeaderValue::from_static(deprecated.version),
    ));
}

fn no_route(kernel: &Kernel, request: &Inbound) -> Outbound {
    let (verb, path) = (request.verb.name(), format!("/api/v1/{}", request.path));
    if let Some(path) = planned_endpoint(verb, &path) {
        return refusal(&Error::not_implemented(&format!("{verb} {path}")));
    }
    let verbs = kernel.registry.verbs(&request.path);
    let status = if verbs.is_empty() { 404 } else { 405 };
    let allow = verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", ");
    let mut headers = Vec::new();
    if let (405, Ok(value)) = (status, HeaderValue::from_str(&allow)) {
        headers.push((http::header::ALLOW, value));
    }
    let mut message = "API endpoint does not exist".to_owned();
    if let Some(removed) = removed_endpoint(&request.path) {
        message.push_str(": ");
        message.push_str(&removed.explanation());
    }
    let body = serde_json::json!({ "success": false, "status": "error", "message": message });
    Outbound { status, body: body.to_string().into_bytes(), headers }
}

fn refusal(error: &Error) -> Outbound {
    let text = error.rest_body().to_string();
    Outbound {
        status: error.status,
        body: gantry_protocol::rest::encode(text.as_bytes()),
        headers: Vec::new(),
    }
}

/// Adds `success: true` to an object; anything else is sent as it is.
fn with_success(mut text: String) -> String {
    if text == "null" || text == "{}" {
        return r#"{"success":true}"#.to_owned();
    }
    if text.starts_with('{') && text.ends_with('}') {
        text.pop();
        text.push_str(r#","success":true}"#);
    }
    text
}
