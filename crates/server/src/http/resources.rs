//! Registered resources: what is answered outside `/api/v1`.

use std::sync::Arc;

use axum::body::Body;
use gantry_kernel::dispatch::{self, Inbound};
use gantry_kernel::resource::{Answer, AnswerBody};
use gantry_kernel::spec::Verb;
use http::{Method, Response, StatusCode};

use super::{Incomer, body, not_found};
use crate::server::Server;

/// Whether a resource answers at `path`, whatever the verb.
pub(super) fn claims(server: &Server, path: &str) -> bool {
    server.kernel.registry.has_resource(path)
}

/// Answers a request to a resource.
pub(super) async fn answer(server: &Arc<Server>, request: Incomer) -> Response<Body> {
    let Incomer { parts, body, address, request_id } = request;
    let verb = match parts.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        Method::PUT => Verb::Put,
        Method::DELETE => Verb::Delete,
        _ => return not_found(),
    };
    let limits = &server.config.limits;
    let arriving = body::Arriving::new(body, limits.upload, limits.read_timeout);
    let inbound = Inbound {
        verb,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: arriving.body(),
        address,
        request_id,
    };
    let answer = dispatch::serve(&server.kernel, inbound).await;
    arriving.discard().await;
    answer.map_or_else(not_found, response)
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(stream) => Body::from_stream(stream),
    });
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    response
}
