//! HTTP/1.1 over kept connections with as little work per request as possible: the load generator shares the
//! cores with what it measures. It understands answers with `Content-Length`, as the server sends them.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, valid until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// The body of a success.
    pub(crate) fn ok(self) -> Outcome<Vec<u8>> {
        if self.status == 200 {
            return Ok(self.body.to_vec());
        }
        Err(format!("the server answered {}: {}", self.status, String::from_utf8_lossy(self.body)).into())
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// Sends a whole request and reads its answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, from, to) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            let Some((status, from, length)) = head(&self.buffer)? else { continue };
            if self.buffer.len() >= from + length {
                break (status, from, from + length);
            }
        };
        Ok(Answer { status, body: &self.buffer[from..to] })
    }
}

/// Status, start of the body and its length, once the head is there.
fn head(bytes: &[u8]) -> Outcome<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..end])?;
    let status = text.split(' ').nth(1).ok_or("no status line")?.parse()?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("an answer without Content-Length")?
        .1
        .trim()
        .parse()?;
    Ok(Some((status, end + 4, length)))
}

/// A GET request of anybody.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")
}

/// A GET request of a user.
pub(crate) fn get_as(path: &str, uid: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nX-User-Id: {uid}\r\nX-Auth-Token: {token}\r\n\r\n")
}

/// A POST of JSON; `who` is user id and token.
pub(crate) fn post(path: &str, who: Option<(&str, &str)>, body: &str) -> String {
    let credentials =
        who.map_or_else(String::new, |(uid, token)| format!("X-User-Id: {uid}\r\nX-Auth-Token: {token}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{credentials}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_head_is_understood_once_it_is_complete() {
        let whole = b"HTTP/1.1 200 OK\r\nx: y\r\nContent-length: 2\r\n\r\n{}";
        assert!(head(&whole[..30]).unwrap().is_none());
        assert_eq!(head(whole).unwrap(), Some((200, whole.len() - 2, 2)));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
