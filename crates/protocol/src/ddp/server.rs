//! Frames that the server sends.

use serde::{Deserialize, Deserializer, Serialize};

use super::DdpError;
use crate::RawJson;

/// A frame from the server. Values are finished JSON text: an event is encoded once, not once per receiver.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "msg", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The session is open.
    Connected {
        /// Its id.
        session: String,
    },
    /// The version asked for is not spoken; the socket closes.
    Failed {
        /// One that is.
        version: String,
    },
    /// Asks for a pong.
    Ping {
        /// To be repeated in the pong.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Answers a ping.
    Pong {
        /// That of the ping, or none if it had none.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Answer of a method: `result`, `error`, or neither if it returns nothing.
    Result {
        /// That of the call.
        id: String,
        /// What it returned. JSON `null` is a value and is sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<RawJson>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<DdpError>,
    },
    /// The writes of these calls have reached the client.
    Updated {
        /// Ids of the calls.
        methods: Vec<String>,
    },
    /// These subscriptions have sent their first data.
    Ready {
        /// Ids of the subscriptions.
        subs: Vec<String>,
    },
    /// A subscription was refused or has ended.
    Nosub {
        /// That of the subscription.
        id: String,
        /// Why, unless the client asked for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<DdpError>,
    },
    /// A document is new to the client.
    Added {
        /// Collection.
        collection: String,
        /// Document id.
        id: String,
        /// The document without its id.
        fields: RawJson,
    },
    /// A document has changed, or a stream has an event.
    Changed {
        /// Collection, or `stream-` and the name of a stream.
        collection: String,
        /// Document id, or `id` for most streams.
        id: String,
        /// Fields with new values, or the event.
        #[serde(skip_serializing_if = "Option::is_none")]
        fields: Option<RawJson>,
        /// Fields that are gone.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        cleared: Vec<String>,
    },
    /// A document is gone.
    Removed {
        /// Collection.
        collection: String,
        /// Document id.
        id: String,
    },
    /// A frame of the client could not be understood.
    Error {
        /// What is wrong.
        reason: String,
        /// That frame.
        #[serde(rename = "offendingMessage", skip_serializing_if = "Option::is_none")]
        offending_message: Option<RawJson>,
    },
    /// Names the server, before the session opens; clients ignore it.
    ServerId {
        /// Its name.
        server_id: String,
    },
}

impl ServerFrame {
    /// The frame that answers a call.
    pub fn result(id: impl Into<String>, outcome: Result<Option<RawJson>, DdpError>) -> Self {
        let (result, error) = match outcome {
            Ok(result) => (result, None),
            Err(error) => (None, Some(error)),
        };
        Self::Result { id: id.into(), result, error }
    }

    /// The frame that says that the writes of one call are done.
    pub fn updated(id: impl Into<String>) -> Self {
        Self::Updated { methods: vec![id.into()] }
    }

    /// The frame that says that one subscription has its first data.
    pub fn ready(id: impl Into<String>) -> Self {
        Self::Ready { subs: vec![id.into()] }
    }

    /// The frame that refuses or ends a subscription.
    pub fn nosub(id: impl Into<String>, error: Option<DdpError>) -> Self {
        Self::Nosub { id: id.into(), error }
    }

    /// The frame as text.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames have string keys only")
    }

    /// Reads a frame, as a client does. Keys that a frame does not have are ignored.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, has no `msg` that is known, or lacks a key.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        use serde::de::Error as _;
        let wire: Wire = serde_json::from_str(text)?;
        wire.into_frame().map_err(serde_json::Error::custom)
    }
}

/// Every key of every frame. The derived reading of a tagged enum cannot hold [`RawJson`].
#[derive(Deserialize)]
struct Wire {
    msg: String,
    session: Option<String>,
    version: Option<String>,
    id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    result: Option<RawJson>,
    error: Option<DdpError>,
    methods: Option<Vec<String>>,
    subs: Option<Vec<String>>,
    collection: Option<String>,
    #[serde(default, deserialize_with = "present")]
    fields: Option<RawJson>,
    cleared: Option<Vec<String>>,
    reason: Option<String>,
    #[serde(rename = "offendingMessage", default, deserialize_with = "present")]
    offending_message: Option<RawJson>,
    server_id: Option<String>,
}

/// Keeps `null` apart from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawJson>, D::Error> {
    RawJson::deserialize(deserializer).map(Some)
}

impl Wire {
    fn into_frame(self) -> Result<ServerFrame, &'static str> {
        let id = self.id.ok_or("no id");
        let collection = self.collection.ok_or("no collection");
        Ok(match self.msg.as_str() {
            "connected" => ServerFrame::Connected { session: self.session.ok_or("no session")? },
            "failed" => ServerFrame::Failed { version: self.version.ok_or("no version")? },
            "ping" => ServerFrame::Ping { id: id.ok() },
            "pong" => ServerFrame::Pong { id: id.ok() },
            "result" => ServerFrame::Result { id: id?, result: self.result, error: self.error },
            "updated" => ServerFrame::Updated { methods: self.methods.ok_or("no methods")? },
            "ready" => ServerFrame::Ready { subs: self.subs.ok_or("no subs")? },
            "nosub" => ServerFrame::Nosub { id: id?, error: self.error },
            "added" => ServerFrame::Added {
                collection: collection?,
                id: id?,
                fields: match self.fields {
                    Some(fields) => fields,
                    None => RawJson::new(&serde_json::Map::new()).map_err(|_| "no fields")?,
                },
            },
            "changed" => ServerFrame::Changed {
                collection: collection?,
                id: id?,
                fields: self.fields,
                cleared: self.cleared.unwrap_or_default(),
            },
            "removed" => ServerFrame::Removed { collection: collection?, id: id? },
            "error" => ServerFrame::Error {
                reason: self.reason.ok_or("no reason")?,
                offending_message: self.offending_message,
            },
            "server_id" => ServerFrame::ServerId { server_id: self.server_id.ok_or("no server_id")? },
            _ => return Err("unknown msg"),
        })
    }
}

/// The text of the frame that delivers an event of a stream.
///
/// `stream` is the name without `stream-`; `args` are finished JSON texts and are spliced in unchecked.
///
/// ```
/// let text = gantry_protocol::ddp::stream_event("notify-room", "GENERAL/user-activity", &[r#""alice""#, "[]"]);
/// assert_eq!(
///     text,
///     r#"{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"GENERAL/user-activity","args":["alice",[]]}}"#
/// );
/// ```
pub fn stream_event<A: AsRef<str>>(stream: &str, event: &str, args: &[A]) -> String {
    let mut out = String::with_capacity(
        96 + stream.len() + event.len() + args.iter().map(|arg| arg.as_ref().len() + 1).sum::<usize>(),
    );
    out.push_str(r#"{"msg":"changed","collection":"#);
    push_quoted(&mut out, &format!("stream-{stream}"));
    out.push_str(r#","id":"id","fields":{"eventName":"#);
    push_quoted(&mut out, event);
    out.push_str(r#","args":["#);
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(arg.as_ref());
    }
    out.push_str("]}}");
    out
}

fn push_quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("a string always has a JSON form"));
}
