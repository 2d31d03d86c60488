//! A request to the address of an incoming webhook.
//! Upstream: `apps/meteor/app/integrations/server/api/api.js`.

use gantry_accounts::hashing;
use gantry_kernel::caller::Origin;
use gantry_kernel::limiter::{LimitKey, Rule};
use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use gantry_messaging::messages::webhook;
use http::HeaderMap;
use serde_json::Map;

use super::super::outgoing::change as outgoing;
use super::super::record::{self, Integration, Side};
use super::super::script::{Entry, engine};
use super::super::wish::Wish;

/// What is behind `/hooks/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `:integrationId/:token`: posts a message.
    Post,
    /// `add/…`: adds an outgoing webhook.
    Add,
    /// `remove/…`: removes an outgoing webhook.
    Remove,
    /// `sample/…`: what an outgoing webhook sends.
    Sample,
    /// `info/…`: whether the address is right.
    Info,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Knock {
    /// What is asked for.
    pub route: Route,
    /// The address's integration.
    pub integration_id: String,
    /// The address's user, which is not looked at.
    pub user_id: Option<String>,
    /// The address's secret.
    pub token: String,
    /// Path with the query string, as requested.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, already bounded.
    pub body: Vec<u8>,
    /// Where it came from.
    pub origin: Origin,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON, or plain text as a string.
    pub body: Value,
}

impl Answer {
    fn ok(mut body: Value) -> Self {
        if let Value::Object(fields) = &mut body {
            fields.insert("success".into(), true.into());
        }
        Self { status: 200, body }
    }

    fn refused(status: u16, error: Value) -> Self {
        let body = match error {
            Value::Object(mut fields) => {
                fields.insert("success".into(), false.into());
                Value::Object(fields)
            }
            error => json!({ "success": false, "error": error }),
        };
        Self { status, body }
    }

    fn error(error: &Error) -> Self {
        if error.status != 400 {
            return Self { status: error.status, body: error.rest_body() };
        }
        // As upstream: the code, or the sentence where there is no code.
        let text = error.code.as_deref().or(error.reason.as_deref()).unwrap_or("unknown-error");
        Self::refused(400, text.into())
    }
}

/// Answers a request. Never fails: a refusal is an answer.
pub async fn answer(kernel: &Arc<Kernel>, knock: Knock) -> Answer {
    let ctx = Ctx { origin: knock.origin.clone(), ..Ctx::internal(kernel) };
    handle(ctx, knock).await.unwrap_or_else(|error| Answer::error(&error))
}

async fn handle(mut ctx: Ctx, knock: Knock) -> Result<Answer> {
    limit(&ctx, &knock)?;
    let body = match body(&knock) {
        Ok(body) => body,
        Err(reason) => return Ok(Answer::refused(400, reason.into())),
    };
    let id = knock.integration_id.clone();
    let found = ctx.read(async move |tx| record::by_id(tx, &id).await).await?;
    let Some(integration) = found.filter(|found| is_the_secret(found, &knock.token)) else {
        return Ok(Answer::refused(404, "Invalid integration id or token provided.".into()));
    };
    let kernel = ctx.kernel.clone();
    ctx.caller = kernel.identity().caller_of(&kernel, &integration.user_id).await?;
    if ctx.caller.is_none() {
        return Err(Error::unauthenticated());
    }
    if matches!(knock.route, Route::Add | Route::Remove) {
        // Who made the webhook may not be allowed what the user in whose name it posts is allowed.
        if integration.created_by.id != integration.user_id {
            return Err(Error::code("not_authorized"));
        }
        if !integration.enabled {
            return Ok(unavailable());
        }
    }
    match knock.route {
        Route::Post => execute(ctx, &knock, &integration, body).await,
        Route::Add => add(&ctx, body).await,
        Route::Remove => remove(&ctx, &body).await,
        Route::Sample => Ok(Answer { status: 200, body: sample(&ctx) }),
        Route::Info => Ok(Answer::ok(json!({}))),
    }
}

/// The answer of a webhook that is switched off.
fn unavailable() -> Answer {
    Answer { status: 503, body: "Service Unavailable".into() }
}

fn is_the_secret(integration: &Integration, token: &str) -> bool {
    integration.side() == Side::Incoming
        && integration.token.as_deref().is_some_and(|secret| hashing::same(secret, token))
}

