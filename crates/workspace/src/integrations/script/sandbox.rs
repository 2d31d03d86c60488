//! One run of a script: a fresh QuickJS context on a thread of its own, without files, network or process.
//!
//! What the script may use is in `prelude.js`. It gets a bounded heap and stack; the thread that waits for it
//! raises `stop`, which the interpreter looks at while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt as _, Context, Ctx, Function, Object, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

const PRELUDE: &str = include_str!("prelude.js");
/// Heap of one run, in bytes.
const MEMORY: usize = 16 << 20;
/// Stack of the interpreter, in bytes; the thread has more.
const STACK: usize = 256 << 10;
/// Largest `Store` that is kept, in bytes of JSON.
const STORE: usize = 64 << 10;
/// Requests that one run may make.
const REQUESTS: u32 = 20;

/// What one run is given.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The script.
    pub(super) source: String,
    /// The method of its class `Script`.
    pub(super) method: &'static str,
    /// The method's parameter as JSON.
    pub(super) params: String,
    /// `{"$date": ms}` in the parameter becomes a `Date`.
    pub(super) dates: bool,
    /// What `Store` holds, as a JSON object.
    pub(super) store: String,
}

/// Signals between the run and the one who waits for it.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// The run has to end.
    pub(super) stop: AtomicBool,
    /// The run waits for an answer to one of its requests.
    pub(super) waits: AtomicBool,
}

/// A request that the script makes with `fetch`.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(skip)]
    pub(super) id: u32,
    pub(super) url: String,
    pub(super) method: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// The body was an object.
    pub(super) json: bool,
    /// Time limit in milliseconds.
    pub(super) timeout: Option<f64>,
}

/// The answer to a request: JSON of the response, or why there is none.
pub(super) struct Answered {
    pub(super) id: u32,
    pub(super) result: Result<String, String>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Done {
    /// What the method returned; `None` if the class has no such method.
    pub(super) value: Option<Value>,
    /// What `Store` holds now, as a JSON object.
    pub(super) store: String,
}

/// Why a run has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum ScriptError {
    /// The script itself could not be evaluated.
    #[error("error-evaluating-script")]
    Evaluating(String),
    /// The method failed.
    #[error("error-running-script")]
    Running {
        /// The error's sentence.
        message: String,
        /// Where it happened.
        stack: String,
    },
    /// It took too long, or waits for something that never happens.
    #[error("error-running-script")]
    TooLong,
    /// All places for scripts are taken.
    #[error("error-running-script")]
    Busy,
    /// Scripts are switched off.
    #[error("integration-scripts-disabled")]
    Disabled,
}

impl ScriptError {
    fn running(message: impl std::fmt::Display) -> Self {
        Self::Running { message: message.to_string(), stack: String::new() }
    }

    /// What went wrong, for the log and the history.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Evaluating(text) => text.clone(),
            Self::Running { message, stack } if stack.is_empty() => message.clone(),
            Self::Running { message, stack } => format!("Error: {message}\n{stack}"),
            Self::TooLong => "Script execution timed out.".to_owned(),
            Self::Busy => "Too many scripts are running.".to_owned(),
            Self::Disabled => self.to_string(),
        }
    }
}

/// Runs the job to its end. Blocks the thread.
pub(super) fn run(
    job: &Job,
    signals: &Arc<Signals>,
    requests: mpsc::UnboundedSender<Wanted>,
    mut answers: mpsc::UnboundedReceiver<Answered>,
) -> Result<Done, ScriptError> {
    let (runtime, context) = isolate(signals)?;
    let stopped = |error: ScriptError| {
        if signals.stop.load(Ordering::Relaxed) { ScriptError::TooLong } else { error }
    };
    context.with(|ctx| {
        let hooks = prepare(&ctx, job, requests).map_err(|error| stopped(ScriptError::running(error)))?;
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some("script.js".to_owned());
        ctx.eval_with_options::<(), _>(job.source.as_str(), options)
            .catch(&ctx)
            .map_err(|error| stopped(ScriptError::Evaluating(error.to_string())))?;
        call(&ctx, &hooks, "call", (job.method, job.params.as_str(), job.dates)).map_err(stopped)
    })?;
    loop {
        // A job that fails has rejected its promise; the outcome says so.
        while runtime.is_job_pending() && !signals.stop.load(Ordering::Relaxed) {
            let _ = runtime.execute_pending_job();
        }
        if signals.stop.load(Ordering::Relaxed) {
            return Err(ScriptError::TooLong);
        }
        let waiting = context.with(|ctx| -> Result<bool, ScriptError> {
            let hooks = hooks(&ctx).map_err(ScriptError::running)?;
            let waiting: Function = hooks.get("waiting").map_err(ScriptError::running)?;
            waiting.call(()).map_err(|error| stopped(ScriptError::running(error)))
        })?;
        if !waiting {
            return context.with(|ctx| outcome(&ctx)).map_err(stopped);
        }
        // With no request under way nothing can ever settle the promise: the channel then closes at the stop.
        signals.waits.store(true, Ordering::Release);
        let answer = answers.blocking_recv();
        let Some(Answered { id, result }) = answer else { return Err(ScriptError::TooLong) };
        let (fine, text) = match result {
            Ok(text) => (true, text),
            Err(text) => (false, text),
        };
        context.with(|ctx| {
            let hooks = hooks(&ctx).map_err(ScriptError::running)?;
            call(&ctx, &hooks, "settle", (id, fine, text)).map_err(stopped)
        })?;
    }
}

