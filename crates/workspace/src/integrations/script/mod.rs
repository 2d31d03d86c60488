//! Scripts of integrations: a class `Script` with `process_incoming_request`, `prepare_outgoing_request` and
//! `process_outgoing_response`.
//! Upstream: `apps/meteor/app/integrations/server/lib/ScriptEngine.ts`.

mod sandbox;

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gantry_kernel::outgoing::{self, Fetched, Request};
use gantry_kernel::prelude::*;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use super::policy;
use super::record::Integration;
pub(crate) use sandbox::ScriptError;
use sandbox::{Answered, Done, Job, Signals, Wanted};

/// Scripts that run at the same time.
const PLACES: usize = 8;
/// How long a script waits for a place.
const QUEUE: Duration = Duration::from_secs(5);
/// How often the time of a run is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long a script may calculate.
const BUSY: Duration = Duration::from_secs(3);
/// How long all of a run may take, its requests included.
const TOTAL: Duration = Duration::from_secs(20);
/// How long a run that was told to stop may take to do so; then it is left alone and its place stays taken.
const GRACE: Duration = Duration::from_secs(1);
/// Stack of a thread that runs a script, in bytes.
const THREAD_STACK: usize = 2 << 20;

/// The method of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A request came in.
    Incoming,
    /// A request is about to go out.
    Prepare,
    /// The answer to one came.
    Response,
}

impl Entry {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Incoming => "process_incoming_request",
            Self::Prepare => "prepare_outgoing_request",
            Self::Response => "process_outgoing_response",
        }
    }
}

/// Runs scripts, a bounded number at a time.
pub(crate) struct Engine {
    places: Arc<Semaphore>,
    /// What `Store` holds, per workspace, integration and version of it. In memory only, as upstream.
    stores: Mutex<HashMap<(usize, String), (Timestamp, String)>>,
}

impl Default for Engine {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), stores: Mutex::default() }
    }
}

/// The engine of this process: the places are bounded for all of it.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::default);
    &ENGINE
}

/// Whether an administrator switched scripts off (`DISABLE_INTEGRATION_SCRIPTS`).
pub(crate) fn disabled() -> bool {
    switched("DISABLE_INTEGRATION_SCRIPTS")
}

/// Whether an administrator forbade to change scripts (`FREEZE_INTEGRATION_SCRIPTS`).
pub(crate) fn frozen() -> bool {
    switched("FREEZE_INTEGRATION_SCRIPTS")
}

fn switched(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| matches!(value.to_lowercase().as_str(), "yes" | "true" | "ivm"))
}

/// What is wrong with a script's syntax: `{name, message, stack}`.
pub(crate) fn syntax_error(source: &str) -> Option<Value> {
    sandbox::syntax_error(source)
}

impl Engine {
    /// Calls a method of an integration's script. `None` if there is no script or it has no such method.
    ///
    /// # Errors
    /// As [`ScriptError`] says.
    pub(crate) async fn run(
        &self,
        ctx: &Ctx,
        integration: &Integration,
        entry: Entry,
        params: &Value,
    ) -> Result<Option<Value>, ScriptError> {
        let Some(source) = integration.runnable_script() else { return Ok(None) };
        if disabled() {
            return Err(ScriptError::Disabled);
        }
        let place = tokio::time::timeout(QUEUE, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(ScriptError::Busy) };
        let job = Job {
            source: source.to_owned(),
            method: entry.name(),
            params: params.to_string(),
            dates: entry != Entry::Incoming,
            store: self.store_of(ctx, integration),
        };
        let signals = Arc::new(Signals::default());
        let (asked, requests) = mpsc::unbounded_channel();
        let (answer, answers) = mpsc::unbounded_channel();
        let (done, finished) = oneshot::channel();
        let shared = signals.clone();
        let thread = std::thread::Builder::new().name("script".into()).stack_size(THREAD_STACK);
        let spawned = thread.spawn(move || {
            let result = sandbox::run(&job, &shared, asked, answers);
            drop(place);
            let _ = done.send(result);
        });
        if spawned.is_err() {
            return Err(ScriptError::Busy);
        }
        let Done { value, store } = supervise(ctx, &signals, requests, answer, finished).await?;
        self.stores.lock().insert(key(ctx, &integration.id), (integration.updated_at, store));
        Ok(value)
    }

