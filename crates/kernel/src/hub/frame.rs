//! Finished frames, shared by everybody they go to.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// A finished text frame. A clone costs one counter, so that one encoding serves any number of sockets.
#[derive(Clone)]
pub struct Frame {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    text: Bytes,
    /// Made when the first SockJS client needs it; most servers have none.
    sockjs: OnceLock<Bytes>,
}

impl Frame {
    /// A frame of one DDP message.
    pub fn new(text: String) -> Self {
        Self { shared: Arc::new(Shared { text: Bytes::from(text), sockjs: OnceLock::new() }) }
    }

    /// The message itself; valid UTF-8.
    pub fn text(&self) -> &Bytes {
        &self.shared.text
    }

    /// The message in SockJS framing, `a["<message as a JSON string>"]`.
    pub fn sockjs(&self) -> &Bytes {
        self.shared.sockjs.get_or_init(|| {
            let text = std::str::from_utf8(&self.shared.text).expect("made from a string");
            let mut framed = String::with_capacity(text.len() + text.len() / 8 + 8);
            framed.push_str("a[");
            push_json(&mut framed, text);
            framed.push(']');
            Bytes::from(framed)
        })
    }

    /// Length of the message in bytes.
    pub fn len(&self) -> usize {
        self.shared.text.len()
    }

    /// Whether the message is empty.
    pub fn is_empty(&self) -> bool {
        self.shared.text.is_empty()
    }

    /// Whether both are clones of one frame, sharing its memory.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({})", String::from_utf8_lossy(&self.shared.text))
    }
}

/// Appends a string as JSON.
pub(super) fn push_json(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::to_string(text).expect("a string is always JSON"));
    } else {
        // Names and ids, nearly always.
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// The `nosub` that ends a subscription without an error.
pub(super) fn nosub(sub_id: &str) -> Frame {
    let mut text = String::with_capacity(sub_id.len() + 24);
    text.push_str(r#"{"msg":"nosub","id":"#);
    push_json(&mut text, sub_id);
    text.push('}');
    Frame::new(text)
}

/// Encodes the `changed` messages of one stream event. The event's name is the only thing that differs
/// between receivers of the same arguments, and the arguments can be long: they are joined once.
pub(super) struct Changed {
    head: String,
    tail: String,
}

impl Changed {
    /// For `args`, each of them finished EJSON.
    pub(super) fn new(stream: &str, args: &[&str]) -> Self {
        let mut head = String::with_capacity(stream.len() + 80);
        head.push_str(r#"{"msg":"changed","collection":"#);
        push_json(&mut head, &format!("stream-{stream}"));
        head.push_str(r#","id":"id","fields":{"eventName":"#);

        let mut tail = String::with_capacity(args.iter().map(|arg| arg.len() + 1).sum::<usize>() + 16);
        tail.push_str(r#","args":["#);
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                tail.push(',');
            }
            tail.push_str(arg);
        }
        tail.push_str("]}}");
        Self { head, tail }
    }

    /// The frame for one event name.
    pub(super) fn frame(&self, event: &str) -> Frame {
        let mut text = String::with_capacity(self.head.len() + event.len() + 2 + self.tail.len());
        text.push_str(&self.head);
        push_json(&mut text, event);
        text.push_str(&self.tail);
        Frame::new(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_has_the_exact_shape_that_clients_parse() {
        let frame = Changed::new("notify-room", &[r#"{"a":1}"#, "null"]).frame("GENERAL/typing");
        let expected = concat!(
            r#"{"msg":"changed","collection":"stream-notify-room","id":"id","#,
            r#""fields":{"eventName":"GENERAL/typing","args":[{"a":1},null]}}"#
        );
        assert_eq!(frame.text(), expected);
        assert_eq!(frame.len(), expected.len());
    }

    #[test]
    fn names_and_ids_from_clients_are_escaped() {
        let frame = Changed::new("s", &[]).frame("a\"b\\\n\u{1F600}");
        let parsed: Value = serde_json::from_slice(frame.text()).unwrap();
        assert_eq!(parsed["fields"], json!({ "eventName": "a\"b\\\n\u{1F600}", "args": [] }));
        assert_eq!(nosub("x\"y").text(), r#"{"msg":"nosub","id":"x\"y"}"#);
    }

    #[test]
    fn sockjs_wraps_the_same_message_once() {
        let frame = Frame::new(r#"{"msg":"pong","id":"é\"1"}"#.to_owned());
        let framed = frame.sockjs();
        assert_eq!(framed[0], b'a');
        let inner: Vec<String> = serde_json::from_slice(&framed[1..]).unwrap();
        assert_eq!(inner, [std::str::from_utf8(frame.text()).unwrap()]);
        assert_eq!(framed.as_ptr(), frame.clone().sockjs().as_ptr());
    }
}
