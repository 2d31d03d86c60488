//! Small builders of answers.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// Exactly this: many clients and tests compare the header as a whole.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// JSON text that no cache may keep.
pub(crate) fn json_text(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A JSON value.
pub(crate) fn json_value(status: StatusCode, value: &Value) -> Response<Body> {
    json_text(status, value.to_string())
}

/// A refusal in the shape of the REST API.
pub(crate) fn refusal(status: StatusCode, code: &str, reason: &str) -> Response<Body> {
    let body = json!({ "success": false, "error": format!("{reason} [{code}]"), "errorType": code });
    json_value(status, &body)
}

/// Text of another kind.
pub(crate) fn text(status: StatusCode, kind: &'static str, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The same answer with one more header.
pub(crate) fn with(mut response: Response<Body>, name: HeaderName, value: HeaderValue) -> Response<Body> {
    response.headers_mut().insert(name, value);
    response
}
