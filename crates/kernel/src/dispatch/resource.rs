//! Resources: from a request to an answer, in the same order as REST operations.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::Value;

use super::rest::{self, Inbound};
use super::{check_permissions, count};
use crate::Kernel;
use crate::body::Body;
use crate::caller::{Caller, Ctx};
use crate::error::{Error, Result};
use crate::guard::Auth;
use crate::params;
use crate::registry::{ResourceEntry, ResourceRoute};
use crate::resource::{Answer, Asked};
use crate::schema::Coerce;
use crate::settings::keys;
use crate::spec::{Rate, Verb};

/// Answers a request to a registered resource; `None` if no resource is at its path.
///
/// `request.path` is the whole path.
pub async fn serve(kernel: &Arc<Kernel>, mut request: Inbound) -> Option<Answer> {
    let route = kernel.registry.find_resource(request.verb, &request.path)?;
    let entry = route.entry;
    let body = std::mem::take(&mut request.body);
    let began = kernel.clock.elapsed();
    let mut limits = Vec::new();
    let result = handle(kernel, request, body, route, &mut limits).await;
    count(&entry.calls, result.is_err(), kernel.clock.elapsed().saturating_sub(began));
    let mut answer = result.unwrap_or_else(|error| {
        if error.status >= 500 {
            tracing::warn!(path = entry.spec.path, %error, "answered with an error");
        }
        entry.refuse(&error)
    });
    answer.headers.extend(limits);
    Some(answer)
}

async fn handle(
    kernel: &Arc<Kernel>,
    request: Inbound,
    body: Body,
    route: ResourceRoute<'_>,
    headers: &mut Vec<(http::HeaderName, http::HeaderValue)>,
) -> Result<Answer> {
    let entry = route.entry;
    let mut values = params::from_form(&request.query)?;
    let caller = authenticate(kernel, entry, &request.headers, &values).await?;
    let ctx = Ctx { kernel: kernel.clone(), caller, origin: rest::origin(&request), now: kernel.clock.now() };
    match entry.auth {
        Auth::User if ctx.caller.is_none() => return Err(Error::unauthenticated()),
        Auth::UserOrAnonymous
            if ctx.caller.is_none() && !ctx.settings.get(keys::Accounts_AllowAnonymousRead) =>
        {
            return Err(Error::unauthenticated());
        }
        _ => {}
    }
    if let Rate::Own { .. } | Rate::Default = entry.spec.rate {
        rest::limit(&ctx, entry.spec.rate, (Verb::Get, entry.spec.path), headers)?;
    }
    for (name, value) in route.path_params {
        values.insert(name, Value::String(params::decode(&value.replace('+', "%2B"))?));
    }
    let mut values = Value::Object(values);
    if let Err(messages) = entry.conform().conform(&mut values, Coerce::Query) {
        return Err(Error::invalid_params(messages.join("\n ")));
    }
    check_permissions(entry.spec.needs, &ctx)?;
    let Inbound { verb, path, query, headers, .. } = request;
    entry.call(values, Asked { verb, path, query, headers, body }, &ctx).await
}

/// The caller: from the headers, or where the resource allows it from the query string or the cookies.
/// Upstream: `apps/meteor/app/file-upload/server/lib/FileUpload.ts` (`requestCanAccessFiles`).
async fn authenticate(
    kernel: &Arc<Kernel>,
    entry: &ResourceEntry,
    headers: &HeaderMap,
    query: &serde_json::Map<String, Value>,
) -> Result<Option<Arc<Caller>>> {
    if let Some(caller) = rest::authenticate(kernel, headers).await? {
        return Ok(Some(caller));
    }
    if !entry.spec.cookies {
        return Ok(None);
    }
    let asked = |name: &str| query.get(name).and_then(Value::as_str).map(str::to_owned);
    let given = |name: &str| asked(name).or_else(|| cookie(headers, name)).filter(|text| !text.is_empty());
    let (Some(uid), Some(token)) = (given("rc_uid"), given("rc_token")) else { return Ok(None) };
    kernel.identity().authenticate(kernel, Some(&uid), &token).await
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let (_, value) = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)?;
    params::decode(&value.replace('+', "%2B")).ok()
}
