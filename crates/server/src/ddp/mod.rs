//! The Realtime API: DDP over WebSocket, bare on `/websocket` and in SockJS framing on
//! `/sockjs/<server>/<session>/websocket`.

mod calls;
mod identity;
mod session;
mod upgrade;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::json;

use crate::http::reply;
use crate::server::Server;

pub(crate) use wire::Framing;

/// Turns a request into a socket.
pub(crate) fn upgrade(
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
    let handshake = match upgrade::Handshake::read(&mut parts) {
        Ok(handshake) => handshake,
        Err(status) => {
            return reply::refusal(
                status,
                "error-websocket-expected",
                "This address takes WebSocket connections only",
            );
        }
    };
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let peer =
        session::Peer::new(server, address, header(http::header::USER_AGENT), header(http::header::HOST));
    let max_bytes = server.config.limits.frame.max_bytes;
    let (response, connection) = handshake.accept();
    tokio::spawn(async move {
        match connection.await {
            Ok(connection) => {
                let wire = wire::Wire::new(connection, framing, max_bytes).await;
                session::run(peer, wire).await;
            }
            Err(error) => tracing::debug!(%error, "a WebSocket handshake broke off"),
        }
    });
    response
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
