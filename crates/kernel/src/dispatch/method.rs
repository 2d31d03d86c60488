//! DDP: methods, stream writes and subscriptions, for the socket and for the REST bridge.

use std::sync::Arc;

use serde_json::Value;

use crate::caller::{Ctx, SecondFactor};
use crate::error::{Error, Result};
use crate::guard::Auth;
use crate::hub::Topic;
use crate::operation::Started;
use crate::spec::Rate;

use super::{
    check_permissions, check_second_factor, count, method_limits, note_deprecated, planned, removed_method,
};

/// Calls a method. The answer is EJSON text; `null` stands for no result.
///
/// # Errors
/// What the client gets as the `error` of its `result`.
pub async fn call_method(name: &str, mut params: Vec<Value>, ctx: &mut Ctx) -> Result<String> {
    if let Some(stream) = name.strip_prefix("stream-") {
        method_limits::check(counted(name, ctx), Rate::Default, ctx)?;
        return write_stream(stream, params, ctx).await.map(|()| "null".to_owned());
    }
    let kernel = ctx.kernel.clone();
    let Some(entry) = kernel.registry.find_method(name) else {
        if planned::method(name) {
            return Err(Error::not_implemented(&format!("Method '{name}'")));
        }
        let mut text = format!("Method '{name}' not found");
        if let Some(removed) = removed_method(name) {
            text.push_str(": ");
            text.push_str(&removed.explanation());
        }
        return Err(Error::new("404", text).with_status(400));
    };
    take_second_factor(&mut params, ctx);
    note_deprecated(name, entry.spec.deprecated, &entry.calls, &ctx.origin.user_agent);
    let began = kernel.clock.elapsed();
    let result = async {
        if entry.auth == Auth::User && ctx.caller.is_none() {
            return Err(Error::new("error-invalid-user", "Invalid user")
                .with_details(serde_json::json!({ "method": entry.spec.name })));
        }
        method_limits::check(entry.spec.name, entry.spec.rate, ctx)?;
        check_permissions(entry.spec.needs, ctx).map_err(|error| {
            Error::new("error-not-allowed", "Not allowed").with_details(
                error.details.unwrap_or_else(|| serde_json::json!({ "method": entry.spec.name })),
            )
        })?;
        check_second_factor(entry.spec.two_factor, ctx).await?;
        entry.call(params, ctx).await
    }
    .await;
    count(&entry.calls, result.is_err(), kernel.clock.elapsed().saturating_sub(began));
    result
}

/// A client repeats a call with `{twoFactorCode, twoFactorMethod}` as one more parameter.
fn take_second_factor(params: &mut Vec<Value>, ctx: &mut Ctx) {
    let Some(Value::Object(last)) = params.last() else { return };
    let (Some(code), Some(method)) = (last.get("twoFactorCode"), last.get("twoFactorMethod")) else { return };
    if let (Some(code), Some(method)) = (code.as_str(), method.as_str()) {
        ctx.origin.second_factor = Some(SecondFactor { code: code.to_owned(), method: method.to_owned() });
        params.pop();
    }
}

/// The name under which a subscription or a stream write is counted. Names that a client made up share one: each
/// would have an allowance of its own, and many would push other windows out of the limiter.
fn counted<'a>(name: &'a str, ctx: &Ctx) -> &'a str {
    let stream = name.strip_prefix("stream-").is_some_and(|name| ctx.registry.find_stream(name).is_some());
    if stream || ctx.registry.find_publication(name).is_some() { name } else { "stream-?" }
}

/// Writes to a stream as a client. A refusal is silent, as upstream's is.
///
/// # Errors
/// Only if the rule itself could not be decided.
pub async fn write_stream(stream: &str, params: Vec<Value>, ctx: &Ctx) -> Result<()> {
    let Some(entry) = ctx.registry.find_stream(stream) else {
        return Err(Error::new("404", format!("Method 'stream-{stream}' not found")));
    };
    let mut params = params.into_iter();
    let Some(Value::String(event)) = params.next() else { return Ok(()) };
    let args: Vec<Value> = params.collect();
    if entry.may_write(&event, &args, ctx).await? {
        let args: Vec<String> = args.iter().map(Value::to_string).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let writer = ctx.origin.connection.as_ref().map_or("", |connection| connection.id());
        ctx.hub.publish_except(writer, entry.name, &event, &args);
    }
    Ok(())
}

/// Opens a subscription of a socket: a stream's event or a publication.
///
/// # Errors
/// What the client gets as the `error` of its `nosub`.
pub async fn open_subscription(name: &str, params: Vec<Value>, sub_id: &str, ctx: &Ctx) -> Result<Started> {
    method_limits::check(counted(name, ctx), Rate::Default, ctx)?;
    if let Some(entry) = ctx.registry.find_publication(name) {
        return entry.start(params, sub_id, ctx).await;
    }
    let Some(entry) = name.strip_prefix("stream-").and_then(|name| ctx.registry.find_stream(name)) else {
        if planned::method(name) {
            return Err(Error::not_implemented(&format!("Subscription '{name}'")));
        }
        return Err(Error::new("404", format!("Subscription '{name}' not found")));
    };
    let event = match params.first() {
        Some(Value::String(event)) if !event.is_empty() => event.clone(),
        _ => return Err(Error::new("invalid-event-name", "Event name is invalid")),
    };
    let (use_collection, args) = options(params.get(1));
    if !entry.may_read(&event, &args, ctx).await? {
        return Err(Error::new("not-allowed", "Not allowed"));
    }
    let Some(connection) = &ctx.origin.connection else {
        return Err(Error::new("404", "Subscriptions need a socket"));
    };
    ctx.hub.subscribe(connection, sub_id, Topic { stream: entry.name, event: Arc::from(event.as_str()) });
    let mut started = Started::default();
    if use_collection {
        started.added.push(crate::operation::Added {
            collection: entry.name,
            id: "id".to_owned(),
            fields: serde_json::json!({ "eventName": event }),
        });
    }
    Ok(started)
}

/// `false`, or `{useCollection, args}`.
fn options(option: Option<&Value>) -> (bool, Vec<Value>) {
    match option {
        Some(Value::Object(object)) => (
            object.get("useCollection").and_then(Value::as_bool).unwrap_or(false),
            object.get("args").and_then(Value::as_array).cloned().unwrap_or_default(),
        ),
        Some(Value::Bool(use_collection)) => (*use_collection, Vec::new()),
        _ => (false, Vec::new()),
    }
}