    fn store_of(&self, ctx: &Ctx, integration: &Integration) -> String {
        match self.stores.lock().get(&key(ctx, &integration.id)) {
            Some((version, store)) if *version == integration.updated_at => store.clone(),
            _ => "{}".to_owned(),
        }
    }

    /// Forgets what an integration's `Store` holds.
    pub(crate) fn forget(&self, kernel: &Arc<Kernel>, id: &str) {
        self.stores.lock().remove(&(Arc::as_ptr(kernel) as usize, id.to_owned()));
    }
}

fn key(ctx: &Ctx, id: &str) -> (usize, String) {
    (Arc::as_ptr(&ctx.kernel) as usize, id.to_owned())
}

/// Makes the run's requests and ends it when its time is over.
async fn supervise(
    ctx: &Ctx,
    signals: &Arc<Signals>,
    mut requests: mpsc::UnboundedReceiver<Wanted>,
    answer: mpsc::UnboundedSender<Answered>,
    mut finished: oneshot::Receiver<Result<Done, ScriptError>>,
) -> Result<Done, ScriptError> {
    let mut answer = Some(answer);
    let (mut busy, mut total, mut stopping) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut open = 0_usize;
    let (settled, mut settling) = mpsc::unbounded_channel();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            result = &mut finished => {
                return result.unwrap_or_else(|_| Err(ScriptError::Evaluating("the script's thread ended".into())));
            }
            Some(wanted) = requests.recv() => {
                open += 1;
                let (inner, settled) = (ctx.clone(), settled.clone());
                tokio::spawn(async move {
                    let id = wanted.id;
                    let _ = settled.send(Answered { id, result: fetch(&inner, wanted).await });
                });
            }
            Some(answered) = settling.recv() => {
                open -= 1;
                if let Some(answer) = &answer {
                    // Said here and not by the thread: a tick in between must not take the run for parked.
                    signals.waits.store(false, Ordering::Release);
                    let _ = answer.send(answered);
                }
            }
            _ = ticks.tick() => {
                total += TICK;
                let waits = signals.waits.load(Ordering::Acquire);
                if !waits {
                    busy += TICK;
                }
                // It waits, and for none of its requests: for ever.
                let parked = waits && open == 0 && requests.is_empty() && settling.is_empty();
                if answer.is_some() && (parked || busy > BUSY || total > TOTAL) {
                    signals.stop.store(true, Ordering::Relaxed);
                    answer = None;
                } else if answer.is_none() {
                    stopping += TICK;
                    if stopping > GRACE {
                        return Err(ScriptError::TooLong);
                    }
                }
            }
        }
    }
}

/// Makes a request of a script, under the same rules as the calls of integrations.
async fn fetch(ctx: &Ctx, wanted: Wanted) -> Result<String, String> {
    let mut request = Request::get(wanted.url.clone());
    request.method = wanted.method.parse().map_err(|_| "the method is not valid".to_owned())?;
    for (name, value) in &wanted.headers {
        super::outgoing::put_header(&mut request.headers, name, value);
    }
    if wanted.json && !request.headers.contains_key(http::header::CONTENT_TYPE) {
        super::outgoing::put_header(&mut request.headers, "content-type", "application/json");
    }
    request.body = wanted.body.unwrap_or_default().into_bytes();
    request.max_bytes = 1 << 20;
    if let Some(millis) = wanted.timeout.filter(|millis| (1.0..10_000.0).contains(millis)) {
        request.timeout = Duration::from_millis(millis as u64);
    }
    let fetched = outgoing::fetch(request, &policy(ctx)).await.map_err(|error| error.to_string())?;
    Ok(response(&wanted.url, &fetched).to_string())
}

fn response(url: &str, fetched: &Fetched) -> Value {
    let headers: Vec<(&str, &str)> = fetched
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    json!({
        "url": url,
        "status": fetched.status.as_u16(),
        "statusText": fetched.status.canonical_reason().unwrap_or_default(),
        "headers": headers,
        "body": String::from_utf8_lossy(&fetched.body),
    })
}
