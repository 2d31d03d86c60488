//! `/api/v1`: from HTTP to the kernel and back.

use std::sync::Arc;

use axum::body::Body;
use gantry_kernel::dispatch::{self, Inbound};
use gantry_kernel::spec::Verb;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::body::{self, BodyError};
use super::{Incomer, cors, not_found, reply};
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
    let limit = body_limit(server, &parts.headers);
    let body = match body::read(body, limit, server.config.limits.read_timeout).await {
        Ok(body) => body,
        Err(error) => return unreadable(error, limit),
    };
    let inbound = Inbound {
        verb,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        address,
        request_id,
    };
    let outbound = dispatch::answer(&server.kernel, inbound).await;
    let status = StatusCode::from_u16(outbound.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::json_text(status, outbound.body);
    for (name, value) in outbound.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

fn body_limit(server: &Server, headers: &HeaderMap) -> usize {
    let limits = &server.config.limits;
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    if form { limits.upload } else { limits.body }
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
