//! Making a call.

use std::time::Duration;

use futures_util::future::join_all;
use gantry_accounts::users;
use gantry_kernel::outgoing::{Fetched, OutgoingError, Request, fetch};
use gantry_kernel::prelude::*;
use gantry_messaging::messages::{place, webhook};
use gantry_protocol::RawJson;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Map;
use tokio::sync::Semaphore;

use super::super::policy;
use super::super::record::{self, Integration};
use super::super::script::{Entry as ScriptEntry, ScriptError, engine};
use super::history::Entry;
use super::queue::{self, Call};
use super::triggers;

/// Calls that one node makes at the same time.
pub(super) const AT_ONCE: usize = 16;
/// How long a call may take, if a script does not say so.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest time limit that a script may give, in milliseconds.
const LONGEST_TIMEOUT: f64 = 60_000.0;
/// How much of an answer is read, in bytes.
const ANSWER: usize = 1 << 20;
/// How much of an answer the history keeps, in characters.
const REMEMBERED: usize = 10_000;
/// As which the calls introduce themselves: some receivers answer nobody else.
const AGENT: &str = "Mozilla/5.0 (compatible; Rocket.Chat webhook; Gantry)";

/// Sets a header; what is no valid header is left out.
pub(in super::super) fn put_header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

/// Makes the calls that are due and waits for them; answers how many there were.
///
/// # Errors
/// The database's.
pub async fn run_due(kernel: &Arc<Kernel>) -> Result<usize> {
    let mut made = 0;
    loop {
        let calls = due(kernel, AT_ONCE as i64).await?;
        if calls.is_empty() {
            return Ok(made);
        }
        made += calls.len();
        join_all(calls.into_iter().map(|call| make(kernel.clone(), call))).await;
    }
}

/// Starts the calls that are due, as many as there are places; each that ends asks for the next.
pub(super) async fn start_due(kernel: &Arc<Kernel>, places: &Arc<Semaphore>) -> Result<()> {
    loop {
        let free = i64::try_from(places.available_permits()).unwrap_or(0);
        let calls = if free == 0 { Vec::new() } else { due(kernel, free).await? };
        if calls.is_empty() {
            return Ok(());
        }
        for call in calls {
            let place = places.clone().try_acquire_owned().ok();
            let kernel = kernel.clone();
            tokio::spawn(async move {
                make(kernel.clone(), call).await;
                drop(place);
                kernel.events.publish(queue::CallsQueued);
            });
        }
    }
}

async fn due(kernel: &Arc<Kernel>, at_most: i64) -> Result<Vec<Call>> {
    let ctx = Ctx::internal(kernel);
    let now = ctx.now;
    // The queue is nearly always empty: a read costs no commit.
    let any = ctx
        .read(async move |tx| {
            let row = tx
                .query_opt(
                    "SELECT 1 FROM integration_calls WHERE due_at <= ?1 AND taken_until <= ?1 LIMIT 1",
                    &gantry_store::vals![now.millis()],
                )
                .await?;
            Ok(row.is_some())
        })
        .await?;
    if any { ctx.write(async move |tx| queue::take(tx, now, at_most).await).await } else { Ok(Vec::new()) }
}

/// What becomes of a call.
enum End {
    /// It is done, whatever came of it.
    Settled,
    /// It is made again after so many milliseconds.
    Again(i64),
    /// It could not be made for a reason of our own: it is made when nobody is known to make it any more.
    Left,
}

async fn make(kernel: Arc<Kernel>, call: Call) {
    let ctx = Ctx::internal(&kernel);
    let end = one(&ctx, &call).await.unwrap_or_else(|error| {
        tracing::warn!(%error, url = call.url, "an outgoing webhook failed");
        if error.status == 503 { End::Left } else { End::Settled }
    });
    let now = ctx.clock.now();
    let id = call.id.clone();
    let kept = match end {
        End::Left => Ok(()),
        End::Settled => ctx.write(async move |tx| queue::settle(tx, &id).await).await,
        End::Again(wait) => {
            let stored = ctx.write(async move |tx| queue::again(tx, &call, now, wait).await).await;
            soon(&kernel, wait);
            stored
        }
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "the end of an outgoing webhook's call could not be stored");
    }
}

/// The clock looks every second; shorter waits are kept here.
fn soon(kernel: &Arc<Kernel>, wait: i64) {
    let Some(wait) = u64::try_from(wait).ok().filter(|wait| *wait < 1000) else { return };
    let weak = Arc::downgrade(kernel);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        if let Some(kernel) = weak.upgrade() {
            kernel.events.publish(queue::CallsQueued);
        }
    });
}

