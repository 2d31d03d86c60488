//! The Realtime API: DDP over WebSocket, bare on `/websocket` and in SockJS framing on
//! `/sockjs/<server>/<session>/websocket`.

mod calls;
mod identity;
mod session;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::IntoResponse as _;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::json;

use crate::http::reply;
use crate::server::Server;

pub(crate) use wire::Framing;

/// Bytes that one socket reads at once. Kept for as long as the socket is open, so it decides what an idle
/// connection costs; most frames from clients are shorter.
const READ_BUFFER: usize = 1024;

/// Bytes that collect before they are written although more frames wait: a burst of ordinary messages.
/// A socket keeps a buffer of this size once it has had such a burst.
const WRITE_BUFFER: usize = 16 * 1024;

/// Turns a request into a socket.
pub(crate) async fn upgrade(
    server: &Arc<Server>,
    mut parts: Parts,
    address: IpAddr,
    framing: Framing,
) -> Response<Body> {
    if server.stopping() {
        return reply::refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "error-server-stopping",
            "The server is stopping",
        );
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => {
            let status = refused.into_response().status();
            return reply::refusal(
                status,
                "error-websocket-expected",
                "This address takes WebSocket connections only",
            );
        }
    };
    let user_agent = parts.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    let peer = session::Peer::new(server, address, user_agent.unwrap_or_default());
    let max = server.config.limits.frame.max_bytes;
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(max)
        .max_frame_size(max)
        .on_failed_upgrade(|error| tracing::debug!(%error, "a WebSocket handshake broke off"))
        .on_upgrade(move |socket| session::run(peer, wire::Wire::new(socket, framing)))
}

/// Answers `/sockjs/info`, by which the web client finds out whether it may use WebSocket.
pub(crate) fn sockjs_info(server: &Server) -> Response<Body> {
    let mut entropy = [0; 4];
    server.kernel.ids.fill(&mut entropy);
    let info = json!({
        "websocket": true,
        "origins": ["*:*"],
        "cookie_needed": false,
        "entropy": u32::from_le_bytes(entropy),
    });
    reply::json_value(StatusCode::OK, &info)
}

/// Whether a path below `/sockjs/` is that of a socket: `<server>/<session>/websocket`.
pub(crate) fn is_sockjs_socket(rest: &str) -> bool {
    let mut parts = rest.split('/');
    let named = |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && !part.contains('.'));
    named(parts.next()) && named(parts.next()) && parts.next() == Some("websocket") && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::is_sockjs_socket;

    #[test]
    fn sockjs_sockets_have_three_parts() {
        assert!(is_sockjs_socket("123/abcdefgh/websocket"));
        assert!(!is_sockjs_socket("123/abcdefgh/xhr"));
        assert!(!is_sockjs_socket("123/websocket"));
        assert!(!is_sockjs_socket("123//websocket"));
        assert!(!is_sockjs_socket("123/a/b/websocket"));
    }
}
