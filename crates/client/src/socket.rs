//! DDP over a websocket.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::Error;

/// How long an answer may take before the wait counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A DDP connection. Frames are read only while a call waits, so that nothing is lost and nothing runs in
/// the background.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    results: HashMap<String, Value>,
    events: VecDeque<Event>,
    others: VecDeque<Value>,
}

/// A stream event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `stream-room-messages`, ...
    pub collection: String,
    /// Event name.
    pub event: String,
    /// Arguments.
    pub args: Vec<Value>,
}

/// Why a call had no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The server refused: the error object as it came.
    #[error("refused: {0}")]
    Refused(Value),
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Socket {
    /// Connects to `/websocket` of an `http://` address and shakes hands.
    ///
    /// # Errors
    /// If the server cannot be reached or does not answer `connected`.
    pub async fn connect(url: &url::Url) -> Result<Self, Error> {
        let mut socket = Self::open(url, "/websocket").await?;
        socket.send(&json!({ "msg": "connect", "version": "1", "support": ["1", "pre2", "pre1"] })).await?;
        let answer =
            socket.next_where(|frame| frame["msg"] == "connected" || frame["msg"] == "failed").await?;
        if answer["msg"] == "connected" { Ok(socket) } else { Err(Error::Protocol(answer.to_string())) }
    }

    /// Opens a websocket at `path` and says nothing yet.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn open(url: &url::Url, path: &str) -> Result<Self, Error> {
        let address = format!("ws://{}{path}", url.authority());
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let (stream, _) = connect_async_with_config(&address, Some(config), true)
            .await
            .map_err(|error| Error::Connection(error.to_string()))?;
        Ok(Self {
            stream,
            next_id: 0,
            results: HashMap::new(),
            events: VecDeque::new(),
            others: VecDeque::new(),
        })
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send(&mut self, frame: &Value) -> Result<(), Error> {
        self.send_text(frame.to_string()).await
    }

    /// Sends any text, malformed or not.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send_text(&mut self, text: String) -> Result<(), Error> {
        self.stream.send(Message::text(text)).await.map_err(|error| Error::Connection(error.to_string()))
    }

    /// Sends bytes as a binary frame.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.stream.send(Message::binary(bytes)).await.map_err(|error| Error::Connection(error.to_string()))
    }

    /// The next frame's text, whatever it is. Pings of the protocol are answered and shown.
    ///
    /// # Errors
    /// If nothing comes in time or the server closes.
    pub async fn next_text(&mut self) -> Result<String, Error> {
        loop {
            let message =
                timeout(PATIENCE, self.stream.next()).await.map_err(|_| Error::TimedOut(PATIENCE))?;
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Error::Closed(
                        frame
                            .map(|frame| format!("{} {}", u16::from(frame.code), frame.reason))
                            .unwrap_or_default(),
                    ));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Error::Closed(error.to_string())),
                None => return Err(Error::Closed(String::new())),
            }
        }
    }

    /// Reads one frame and files it: results by id, events in order, everything else in order.
    async fn read(&mut self) -> Result<(), Error> {
        let text = self.next_text().await?;
        let frame: Value = serde_json::from_str(&text).map_err(|_| Error::Protocol(text.clone()))?;
        match frame["msg"].as_str() {
            Some("ping") => {
                let mut pong = json!({ "msg": "pong" });
                if let Some(id) = frame.get("id") {
                    pong["id"] = id.clone();
                }
                self.send(&pong).await?;
            }
            Some("result") => {
                self.results.insert(frame["id"].as_str().unwrap_or_default().to_owned(), frame);
            }
            Some("changed") if frame["fields"]["eventName"].is_string() => self.events.push_back(Event {
                collection: frame["collection"].as_str().unwrap_or_default().to_owned(),
                event: frame["fields"]["eventName"].as_str().unwrap_or_default().to_owned(),
                args: frame["fields"]["args"].as_array().cloned().unwrap_or_default(),
            }),
            _ => self.others.push_back(frame),
        }
        Ok(())
    }

    /// The first frame, of those that are neither results nor stream events, that fits.
    ///
    /// # Errors
    /// If none comes in time.
    pub async fn next_where(&mut self, fits: impl Fn(&Value) -> bool) -> Result<Value, Error> {
        loop {
            if let Some(i) = self.others.iter().position(&fits) {
                return self.others.remove(i).ok_or_else(|| Error::Protocol("lost a frame".to_owned()));
            }
            self.read().await?;
        }
    }

    /// Calls a method.
    ///
    /// # Errors
    /// The server's refusal, or no answer.
    pub async fn call(&mut self, method: &str, params: Vec<Value>) -> Result<Value, CallError> {
        let id = self.start_call(method, params).await?;
        self.result(&id).await
    }

    /// Sends a call and does not wait. Answers its id, for [`Socket::result`].
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn start_call(&mut self, method: &str, params: Vec<Value>) -> Result<String, Error> {
        let id = self.id();
        self.send(&json!({ "msg": "method", "id": id, "method": method, "params": params })).await?;
        Ok(id)
    }

    /// Waits for the result of a call.
    ///
    /// # Errors
    /// The server's refusal, or no answer.
    pub async fn result(&mut self, id: &str) -> Result<Value, CallError> {
        loop {
            if let Some(mut frame) = self.results.remove(id) {
                return match frame.get_mut("error") {
                    Some(error) => Err(CallError::Refused(error.take())),
                    None => Ok(frame["result"].take()),
                };
            }
            self.read().await?;
        }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// The server's refusal, or no answer.
    pub async fn login(&mut self, username: &str, password: &str) -> Result<Value, CallError> {
        let digest = hex::encode(Sha256::digest(password));
        let options = json!({ "user": { "username": username }, "password": { "digest": digest, "algorithm": "sha-256" } });
        self.call("login", vec![options]).await
    }

    /// Signs in with a token.
    ///
    /// # Errors
    /// The server's refusal, or no answer.
    pub async fn resume(&mut self, token: &str) -> Result<Value, CallError> {
        self.call("login", vec![json!({ "resume": token })]).await
    }

    /// Subscribes to an event of a stream (name without `stream-`) and waits until it is ready. Answers the
    /// subscription's id.
    ///
    /// # Errors
    /// The error of the server's `nosub`, or no answer.
    pub async fn subscribe(&mut self, stream: &str, event: &str) -> Result<String, CallError> {
        let options = json!({ "useCollection": false, "args": [] });
        self.subscribe_to(&format!("stream-{stream}"), vec![json!(event), options]).await
    }

    /// Subscribes to anything by its whole name.
    ///
    /// # Errors
    /// The error of the server's `nosub`, or no answer.
    pub async fn subscribe_to(&mut self, name: &str, params: Vec<Value>) -> Result<String, CallError> {
        let id = self.id();
        self.send(&json!({ "msg": "sub", "id": id, "name": name, "params": params })).await?;
        let ready = |frame: &Value| frame["msg"] == "ready" && frame["subs"][0] == json!(id);
        let answer = self
            .next_where(|frame| ready(frame) || (frame["msg"] == "nosub" && frame["id"] == json!(id)))
            .await?;
        if ready(&answer) { Ok(id) } else { Err(CallError::Refused(answer["error"].clone())) }
    }

    /// The next stream event, in the order of arrival.
    ///
    /// # Errors
    /// If none comes in time.
    pub async fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            self.read().await?;
        }
    }

    /// The next event of one name, passing over others.
    ///
    /// # Errors
    /// If none comes in time.
    pub async fn next_event_of(&mut self, event: &str) -> Result<Event, Error> {
        loop {
            let next = self.next_event().await?;
            if next.event == event {
                return Ok(next);
            }
        }
    }

    /// Everything that has arrived by the time the server has answered a ping: what is not here was not sent
    /// before.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn drain(&mut self) -> Result<Vec<Event>, Error> {
        let id = self.id();
        self.send(&json!({ "msg": "ping", "id": id })).await?;
        self.next_where(|frame| frame["msg"] == "pong" && frame["id"] == json!(id)).await?;
        Ok(self.events.drain(..).collect())
    }

    /// The subscriptions that the server has ended by itself, as far as frames have been read.
    pub fn ended(&mut self) -> Vec<String> {
        let (ended, others): (VecDeque<_>, _) =
            std::mem::take(&mut self.others).into_iter().partition(|frame| frame["msg"] == "nosub");
        self.others = others;
        ended.iter().filter_map(|frame| frame["id"].as_str().map(str::to_owned)).collect()
    }

    fn id(&mut self) -> String {
        self.next_id += 1;
        self.next_id.to_string()
    }
}