async fn one(ctx: &Ctx, call: &Call) -> Result<End> {
    let id = call.integration.clone();
    let found = ctx.read(async move |tx| record::by_id(tx, &id).await).await?;
    let Some(integration) = found.filter(|integration| integration.enabled) else { return Ok(End::Settled) };
    let Ok(word) = triggers::word(&integration, &call.facts) else { return Ok(End::Settled) };
    let site = ctx.settings.get(keys::Site_Url);
    let data = call.facts.data(&integration, word, &site);
    let mut entry = Entry::begin(ctx, &integration, call.facts.event.name()).await?;
    let mut fields = json!({ "data": data });
    if let Some(word) = word {
        fields["triggerWord"] = json!(word);
    }
    entry.step(ctx, "mapped-args-to-data", fields).await?;
    let work = Work { ctx, integration: &integration, call, data: &data };
    work.run(&mut entry).await
}

/// One call with all that belongs to it.
struct Work<'a> {
    ctx: &'a Ctx,
    integration: &'a Integration,
    call: &'a Call,
    data: &'a Map<String, Value>,
}

impl Work<'_> {
    async fn run(&self, entry: &mut Entry) -> Result<End> {
        let ctx = self.ctx;
        let options = self.prepare(entry).await?;
        entry.step(ctx, "after-maybe-ran-prepare", json!({ "ranPrepareScript": true })).await?;
        let Some(options) = options else {
            entry.step(ctx, "after-prepare-no-opts", json!({ "finished": true })).await?;
            return Ok(End::Settled);
        };
        if let Some(Value::Object(message)) = options.get("message") {
            let sent = self.answer(message.clone()).await;
            entry.step(ctx, "after-prepare-send-message", sent_fields("prepareSentMessage", sent)).await?;
        }
        let request = match self.request(&options) {
            Ok(Some(request)) => request,
            Ok(None) => {
                entry.step(ctx, "after-prepare-no-url_or_method", json!({ "finished": true })).await?;
                return Ok(End::Settled);
            }
            Err(reason) => {
                let fields = json!({ "httpError": { "message": reason }, "error": true, "finished": true });
                entry.step(ctx, "pre-http-call", fields).await?;
                return Ok(End::Settled);
            }
        };
        let sent = json!({ "url": request.url, "httpCallData": options.get("data").unwrap_or(&Value::Null) });
        entry.step(ctx, "pre-http-call", sent).await?;
        match fetch(request, &policy(ctx)).await {
            Ok(fetched) => self.answered(entry, &options, &fetched).await,
            Err(error) => {
                let fields = json!({ "httpError": { "message": error.to_string() }, "httpResult": null });
                entry.step(ctx, "after-http-call", fields).await?;
                if matches!(error, OutgoingError::Refused | OutgoingError::Url) {
                    entry.step(ctx, "after-http-call", json!({ "error": true, "finished": true })).await?;
                    return Ok(End::Settled);
                }
                self.retry(entry).await
            }
        }
    }

    /// The request as the script wants it, or as it is without one. `None` if there is nothing to send.
    async fn prepare(&self, entry: &mut Entry) -> Result<Option<Map<String, Value>>> {
        let Value::Object(plain) = json!({
            "params": {},
            "method": "POST",
            "url": self.call.url,
            "data": self.data,
            "headers": { "User-Agent": AGENT },
        }) else {
            return Ok(None);
        };
        let params = json!({ "request": plain });
        match self.script(entry, ScriptEntry::Prepare, &params).await? {
            Ran::No => Ok(Some(plain)),
            Ran::Answered(Value::Object(options)) => Ok(Some(options)),
            Ran::Answered(_) | Ran::Failed => Ok(None),
        }
    }

    async fn script(&self, entry: &mut Entry, method: ScriptEntry, params: &Value) -> Result<Ran> {
        if self.integration.runnable_script().is_none() || super::super::script::disabled() {
            return Ok(Ran::No);
        }
        let step = format!("execute-script-before-running-{}", method.name());
        match engine().run(self.ctx, self.integration, method, params).await {
            Ok(None) => Ok(Ran::No),
            Ok(Some(value)) => {
                entry.step(self.ctx, &step, json!({})).await?;
                Ok(Ran::Answered(value))
            }
            // A script that cannot even be evaluated is as none, and the history says so.
            Err(error @ ScriptError::Evaluating(_)) => {
                let fields = json!({ "error": true, "errorStack": error.detail() });
                entry.step(self.ctx, "execute-script-getting-script", fields).await?;
                Ok(Ran::No)
            }
            Err(error) => {
                let step = format!("execute-script-error-running-{}", method.name());
                let fields = json!({ "error": true, "errorStack": error.detail() });
                entry.step(self.ctx, &step, fields).await?;
                Ok(Ran::Failed)
            }
        }
    }

    fn request(&self, options: &Map<String, Value>) -> std::result::Result<Option<Request>, String> {
        let text = |name: &str| options.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(url), Some(method)) = (text("url"), text("method")) else { return Ok(None) };
        let mut request = Request::get(url);
        request.method = method.to_uppercase().parse().map_err(|_| "the method is not valid".to_owned())?;
        request.timeout = TIMEOUT;
        request.max_bytes = ANSWER;
        put_header(&mut request.headers, USER_AGENT.as_str(), AGENT);
        if let Some(Value::Object(headers)) = options.get("headers") {
            for (name, value) in headers {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                put_header(&mut request.headers, name, &value);
            }
        }
        if let Some(auth) = text("auth") {
            if !auth.contains(':') {
                return Err("auth option should be of the form \"username:password\"".to_owned());
            }
            let basic = format!("Basic {}", base64_of(auth));
            put_header(&mut request.headers, AUTHORIZATION.as_str(), &basic);
        }
        if let Some(millis) = options.get("timeout").and_then(Value::as_f64).filter(|millis| *millis >= 1.0) {
            request.timeout = Duration::from_millis(millis.min(LONGEST_TIMEOUT) as u64);
        }
        let data = options.get("data").filter(|data| !data.is_null() && **data != json!(false));
        if let Some(data) = data.filter(|_| !matches!(request.method, Method::GET | Method::HEAD)) {
            request.body = match data {
                Value::String(text) => text.clone().into_bytes(),
                data => gantry_protocol::rest::encode(data.to_string().as_bytes()),
            };
            put_header(&mut request.headers, CONTENT_TYPE.as_str(), "application/json");
        }
        Ok(Some(request))
    }

    async fn answered(
        &self,
        entry: &mut Entry,
        options: &Map<String, Value>,
        fetched: &Fetched,
    ) -> Result<End> {
        let ctx = self.ctx;
        let content = String::from_utf8_lossy(&fetched.body).replace('\0', "");
        let remembered: String = content.chars().take(REMEMBERED).collect();
        let result = json!({ "httpError": null, "httpResult": json!(remembered).to_string() });
        entry.step(ctx, "after-http-call", result).await?;
        let headers: Map<String, Value> = fetched
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())))
            .collect();
        let params = json!({
            "request": options,
            "response": {
                "error": null,
                "status_code": fetched.status.as_u16(),
                "content": content,
                "content_raw": content,
                "headers": headers,
            },
        });
        match self.script(entry, ScriptEntry::Response, &params).await? {
            Ran::Answered(Value::Bool(false)) => {
                entry.step(ctx, "after-process-false-result", json!({ "finished": true })).await?;
                return Ok(End::Settled);
            }
            Ran::Answered(Value::Object(mut answer)) => {
                if let Some(Value::Object(message)) = answer.remove("content") {
                    let sent = self.answer(message).await;
                    let mut fields = sent_fields("processSentMessage", sent);
                    fields["finished"] = json!(true);
                    entry.step(ctx, "after-process-send-message", fields).await?;
                    return Ok(End::Settled);
                }
            }
            _ => {}
        }
        if !matches!(fetched.status, StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED) {
            return self.refused(entry, fetched.status).await;
        }
        let message = serde_json::from_str::<Value>(&content).ok().filter(|_| is_json(fetched));
        let says =
            |message: &Map<String, Value>| ["text", "attachments"].iter().any(|f| truthy(message.get(*f)));
        match message {
            Some(Value::Object(message)) if says(&message) => {
                let sent = self.answer(message).await;
                let mut fields = sent_fields("resultMessage", sent);
                fields["finished"] = json!(true);
                entry.step(ctx, "url-response-sent-message", fields).await?;
            }
            _ => entry.step(ctx, "after-http-call", json!({ "finished": true })).await?,
        }
        Ok(End::Settled)
    }

    /// The receiver did not take it.
    async fn refused(&self, entry: &mut Entry, status: StatusCode) -> Result<End> {
        let ctx = self.ctx;
        match status {
            StatusCode::GONE => {
                entry.step(ctx, "after-process-http-status-410", json!({ "error": true })).await?;
                let (id, inner) = (self.integration.id.clone(), ctx.clone());
                ctx.write(async move |tx| {
                    let Some(mut integration) = record::by_id(tx, &id).await? else { return Ok(()) };
                    integration.enabled = false;
                    integration.updated_at = inner.clock.now();
                    record::save(tx, &integration).await
                })
                .await?;
                Ok(End::Settled)
            }
            StatusCode::INTERNAL_SERVER_ERROR => {
                entry.step(ctx, "after-process-http-status-500", json!({ "error": true })).await?;
                Ok(End::Settled)
            }
            _ => self.retry(entry).await,
        }
    }

    async fn retry(&self, entry: &mut Entry) -> Result<End> {
        let (ctx, tries) = (self.ctx, self.call.tries);
        if self.integration.retry_failed_calls != Some(true) {
            entry.step(ctx, "failed-and-not-configured-to-retry", json!({ "error": true })).await?;
            return Ok(End::Settled);
        }
        let delay = self.integration.retry_delay.as_deref().unwrap_or_default();
        if tries >= self.integration.retry_count.unwrap_or(0) || delay.is_empty() {
            entry.step(ctx, "too-many-retries", json!({ "error": true })).await?;
            return Ok(End::Settled);
        }
        let Some(wait) = queue::wait(delay, tries) else {
            let reason = "The integration's retryDelay setting is invalid.";
            let fields = json!({ "error": true, "errorStack": reason });
            entry.step(ctx, "failed-and-retry-delay-is-invalid", fields).await?;
            return Ok(End::Settled);
        };
        entry.step(ctx, &format!("going-to-retry-{}", tries + 1), json!({ "error": true })).await?;
        Ok(End::Again(wait))
    }

    /// Posts an answer: in the room that it names, else in the integration's target room, else where it all
    /// began; in the name of who caused the call, or of the integration's user. Answers the rooms and messages.
    async fn answer(&self, mut message: Map<String, Value>) -> Result<Vec<Value>> {
        let ctx = self.ctx;
        let caused_by = self.data.get("user_name").and_then(Value::as_str).map(str::to_owned);
        let impersonated = caused_by.filter(|_| self.integration.impersonate_user == Some(true));
        let poster = self.integration.username.clone();
        let uid = ctx
            .read(async move |tx| {
                if let Some(name) = &impersonated
                    && let Some(user) = users::by_username(tx, name).await?
                {
                    return Ok(Some(user.id));
                }
                Ok(users::by_username(tx, &poster).await?.map(|user| user.id))
            })
            .await?;
        let caller = match uid {
            Some(uid) => ctx.identity().caller_of(&ctx.kernel, &uid).await?,
            None => None,
        };
        if caller.is_none() {
            return Err(Error::new("error-invalid-user", "Invalid user"));
        }
        let ctx = Ctx { caller, now: ctx.clock.now(), ..ctx.clone() };
        let named = message.remove("channel").and_then(|channel| channel.as_str().map(str::to_owned));
        message.remove("roomId");
        message.insert("bot".into(), json!({ "i": self.integration.id }));
        let payload: webhook::Payload = serde_json::from_value(Value::Object(message))
            .map_err(|error| Error::message(error.to_string()))?;
        let defaults = webhook::Defaults {
            channel: Vec::new(),
            alias: self.integration.alias.clone(),
            avatar: self.integration.avatar.clone(),
            emoji: self.integration.emoji.clone(),
        };
        let (_, draft) = payload.draft(&ctx, &defaults)?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let wanted = filled(named).or(filled(self.integration.target_room.clone()));
        let here = self.call.facts.room.as_ref().map(|room| room.id.clone());
        let inner = ctx.clone();
        let posted = ctx
            .write(async move |tx| {
                let mut target = wanted.clone();
                if let Some(name) = &wanted
                    && here.is_some()
                    && matches!(place::destination(&inner, tx, name).await, Err(error) if error.is("invalid-channel"))
                {
                    target = None;
                }
                let target = target.or(here.clone()).ok_or_else(|| Error::code("invalid-channel"))?;
                webhook::post(&inner, tx, &[target], &draft).await
            })
            .await?;
        posted
            .into_iter()
            .map(|(channel, message)| {
                let message = RawJson::new(&message).map_err(Error::internal)?;
                Ok(json!({ "channel": channel, "message": message }))
            })
            .collect()
    }
}

/// How a script's method ended.
enum Ran {
    /// There is none.
    No,
    /// It returned this.
    Answered(Value),
    /// It failed; the history knows.
    Failed,
}

fn sent_fields(field: &str, sent: Result<Vec<Value>>) -> Value {
    match sent {
        Ok(messages) => json!({ field: messages }),
        Err(error) => json!({ "error": true, "errorStack": error.text() }),
    }
}

fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

fn is_json(fetched: &Fetched) -> bool {
    let kind = fetched.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    matches!(
        kind,
        "application/json" | "text/javascript" | "application/javascript" | "application/x-javascript"
    )
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
