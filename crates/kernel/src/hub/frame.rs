//! Finished frames, shared by everybody they go to.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A finished text frame. A clone costs one counter, so that one encoding serves any number of sockets.
///
/// It begins with the header of its WebSocket frame, so that a socket writes the shared bytes as they are and
/// needs no buffer of its own.
#[derive(Clone)]
pub struct Frame {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    message: Framed,
    /// Made when the first SockJS client needs it; most servers have none.
    sockjs: OnceLock<Framed>,
}

/// The bytes of a WebSocket text frame from a server: unmasked, not fragmented.
struct Framed {
    bytes: Box<[u8]>,
    header: u8,
}

impl Framed {
    fn new(text: &str) -> Self {
        const FINAL_TEXT: u8 = 0x81;
        let mut bytes = Vec::with_capacity(10 + text.len());
        bytes.push(FINAL_TEXT);
        match (u8::try_from(text.len()), u16::try_from(text.len())) {
            (Ok(short @ ..=125), _) => bytes.push(short),
            (_, Ok(medium)) => {
                bytes.push(126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((text.len() as u64).to_be_bytes());
            }
        }
        let header = bytes.len() as u8;
        bytes.extend_from_slice(text.as_bytes());
        Self { bytes: bytes.into_boxed_slice(), header }
    }

    fn text(&self) -> &[u8] {
        &self.bytes[usize::from(self.header)..]
    }
}

impl Frame {
    /// A frame of one DDP message.
    pub fn new(text: &str) -> Self {
        Self { shared: Arc::new(Shared { message: Framed::new(text), sockjs: OnceLock::new() }) }
    }

    /// The message itself; valid UTF-8.
    pub fn text(&self) -> &[u8] {
        self.shared.message.text()
    }

    /// The message as a WebSocket frame, header and all.
    pub fn websocket(&self) -> &[u8] {
        &self.shared.message.bytes
    }

    /// The WebSocket frame of the message in SockJS framing, `a["<message as a JSON string>"]`.
    pub fn sockjs(&self) -> &[u8] {
        let framed = self.shared.sockjs.get_or_init(|| {
            let text = std::str::from_utf8(self.text()).expect("made from a string");
            let mut framed = String::with_capacity(text.len() + text.len() / 8 + 8);
            framed.push_str("a[");
            push_json(&mut framed, text);
            framed.push(']');
            Framed::new(&framed)
        });
        &framed.bytes
    }

    /// Length of the message in bytes.
    pub fn len(&self) -> usize {
        self.text().len()
    }

    /// Whether the message is empty.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Whether both are clones of one frame, sharing its memory.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({})", String::from_utf8_lossy(self.text()))
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
    Frame::new(&text)
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
        Frame::new(&text)
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
        assert_eq!(frame.text(), expected.as_bytes());
        assert_eq!(frame.len(), expected.len());
    }

    #[test]
    fn names_and_ids_from_clients_are_escaped() {
        let frame = Changed::new("s", &[]).frame("a\"b\\\n\u{1F600}");
        let parsed: Value = serde_json::from_slice(frame.text()).unwrap();
        assert_eq!(parsed["fields"], json!({ "eventName": "a\"b\\\n\u{1F600}", "args": [] }));
        assert_eq!(nosub("x\"y").text(), br#"{"msg":"nosub","id":"x\"y"}"#);
    }

    #[test]
    fn sockjs_wraps_the_same_message_once() {
        let frame = Frame::new(r#"{"msg":"pong","id":"é\"1"}"#);
        let framed = frame.sockjs();
        assert_eq!(framed[..3], [0x81, framed.len() as u8 - 2, b'a']);
        let inner: Vec<String> = serde_json::from_slice(&framed[3..]).unwrap();
        assert_eq!(inner, [std::str::from_utf8(frame.text()).unwrap()]);
        assert_eq!(framed.as_ptr(), frame.clone().sockjs().as_ptr());
    }

    #[test]
    fn the_header_tells_the_length_in_the_shortest_of_three_ways() {
        for (length, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 0xff, 0xff]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let text = "x".repeat(length);
            let frame = Frame::new(&text);
            assert_eq!(frame.websocket()[..header.len()], header);
            assert_eq!(frame.websocket()[header.len()..], *text.as_bytes());
            assert_eq!(frame.len(), length);
        }
    }
}