/// As many requests as the REST API allows by default, per webhook and address.
fn limit(ctx: &Ctx, knock: &Knock) -> Result<()> {
    if ctx.test_mode || !ctx.settings.get(keys::API_Enable_Rate_Limiter) {
        return Ok(());
    }
    let calls = ctx.settings.get(keys::API_Enable_Rate_Limiter_Limit_Calls_Default);
    let rule = Rule {
        calls: u32::try_from(calls).unwrap_or(0),
        window_ms: ctx.settings.get(keys::API_Enable_Rate_Limiter_Limit_Time_Default),
    };
    if rule.calls == 0 || rule.window_ms <= 0 {
        return Ok(());
    }
    let key = LimitKey::of(&(ctx.origin.address, "hooks", &knock.integration_id));
    let verdict = ctx.limiter.check(key, rule, ctx.now.millis());
    if verdict.allowed {
        Ok(())
    } else {
        Err(Error::too_many_requests(verdict.reset_at_ms - ctx.now.millis()))
    }
}

/// The request's parameters: JSON, a form, or a form whose only field `payload` is JSON.
fn body(knock: &Knock) -> std::result::Result<Value, String> {
    let kind = header(&knock.headers, "content-type");
    let text = std::str::from_utf8(&knock.body).map_err(|_| "the body is not UTF-8".to_owned())?;
    if text.contains('\0') || text.contains("\\u0000") {
        return Err("text must not contain the NUL character".to_owned());
    }
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = form(text);
        return match (fields.len(), fields.get("payload")) {
            (1, Some(Value::String(payload))) => {
                serde_json::from_str(payload).map_err(|error| error.to_string())
            }
            _ => Ok(Value::Object(fields)),
        };
    }
    if kind.contains("json") || kind.is_empty() {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    Ok(json!({}))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn form(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .map(|(name, value)| (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")).into()))
        .collect()
}

/// Undoes percent encoding; what is not valid stays as it is.
fn decoded(text: &str) -> String {
    percent::decode(text).map_or_else(|_| text.to_owned(), |text| text.replace('\0', "%00"))
}

async fn execute(mut ctx: Ctx, knock: &Knock, integration: &Integration, mut body: Value) -> Result<Answer> {
    if !integration.enabled {
        return Ok(unavailable());
    }
    let mut response = Value::Null;
    if integration.runnable_script().is_some() && !super::super::script::disabled() {
        let params = json!({ "request": request(&ctx, knock, &body)? });
        let result = engine().run(&ctx, integration, Entry::Incoming, &params).await;
        let result = result.map_err(|error| {
            tracing::warn!(
                integration = integration.id,
                detail = error.detail(),
                "the script of a webhook failed"
            );
            Error::message(error.to_string())
        })?;
        let Some(Value::Object(mut result)) = result.filter(|result| !is_nothing(result)) else {
            return Ok(Answer::ok(json!({})));
        };
        if let Some(error) = result.remove("error").filter(|error| !is_nothing(error)) {
            return Ok(Answer::refused(400, error));
        }
        body = result.remove("content").unwrap_or(Value::Null);
        response = result.remove("response").unwrap_or(Value::Null);
        if let Some(uid) = result.get("user").and_then(|user| user.get("_id")).and_then(Value::as_str) {
            let kernel = ctx.kernel.clone();
            ctx.caller = kernel.identity().caller_of(&kernel, uid).await?;
        }
    }
    let empty = body.as_object().is_none_or(Map::is_empty);
    if is_nothing(&body) || (empty && !integration.script_enabled) {
        return Ok(Answer::ok(json!({})));
    }
    let Value::Object(mut fields) = body else { return Ok(Answer::ok(json!({}))) };
    let named = ["channel", "roomId"].iter().any(|field| fields.get(*field).is_some_and(|f| !is_nothing(f)));
    if named && integration.override_destination_channel_enabled != Some(true) {
        let reason = "overriding destination channel is disabled for this integration";
        return Ok(Answer::refused(400, reason.into()));
    }
    fields.insert("bot".into(), json!({ "i": integration.id }));
    let separate = fields.get("separateResponse") == Some(&json!(true));
    let payload = payload(fields)?;
    let defaults = webhook::Defaults {
        channel: integration.channel.clone(),
        alias: integration.alias.clone(),
        avatar: integration.avatar.clone(),
        emoji: integration.emoji.clone(),
    };
    let (targets, draft) = payload.draft(&ctx, &defaults)?;
    if separate {
        return each(&ctx, targets, draft).await;
    }
    let inner = ctx.clone();
    ctx.write(async move |tx| webhook::post(&inner, tx, &targets, &draft).await.map(|_| ())).await?;
    Ok(match response {
        Value::Null => Answer::ok(json!({})),
        response => Answer::ok(response),
    })
}

/// With `separateResponse` each room has its own success or refusal; it is a failure if all were refused.
async fn each(
    ctx: &Ctx,
    targets: Vec<String>,
    draft: gantry_messaging::messages::prepare::Draft,
) -> Result<Answer> {
    let mut responses = Vec::with_capacity(targets.len());
    let mut any = false;
    for target in targets {
        let (inner, draft, list) = (ctx.clone(), draft.clone(), vec![target.clone()]);
        let posted = ctx.write(async move |tx| webhook::post(&inner, tx, &list, &draft).await).await;
        match posted {
            Ok(posted) => {
                any = true;
                let message = posted.into_iter().next().map(|(_, message)| message);
                responses.push(json!({ "channel": target, "message": message }));
            }
            Err(error) => {
                let text = error.code.as_deref().or(error.reason.as_deref()).unwrap_or_default();
                responses.push(json!({ "channel": target, "error": text }));
            }
        }
    }
    let answer = json!({ "responses": responses });
    Ok(if any { Answer::ok(answer) } else { Answer::refused(400, answer) })
}

/// The payload, a little more forgiving than `chat.postMessage`: numbers are texts, null is absent.
fn payload(mut fields: Map<String, Value>) -> Result<webhook::Payload> {
    fields.retain(|_, value| !value.is_null());
    for name in ["text", "msg", "alias", "username", "emoji", "icon_emoji", "avatar", "icon_url", "tmid"] {
        if let Some(value @ (Value::Number(_) | Value::Bool(_))) = fields.get_mut(name) {
            *value = value.to_string().into();
        }
    }
    for name in ["groupable", "parseUrls"] {
        if let Some(Value::String(text)) = fields.get(name) {
            let value = Value::Bool(text == "true");
            fields.insert(name.to_owned(), value);
        }
    }
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| Error::message(format!("Match error: {error}")))
}

/// What JavaScript takes for false.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// The request as scripts see it.
fn request(ctx: &Ctx, knock: &Knock, body: &Value) -> Result<Value> {
    let (path, query) = knock.target.split_once('?').unwrap_or((&knock.target, ""));
    let search = (!query.is_empty()).then(|| format!("?{query}"));
    let headers: Map<String, Value> = knock
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())))
        .collect();
    let mut params = json!({ "integrationId": knock.integration_id, "token": knock.token });
    if let Some(user) = &knock.user_id {
        params["userId"] = json!(user);
    }
    let caller = ctx.caller()?;
    Ok(json!({
        "url": {
            "hash": null,
            "search": search,
            "query": form(query),
            "pathname": path,
            "path": knock.target,
        },
        "url_raw": knock.target,
        "url_params": params,
        "content": body,
        "content_raw": String::from_utf8_lossy(&knock.body),
        "headers": headers,
        "body": body,
        "user": { "_id": caller.uid, "name": caller.name, "username": caller.username },
    }))
}

