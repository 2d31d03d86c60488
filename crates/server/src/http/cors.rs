//! Calls from other web sites, as the settings allow them.
//!
//! Upstream: `apps/meteor/app/api/server/middlewares/cors.ts`.

use axum::body::Body;
use gantry_kernel::Kernel;
use gantry_kernel::settings::keys;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::reply;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE, HEAD, PATCH");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization",
);

/// Answers OPTIONS.
pub(crate) fn preflight(kernel: &Kernel, request: &HeaderMap) -> Response<Body> {
    if !kernel.settings.get(keys::API_Enable_CORS) {
        let text = "CORS not enabled. Go to \"Admin > General > REST Api\" to enable it.";
        return reply::text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", text);
    }
    let mut response = Response::new(Body::empty());
    allow(kernel, request, response.headers_mut());
    response
}

/// Adds to an answer what lets a page of an allowed site read it.
pub(crate) fn allow(kernel: &Kernel, request: &HeaderMap, answer: &mut HeaderMap) {
    if !kernel.settings.get(keys::API_Enable_CORS) {
        return;
    }
    let allowed = kernel.settings.get(keys::API_CORS_Origin);
    let Some(origin) = allowed_origin(&allowed, request.get(ORIGIN)) else { return };
    if origin != "*" {
        answer.append(VARY, HeaderValue::from_static("Origin"));
    }
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
}

/// The value of `Access-Control-Allow-Origin`: `*`, or the caller's own origin if it is on the list.
fn allowed_origin(allowed: &str, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
    let mut list = allowed.split(',').map(str::trim);
    if allowed.trim() == "*" {
        return Some(HeaderValue::from_static("*"));
    }
    let origin = origin?;
    list.any(|site| site.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_sites_may_read() {
        let site = HeaderValue::from_static("https://a.example");
        assert_eq!(allowed_origin("*", None).unwrap(), "*");
        assert_eq!(allowed_origin("https://b.example, https://a.example", Some(&site)).unwrap(), site);
        assert_eq!(allowed_origin("https://b.example", Some(&site)), None);
        assert_eq!(allowed_origin("https://a.example.evil", Some(&site)), None);
        assert_eq!(allowed_origin("https://a.example", None), None);
    }
}
