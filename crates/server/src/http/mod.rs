//! HTTP: one function takes every request, whatever the path.

mod address;
mod api;
mod body;
mod cors;
mod health;
mod info;
mod metrics;
mod pages;
pub(crate) mod reply;
mod resources;

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use futures_util::FutureExt as _;
use gantry_kernel::dispatch::planned_endpoint;
use gantry_kernel::error::Error;
use gantry_kernel::settings::keys;
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::ddp::{self, Framing};
use crate::server::Server;

const INSTANCE: HeaderName = HeaderName::from_static("x-instance-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request with what the adapter found out about it.
pub(crate) struct Incomer {
    pub(crate) parts: Parts,
    pub(crate) body: Incoming,
    /// The client's address, behind the proxies.
    pub(crate) address: IpAddr,
    /// Id in logs and in `X-Request-Id`.
    pub(crate) request_id: String,
}

/// Answers one request. Never fails: what goes wrong is an answer too.
pub(crate) async fn handle(
    server: Arc<Server>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let address = address::client_address(peer.ip(), &parts.headers, server.config.proxies);
    let request_id = request_id(&server, &parts.headers);
    let asked = parts.headers.clone();
    let incomer = Incomer { parts, body, address, request_id: request_id.clone() };

    let answered = AssertUnwindSafe(route(&server, incomer)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_panic| {
        tracing::error!(request = %request_id, "a request panicked");
        reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, "500", "Internal server error")
    });
    finish(&server, &asked, &request_id, response.headers_mut());
    response
}

async fn route(server: &Arc<Server>, request: Incomer) -> Response<Body> {
    let path = request.parts.uri.path();
    // Resources come first: some answer below /api/v1 with something else than JSON.
    if request.parts.method != Method::OPTIONS && resources::claims(server, path) {
        return resources::answer(server, request).await;
    }
    if let Some(operation) = path.strip_prefix("/api/v1/") {
        let operation = operation.to_owned();
        return api::answer(server, request, &operation).await;
    }
    if path == "/websocket" {
        return ddp::upgrade(server, request.parts, request.address, Framing::Bare);
    }
    if let Some(rest) = path.strip_prefix("/sockjs/") {
        if ddp::is_sockjs_socket(rest) {
            return ddp::upgrade(server, request.parts, request.address, Framing::SockJs);
        }
        if rest == "info" {
            return ddp::sockjs_info(server);
        }
        return nothing_at(&request.parts.method, path);
    }
    if !matches!(request.parts.method, Method::GET | Method::HEAD) {
        return if request.parts.method == Method::OPTIONS {
            cors::preflight(&server.kernel, &request.parts.headers)
        } else {
            nothing_at(&request.parts.method, path)
        };
    }
    let Some(page) = page(path) else { return nothing_at(&request.parts.method, path) };
    match page {
        Page::Landing => pages::landing(server),
        Page::Info => info::answer(server, &request.parts.headers).await,
        Page::ApiDocs => pages::api_docs(),
        Page::ApiDocsScript => pages::api_docs_script(),
        Page::Style => pages::style(),
        Page::OpenApi => reply::json_text(StatusCode::OK, server.openapi()),
        Page::Alive => health::alive(),
        Page::Ready => health::ready(server).await,
        Page::Metrics => metrics::answer(server, &request.parts.headers, request.address),
        Page::RuntimeConfig => pages::runtime_config(server, &request.parts.headers),
        Page::Robots => pages::robots(),
    }
}

/// Whether the server shows something at a path that is neither an operation nor a socket.
pub(crate) fn serves(path: &str) -> bool {
    page(path).is_some()
}

/// What is shown at a fixed path.
#[derive(Clone, Copy)]
enum Page {
    Landing,
    Info,
    ApiDocs,
    ApiDocsScript,
    Style,
    OpenApi,
    Alive,
    Ready,
    Metrics,
    RuntimeConfig,
    Robots,
}

fn page(path: &str) -> Option<Page> {
    Some(match path {
        "/" | "/home" => Page::Landing,
        "/api/info" | "/api/info/" => Page::Info,
        "/api-docs" | "/api-docs/" => Page::ApiDocs,
        "/api-docs/page.js" => Page::ApiDocsScript,
        "/api-docs/page.css" => Page::Style,
        "/api/docs/json" => Page::OpenApi,
        "/livez" => Page::Alive,
        "/readyz" | "/health" => Page::Ready,
        "/metrics" => Page::Metrics,
        "/meteor_runtime_config.js" => Page::RuntimeConfig,
        "/robots.txt" => Page::Robots,
        _ => return None,
    })
}

/// Neither an operation nor a page: what it says depends on whether it is to come.
fn nothing_at(method: &Method, path: &str) -> Response<Body> {
    let Some(planned) = planned_endpoint(method.as_str(), path) else { return not_found() };
    let error = Error::not_implemented(&format!("{method} {planned}"));
    reply::json_value(StatusCode::NOT_IMPLEMENTED, &error.rest_body())
}

fn not_found() -> Response<Body> {
    let body =
        serde_json::json!({ "success": false, "status": "error", "message": "API endpoint does not exist" });
    reply::json_value(StatusCode::NOT_FOUND, &body)
}

/// The id that a proxy gave the request, if it vouches for one; otherwise a new one.
fn request_id(server: &Server, headers: &HeaderMap) -> String {
    let sound =
        |id: &&str| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let given = headers.get(REQUEST_ID).filter(|_| server.config.proxies > 0);
    match given.and_then(|id| id.to_str().ok()).filter(sound) {
        Some(id) => id.to_owned(),
        None => server.kernel.ids.id(),
    }
}

/// Adds what every answer carries.
fn finish(server: &Server, asked: &HeaderMap, request_id: &str, headers: &mut HeaderMap) {
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(INSTANCE, &server.instance);
    put(REQUEST_ID, request_id);
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(X_XSS_PROTECTION, "1");
    if server.kernel.settings.get(keys::Iframe_Restrict_Access) {
        put(X_FRAME_OPTIONS, &server.kernel.settings.get(keys::Iframe_X_Frame_Options));
    }
    cors::allow(&server.kernel, asked, headers);
}
