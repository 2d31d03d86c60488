//! Frames that clients send.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ServerFrame;
use crate::RawJson;

/// What a frame may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole frame.
    pub max_bytes: usize,
    /// Nesting, counting the frame itself as one.
    pub max_depth: usize,
    /// Bytes of an id, a method's or a subscription's name.
    pub max_name_bytes: usize,
    /// Number of parameters.
    pub max_params: usize,
}

impl Default for Limits {
    /// For a socket. Large uploads come over REST.
    fn default() -> Self {
        Self { max_bytes: 1 << 20, max_depth: 64, max_name_bytes: 256, max_params: 32 }
    }
}

/// A frame from a client.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "msg", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Opens the session.
    Connect {
        /// Version that the client prefers.
        version: String,
        /// Versions that it knows.
        support: Vec<String>,
        /// Session that it would like to resume; the server never does.
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<String>,
    },
    /// Asks for a pong.
    Ping {
        /// To be repeated in the pong.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Answers a ping.
    Pong {
        /// That of the ping.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Calls a method.
    Method {
        /// Chosen by the client, repeated in the answer.
        id: String,
        /// Name of the method.
        method: String,
        /// Positional parameters, with dates still as `{"$date":ms}`.
        params: Vec<Value>,
        /// Seed for ids that both sides make up.
        #[serde(rename = "randomSeed", skip_serializing_if = "Option::is_none")]
        random_seed: Option<Value>,
    },
    /// Subscribes to a publication or a stream.
    Sub {
        /// Chosen by the client.
        id: String,
        /// Name of the publication, such as `stream-room-messages`.
        name: String,
        /// Positional parameters, with dates still as `{"$date":ms}`.
        params: Vec<Value>,
    },
    /// Ends a subscription.
    Unsub {
        /// That of the subscription.
        id: String,
    },
}

/// A frame that cannot be understood; the connection goes on after it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct FrameError {
    /// What is wrong, in the words that clients know.
    pub reason: &'static str,
    /// The frame, if it was JSON and is short enough to send back.
    pub offending_message: Option<RawJson>,
}

/// Longest frame that is sent back in an error, in bytes.
const MAX_ECHO_BYTES: usize = 4096;

impl FrameError {
    /// An error about something that is not sent back.
    pub(crate) fn new(reason: &'static str) -> Self {
        Self { reason, offending_message: None }
    }

    fn about(reason: &'static str, text: &str) -> Self {
        let echo = (text.len() <= MAX_ECHO_BYTES).then(|| RawJson::from_text(text.trim_ascii().to_owned()));
        Self { reason, offending_message: echo.and_then(Result::ok) }
    }

    /// The frame that tells the client.
    pub fn into_frame(self) -> ServerFrame {
        ServerFrame::Error { reason: self.reason.to_owned(), offending_message: self.offending_message }
    }
}

impl ClientFrame {
    /// Reads a frame, within the default [`Limits`].
    ///
    /// # Errors
    ///
    /// [`FrameError`], to be sent back with [`FrameError::into_frame`].
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        Self::parse_within(text, &Limits::default())
    }

    /// Reads a frame, within `limits`.
    ///
    /// # Errors
    ///
    /// [`FrameError`], to be sent back with [`FrameError::into_frame`].
    pub fn parse_within(text: &str, limits: &Limits) -> Result<Self, FrameError> {
        if text.len() > limits.max_bytes {
            return Err(FrameError::new("Message too large"));
        }
        // Before parsing, so that the parser does not have to build what would be thrown away.
        if depth(text.as_bytes()) > limits.max_depth {
            return Err(FrameError::new("Message nested too deeply"));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => {
                Self::from_object(object, limits).map_err(|reason| FrameError::about(reason, text))
            }
            Ok(_) => Err(FrameError::about("Bad request", text)),
            Err(_) => Err(FrameError::new("Parse error")),
        }
    }

    fn from_object(mut frame: Map<String, Value>, limits: &Limits) -> Result<Self, &'static str> {
        let Some(Value::String(msg)) = frame.remove("msg") else { return Err("Bad request") };
        Ok(match msg.as_str() {
            "connect" => {
                let malformed = "Malformed connect";
                Self::Connect {
                    version: name(&mut frame, "version", limits).ok_or(malformed)?,
                    support: match frame.remove("support") {
                        None | Some(Value::Null) => Vec::new(),
                        Some(list) => serde_json::from_value(list).map_err(|_| malformed)?,
                    },
                    session: optional_name(&mut frame, "session", limits).ok_or(malformed)?,
                }
            }
            "ping" => Self::Ping { id: optional_name(&mut frame, "id", limits).ok_or("Malformed ping")? },
            "pong" => Self::Pong { id: optional_name(&mut frame, "id", limits).ok_or("Malformed pong")? },
            "method" => {
                let malformed = "Malformed method invocation";
                Self::Method {
                    id: name(&mut frame, "id", limits).ok_or(malformed)?,
                    method: name(&mut frame, "method", limits).ok_or(malformed)?,
                    params: params(&mut frame, limits).ok_or(malformed)?,
                    random_seed: frame.remove("randomSeed").filter(|seed| !seed.is_null()),
                }
            }
            "sub" => {
                let malformed = "Malformed subscription";
                Self::Sub {
                    id: name(&mut frame, "id", limits).ok_or(malformed)?,
                    name: name(&mut frame, "name", limits).ok_or(malformed)?,
                    params: params(&mut frame, limits).ok_or(malformed)?,
                }
            }
            "unsub" => Self::Unsub { id: name(&mut frame, "id", limits).ok_or("Malformed unsubscription")? },
            _ => return Err("Bad request"),
        })
    }

    /// The frame as text.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames have string keys only")
    }
}

fn name(frame: &mut Map<String, Value>, key: &str, limits: &Limits) -> Option<String> {
    match frame.remove(key) {
        Some(Value::String(text)) if text.len() <= limits.max_name_bytes => Some(text),
        _ => None,
    }
}

/// Outer `None` if there is something else than text.
fn optional_name(frame: &mut Map<String, Value>, key: &str, limits: &Limits) -> Option<Option<String>> {
    match frame.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(_) => name(frame, key, limits).map(Some),
    }
}

fn params(frame: &mut Map<String, Value>, limits: &Limits) -> Option<Vec<Value>> {
    match frame.remove("params") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(params)) if params.len() <= limits.max_params => Some(params),
        Some(_) => None,
    }
}

/// How deeply brackets nest in a JSON text. For text that is not JSON the answer means nothing.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut in_string = false;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