fn isolate(signals: &Arc<Signals>) -> Result<(Runtime, Context), ScriptError> {
    let runtime = Runtime::new().map_err(ScriptError::running)?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(STACK);
    let signals = signals.clone();
    runtime.set_interrupt_handler(Some(Box::new(move || signals.stop.load(Ordering::Relaxed))));
    let context = Context::full(&runtime).map_err(ScriptError::running)?;
    Ok((runtime, context))
}

/// The property under which the hooks are kept: a symbol would do as well, but the name is fixed, not
/// enumerable and not writable, and a script that calls them harms only its own run.
const HOOKS: &str = "\u{0}hooks";

fn hooks<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    ctx.globals().get(HOOKS)
}

fn prepare<'js>(
    ctx: &Ctx<'js>,
    job: &Job,
    requests: mpsc::UnboundedSender<Wanted>,
) -> rquickjs::Result<Object<'js>> {
    let mut made = 0;
    let fetch = rquickjs::prelude::MutFn::from(move |ctx: Ctx<'js>, id: u32, text: String| {
        made += 1;
        if made > REQUESTS {
            return Err(rquickjs::Exception::throw_message(&ctx, "too many requests"));
        }
        match serde_json::from_str::<Wanted>(&text) {
            Ok(wanted) => {
                let _ = requests.send(Wanted { id, ..wanted });
                Ok(())
            }
            Err(error) => Err(rquickjs::Exception::throw_message(&ctx, &error.to_string())),
        }
    });
    let log = |level: String, text: String| {
        let text: String = text.chars().take(2000).collect();
        tracing::debug!(target: "integration_script", level, "{text}");
    };
    let make: Function = ctx.eval(PRELUDE)?;
    let hooks: Object = make.call((
        Function::new(ctx.clone(), fetch)?,
        Function::new(ctx.clone(), log)?,
        job.store.as_str(),
    ))?;
    ctx.globals().prop(HOOKS, hooks.clone())?;
    Ok(hooks)
}

fn call<'js, A: rquickjs::function::IntoArgs<'js>>(
    ctx: &Ctx<'js>,
    hooks: &Object<'js>,
    name: &str,
    args: A,
) -> Result<(), ScriptError> {
    let hook: Function = hooks.get(name).map_err(ScriptError::running)?;
    hook.call::<A, ()>(args).catch(ctx).map_err(|error| ScriptError::running(error.to_string()))
}

fn outcome(ctx: &Ctx<'_>) -> Result<Done, ScriptError> {
    let hooks = hooks(ctx).map_err(ScriptError::running)?;
    let text = |name: &str| -> Result<String, ScriptError> {
        let hook: Function = hooks.get(name).map_err(ScriptError::running)?;
        hook.call(()).catch(ctx).map_err(|error| ScriptError::running(error.to_string()))
    };
    let outcome: Value = serde_json::from_str(&text("outcome")?).map_err(ScriptError::running)?;
    let store = text("memory").unwrap_or_default();
    let store = if store.len() <= STORE && store.starts_with('{') { store } else { "{}".to_owned() };
    let field = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match outcome.get("state").and_then(Value::as_str) {
        Some("done") => {
            let value = outcome.get("value").cloned().unwrap_or(Value::Null);
            Ok(Done { value: Some(value), store })
        }
        Some("missing") => Ok(Done { value: None, store }),
        _ => Err(ScriptError::Running { message: field("message"), stack: field("stack") }),
    }
}

/// What is wrong with a script's syntax, as a stored integration says it: `{name, message, stack}`. The script
/// is parsed and not run: what it smuggles out of the function that it is parsed as ends after a few looks
/// at the interrupt handler.
pub(super) fn syntax_error(source: &str) -> Option<Value> {
    let (runtime, context) = match isolate(&Arc::new(Signals::default())) {
        Ok(made) => made,
        Err(error) => return Some(json!({ "name": "Error", "message": error.detail(), "stack": "" })),
    };
    let mut looks = 0;
    runtime.set_interrupt_handler(Some(Box::new(move || {
        looks += 1;
        looks > 100
    })));
    context.with(|ctx| {
        let parse: rquickjs::Result<Function> = ctx.eval("(function (text) { new Function(text); })");
        let parsed = parse.and_then(|parse| parse.call::<_, ()>((source,)));
        match parsed.catch(&ctx) {
            Ok(()) => None,
            Err(rquickjs::CaughtError::Exception(thrown)) => Some(json!({
                "name": thrown.as_object().get::<_, String>("name").unwrap_or_else(|_| "SyntaxError".to_owned()),
                "message": thrown.message().unwrap_or_default(),
                "stack": thrown.stack().unwrap_or_default(),
            })),
            Err(error) => Some(json!({ "name": "Error", "message": error.to_string(), "stack": "" })),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::syntax_error;

    #[test]
    fn a_script_is_parsed_and_not_run() {
        assert_eq!(syntax_error("class Script { process_incoming_request() { while (true) {} } }"), None);
        assert!(syntax_error("class Script {").is_some());
        for smuggled in
            ["}); while (true) {} (function () {", "}); (function f() { f(); f(); })(); (function () {"]
        {
            assert!(syntax_error(smuggled).is_some(), "{smuggled}");
        }
    }
}
