//! The few pages that the server shows by itself.

use axum::body::Body;
use gantry_kernel::settings::keys;
use http::header::{CONTENT_SECURITY_POLICY, HOST};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::reply;
use crate::server::{COMPATIBLE_VERSION, Server};

const HTML: &str = "text/html; charset=utf-8";

/// The pages load nothing from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'",
);

/// What this is and where clients connect.
pub(super) fn landing(server: &Server) -> Response<Body> {
    let name = server.kernel.settings.get(keys::Site_Name);
    let url = server
        .config
        .root_url
        .clone()
        .unwrap_or_else(|| server.kernel.settings.get(keys::Site_Url).to_string());
    let page = include_str!("../../pages/landing.html")
        .replace("{{name}}", &escape(&name))
        .replace("{{url}}", &escape(&url));
    html(page)
}

pub(super) fn api_docs() -> Response<Body> {
    html(include_str!("../../pages/api-docs.html"))
}

pub(super) fn api_docs_script() -> Response<Body> {
    reply::text(StatusCode::OK, "text/javascript; charset=utf-8", include_str!("../../pages/api-docs.js"))
}

pub(super) fn style() -> Response<Body> {
    reply::text(StatusCode::OK, "text/css; charset=utf-8", include_str!("../../pages/page.css"))
}

/// Nothing here is for search engines.
pub(super) fn robots() -> Response<Body> {
    reply::text(StatusCode::OK, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")
}

/// What Meteor clients read the address and the release from.
pub(super) fn runtime_config(server: &Server, headers: &HeaderMap) -> Response<Body> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = if server.config.tls.is_some() { "https" } else { "http" };
    let url = server.config.root_url.clone().unwrap_or_else(|| format!("{scheme}://{host}"));
    let config = json!({ "ROOT_URL": url, "ROOT_URL_PATH_PREFIX": "", "meteorRelease": COMPATIBLE_VERSION });
    let script = format!("__meteor_runtime_config__ = {config};\n");
    reply::text(StatusCode::OK, "application/javascript; charset=utf-8", script)
}

fn html(page: impl Into<Body>) -> Response<Body> {
    reply::with(reply::text(StatusCode::OK, HTML, page), CONTENT_SECURITY_POLICY, POLICY)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
