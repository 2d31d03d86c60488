//! A small HTTP server that takes calls and answers what it was told to.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What the receiver answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string() }
    }
}

/// A call that came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Value,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    calls: mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    /// Answers the first call with the first reply and so on, and every further call with the last.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, calls) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((mut socket, _)) = listener.accept().await else { return };
                let reply = replies[std::cmp::min(number, replies.len() - 1)].clone();
                let (mut text, mut piece) = (Vec::new(), [0; 4096]);
                let received = loop {
                    let Ok(read) = socket.read(&mut piece).await else { return };
                    text.extend_from_slice(&piece[..read]);
                    let whole = String::from_utf8_lossy(&text).into_owned();
                    let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                    let lower = head.to_lowercase();
                    let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                    if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                        let body = serde_json::from_str(body).unwrap_or(Value::Null);
                        break Received { head: head.to_owned(), body };
                    }
                };
                let answer = format!(
                    "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                    reply.status,
                    reply.body.len(),
                    reply.body
                );
                let _ = socket.write_all(answer.as_bytes()).await;
                let _ = socket.shutdown().await;
                if sender.send(received).is_err() {
                    return;
                }
            }
        });
        Self { url, calls }
    }

    /// The next call; waits for it.
    pub(crate) async fn next(&mut self) -> Received {
        self.calls.recv().await.unwrap()
    }

    /// Whether no further call has come.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }
}
