//! `/api/v1`: from HTTP to the kernel and back.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use gantry_kernel::dispatch::{self, Inbound, Outbound};
use gantry_kernel::spec::Verb;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::body::{self, BodyError};
use super::{Incomer, cors, not_found, reply};
use crate::method_trace;
use crate::server::Server;

/// Answers one REST request. `path` is what follows `/api/v1/`.
pub(super) async fn answer(server: &Arc<Server>, request: Incomer, path: &str) -> Response<Body> {
    let Incomer { parts, body, address, request_id } = request;
    let verb = match parts.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        Method::PUT => Verb::Put,
        Method::DELETE => Verb::Delete,
        Method::OPTIONS => return cors::preflight(&server.kernel, &parts.headers),
        _ => return not_found(),
    };
    if let Some(method) = path.strip_prefix("method.call/").or_else(|| path.strip_prefix("method.callAnon/"))
    {
        let uid = parts.headers.get("x-user-id").and_then(|uid| uid.to_str().ok()).unwrap_or_default();
        method_trace::note(&server.kernel, &method.replace(':', "/"), uid, Some(&parts.headers));
    }
    if takes_file(server, verb, path, &parts.headers) {
        let limits = &server.config.limits;
        let arriving = body::Arriving::new(body, limits.upload, limits.read_timeout);
        let inbound = inbound(parts, verb, path, arriving.body(), address, request_id);
        let outbound = dispatch::answer(&server.kernel, inbound).await;
        arriving.discard().await;
        return response(outbound);
    }
    let limit = server.config.limits.body;
    let body = match body::read(body, limit, server.config.limits.read_timeout).await {
        Ok(body) => body,
        Err(error) => return unreadable(error, limit),
    };
    let inbound = inbound(parts, verb, path, body.into(), address, request_id);
    response(dispatch::answer(&server.kernel, inbound).await)
}

fn inbound(
    parts: Parts,
    verb: Verb,
    path: &str,
    body: gantry_kernel::body::Body,
    address: IpAddr,
    request_id: String,
) -> Inbound {
    Inbound {
        verb,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        address,
        request_id,
    }
}

fn response(outbound: Outbound) -> Response<Body> {
    let status = StatusCode::from_u16(outbound.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::json_text(status, outbound.body);
    for (name, value) in outbound.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Whether the body is a form for an operation that takes one: only then it is not read whole first.
fn takes_file(server: &Server, verb: Verb, path: &str, headers: &HeaderMap) -> bool {
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    form && server.kernel.registry.route(verb, path).is_some_and(|route| route.entry.file_field().is_some())
}

fn unreadable(error: BodyError, limit: usize) -> Response<Body> {
    let (status, code, reason) = match error {
        BodyError::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "error-body-too-large",
            format!("The body may have at most {limit} bytes"),
        ),
        BodyError::TimedOut => (
            StatusCode::REQUEST_TIMEOUT,
            "error-request-timeout",
            "The request did not arrive in time".to_owned(),
        ),
        BodyError::Broken => {
            (StatusCode::BAD_REQUEST, "error-invalid-body", "The body could not be read".to_owned())
        }
    };
    // What is left of the body is not read, so the connection cannot be used again.
    reply::with(reply::refusal(status, code, &reason), CONNECTION, HeaderValue::from_static("close"))
}
