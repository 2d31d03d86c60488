//! SockJS framing, which the web client uses around DDP on `/sockjs/<server>/<session>/websocket`.

use serde::Deserialize;

use crate::ddp::FrameError;

/// Sent once when the socket opens.
pub fn open() -> &'static str {
    "o"
}

/// Sent from time to time so that proxies keep the socket open.
pub fn heartbeat() -> &'static str {
    "h"
}

/// Sent before the server closes the socket.
pub fn close(code: u16, reason: &str) -> String {
    format!("c[{code},{}]", quoted(reason))
}

/// Wraps one DDP frame.
pub fn wrap(frame: &str) -> String {
    wrap_all([frame])
}

/// Wraps several DDP frames as one socket message.
pub fn wrap_all<'a>(frames: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("a[");
    for (index, frame) in frames.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&quoted(frame));
    }
    out.push(']');
    out
}

/// The DDP frames in what a client sent: a list of strings, or one bare frame, since some clients send that
/// on either kind of socket. Empty text holds none.
///
/// # Errors
///
/// [`FrameError`] for anything else. The frames themselves are not looked at.
pub fn unwrap(text: &str) -> Result<Vec<String>, FrameError> {
    let trimmed = text.trim_ascii();
    match trimmed.as_bytes().first() {
        None => Ok(Vec::new()),
        Some(b'[') => serde_json::from_str::<Frames>(trimmed)
            .map(|Frames(frames)| frames)
            .map_err(|_| FrameError::new("Parse error")),
        Some(b'{') => Ok(vec![trimmed.to_owned()]),
        Some(_) => Err(FrameError::new("Parse error")),
    }
}

#[derive(Deserialize)]
struct Frames(Vec<String>);

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string always has a JSON form")
}