/// An outgoing webhook for the messages of a channel or of somebody, as the caller.
async fn add(ctx: &Ctx, body: Value) -> Result<Answer> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = body.get("data").cloned().unwrap_or_default();
    let (mark, room) = match body.get("event").and_then(Value::as_str) {
        Some("newMessageOnChannel") => ('#', text(&data, "channel_name")),
        Some("newMessageToUser") => ('@', text(&data, "username")),
        _ => return Ok(Answer::ok(json!({}))),
    };
    let words = data.get("trigger_words").and_then(Value::as_array);
    let wish = Wish {
        kind: Side::Outgoing.kind().to_owned(),
        name: Some(text(&body, "name")),
        enabled: Some(true),
        username: Some("rocket.cat".to_owned()),
        channel: Some(if room.contains(mark) { room } else { format!("{mark}{room}") }),
        script_enabled: Some(false),
        event: Some("sendMessage".to_owned()),
        urls: Some(vec![text(&body, "target_url")]),
        trigger_words: words.map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        ..Wish::default()
    };
    let inner = ctx.clone();
    let made = ctx.write(async move |tx| outgoing::add(&inner, tx, &wish).await).await?;
    Ok(Answer::ok(json!(made)))
}

async fn remove(ctx: &Ctx, body: &Value) -> Result<Answer> {
    let url = body.get("target_url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let found = record::by_url(tx, &url).await?.ok_or_else(|| Error::code("integration-not-found"))?;
        outgoing::remove(&inner, tx, &found.id).await
    })
    .await?;
    Ok(Answer::ok(json!({})))
}

/// Three calls as an outgoing webhook makes them.
fn sample(ctx: &Ctx) -> Value {
    let one = |number: u8| {
        json!({
            "token": ctx.ids.id(),
            "channel_id": ctx.ids.id(),
            "channel_name": "general",
            "timestamp": ctx.now,
            "user_id": ctx.ids.id(),
            "user_name": "rocket.cat",
            "text": format!("Sample text {number}"),
            "trigger_word": "Sample",
        })
    };
    json!([one(1), one(2), one(3)])
}
