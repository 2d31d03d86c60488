//! Records of the domain name system that the operating system's own look-up does not give: TXT and SRV.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::ids::Ids;

/// How long one name server may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Name servers that are asked, one after the other.
const SERVERS: usize = 3;

/// Which records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Txt,
    /// Where a service runs.
    Srv,
}

impl Kind {
    const fn code(self) -> u16 {
        match self {
            Self::Txt => 16,
            Self::Srv => 33,
        }
    }

    /// As Node.js names the look-up in its errors.
    const fn query(self) -> &'static str {
        match self {
            Self::Txt => "queryTxt",
            Self::Srv => "querySrv",
        }
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A text; its parts are put together.
    Txt(String),
    /// Where a service runs.
    Srv {
        /// The host.
        target: String,
        /// Lower is asked first.
        priority: u16,
        /// Share among those of the same priority.
        weight: u16,
        /// The port.
        port: u16,
    },
}

/// Why there is no record, in the words of Node.js: `queryTxt ENOTFOUND example.org`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {code} {name}", kind.query())]
pub struct DnsError {
    kind: Kind,
    code: &'static str,
    name: String,
}

/// Asks the name servers of this machine, as `/etc/resolv.conf` names them.
///
/// # Errors
/// [`DnsError`] if the name does not exist, has no such record or nobody answers.
pub async fn lookup(name: &str, kind: Kind, ids: &Ids) -> Result<Vec<Record>, DnsError> {
    let text = tokio::fs::read_to_string("/etc/resolv.conf").await.unwrap_or_default();
    ask(name, kind, ids, &servers(&text)).await
}

fn servers(resolv_conf: &str) -> Vec<SocketAddr> {
    let named = resolv_conf.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let mut servers: Vec<SocketAddr> = named
        .filter_map(|rest| rest.split('%').next()?.trim().parse::<IpAddr>().ok())
        .map(|ip| SocketAddr::new(ip, 53))
        .take(SERVERS)
        .collect();
    if servers.is_empty() {
        servers.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 53));
    }
    servers
}

async fn ask(name: &str, kind: Kind, ids: &Ids, servers: &[SocketAddr]) -> Result<Vec<Record>, DnsError> {
    let failed = |code: &'static str| DnsError { kind, code, name: name.to_owned() };
    let mut id = [0; 2];
    ids.fill(&mut id);
    let question = question(name, kind, id).ok_or_else(|| failed("EBADNAME"))?;
    let mut code = "ECONNREFUSED";
    for server in servers {
        match tokio::time::timeout(PATIENCE, exchange(&question, *server)).await {
            Ok(Ok(answer)) => match records(&answer, &question, kind) {
                Ok(records) => return Ok(records),
                Err(found @ ("ENOTFOUND" | "ENODATA")) => return Err(failed(found)),
                Err(other) => code = other,
            },
            Ok(Err(_refused)) => {}
            Err(_elapsed) => code = "ETIMEOUT",
        }
    }
    Err(failed(code))
}

/// The message that asks; `None` if no name can be like this.
fn question(name: &str, kind: Kind, id: [u8; 2]) -> Option<Vec<u8>> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > 253 || !name.is_ascii() {
        return None;
    }
    // Recursion is wanted; one question.
    let mut message = vec![id[0], id[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        message.push(length);
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    message.extend_from_slice(&kind.code().to_be_bytes());
    message.extend_from_slice(&[0, 1]);
    Some(message)
}

async fn exchange(question: &[u8], server: SocketAddr) -> std::io::Result<Vec<u8>> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut answer).await?;
        if answer[..length].starts_with(&question[..2]) && length >= 12 {
            answer.truncate(length);
            break;
        }
    }
    let cut_off = answer[2] & 2 != 0;
    if !cut_off {
        return Ok(answer);
    }
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(question).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Reads an answer; the error is a code of Node.js.
fn records(answer: &[u8], question: &[u8], kind: Kind) -> Result<Vec<Record>, &'static str> {
    const BROKEN: &str = "EBADRESP";
    let asked = question.get(12..).unwrap_or_default();
    let flags = *answer.get(3).ok_or(BROKEN)?;
    let echoed = answer.get(12..12 + asked.len()).ok_or(BROKEN)?;
    if !answer.starts_with(&question[..2]) || answer[2] & 0x80 == 0 || !echoed.eq_ignore_ascii_case(asked) {
        return Err(BROKEN);
    }
    match flags & 15 {
        0 => {}
        3 => return Err("ENOTFOUND"),
        2 => return Err("ESERVFAIL"),
        5 => return Err("EREFUSED"),
        _ => return Err(BROKEN),
    }
    let count = word(answer, 6).ok_or(BROKEN)?;
    let mut at = 12 + asked.len();
    let mut found = Vec::new();
    for _ in 0..count {
        let (_, after) = name_at(answer, at).ok_or(BROKEN)?;
        let (of, length) = (word(answer, after).ok_or(BROKEN)?, word(answer, after + 8).ok_or(BROKEN)?);
        let start = after + 10;
        let end = start + usize::from(length);
        if end > answer.len() {
            return Err(BROKEN);
        }
        // Aliases stand before what they lead to.
        if of == kind.code() {
            found.push(record(answer, start, end, kind).ok_or(BROKEN)?);
        }
        at = end;
    }
    if found.is_empty() { Err("ENODATA") } else { Ok(found) }
}

fn record(answer: &[u8], start: usize, end: usize, kind: Kind) -> Option<Record> {
    if kind == Kind::Srv {
        let (target, _) = name_at(answer, start + 6)?;
        return Some(Record::Srv {
            target,
            priority: word(answer, start)?,
            weight: word(answer, start + 2)?,
            port: word(answer, start + 4)?,
        });
    }
    let mut text = Vec::new();
    let mut at = start;
    while at < end {
        let length = usize::from(*answer.get(at)?);
        text.extend_from_slice(answer.get(at + 1..(at + 1 + length).min(end))?);
        at += 1 + length;
    }
    Some(Record::Txt(String::from_utf8_lossy(&text).into_owned()))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// The name that begins at `at`, and where what follows it begins. Names point back to parts of others; how
/// often is limited.
fn name_at(message: &[u8], at: usize) -> Option<(String, usize)> {
    let (mut name, mut here, mut after) = (String::new(), at, None);
    for _ in 0..128 {
        let length = usize::from(*message.get(here)?);
        match length {
            0 => return Some((name, after.unwrap_or(here + 1))),
            1..=63 => {
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&String::from_utf8_lossy(message.get(here + 1..here + 1 + length)?));
                here += 1 + length;
            }
            _ if length >= 0xc0 => {
                after.get_or_insert(here + 2);
                here = usize::from(word(message, here)? & 0x3fff);
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to `question` with these records: type and content.
    fn answer(question: &[u8], code: u8, records: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut answer = question.to_vec();
        (answer[2], answer[3]) = (0x81, 0x80 | code);
        answer[7] = u8::try_from(records.len()).unwrap();
        for (kind, content) in records {
            answer.extend_from_slice(&[0xc0, 12]);
            answer.extend_from_slice(&kind.to_be_bytes());
            answer.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
            answer.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
            answer.extend_from_slice(content);
        }
        answer
    }

    #[test]
    fn records_are_read() {
        let asked = question("chat.example", Kind::Txt, [1, 2]).unwrap();
        let texts = answer(&asked, 0, &[(5, vec![0xc0, 12]), (16, b"\x02ab\x01c".to_vec())]);
        assert_eq!(records(&texts, &asked, Kind::Txt).unwrap(), [Record::Txt("abc".into())]);
        let asked = question("_x._tcp.chat.example", Kind::Srv, [1, 2]).unwrap();
        let content = [&[0, 5, 0, 6, 1, 187, 3][..], b"www", &[0xc0, 20]].concat();
        let services = answer(&asked, 0, &[(33, content)]);
        assert_eq!(
            records(&services, &asked, Kind::Srv).unwrap(),
            [Record::Srv { target: "www.chat.example".into(), priority: 5, weight: 6, port: 443 }]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let asked = question("chat.example", Kind::Txt, [1, 2]).unwrap();
        assert_eq!(records(&answer(&asked, 3, &[]), &asked, Kind::Txt), Err("ENOTFOUND"));
        assert_eq!(records(&answer(&asked, 0, &[]), &asked, Kind::Txt), Err("ENODATA"));
        let other = question("chat.example.org", Kind::Txt, [1, 2]).unwrap();
        assert_eq!(records(&answer(&other, 0, &[]), &asked, Kind::Txt), Err("EBADRESP"));
        let whole = answer(&asked, 0, &[(16, b"\x02ab".to_vec())]);
        for length in 0..whole.len() {
            assert!(records(&whole[..length], &asked, Kind::Txt).is_err(), "{length}");
        }
        // A name that points to itself.
        let mut turning = answer(&asked, 0, &[(33, vec![0, 0, 0, 0, 0, 0, 0xc0, 0])]);
        let at = turning.len() - 2;
        turning[at + 1] = u8::try_from(at).unwrap();
        let srv = question("chat.example", Kind::Srv, [1, 2]).unwrap();
        turning[12..srv.len()].copy_from_slice(&srv[12..]);
        assert_eq!(records(&turning, &srv, Kind::Srv), Err("EBADRESP"));
        for bad in ["", ".", "a..b", "ä.example", &"a".repeat(64), &"a.".repeat(200)] {
            assert!(question(bad, Kind::Txt, [0, 0]).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_name_servers_of_the_machine_are_found() {
        let text = "# x\nsearch example\nnameserver 10.0.0.2\nnameserver fe80::1%eth0\nnameserver x\n";
        let expected: Vec<SocketAddr> = vec!["10.0.0.2:53".parse().unwrap(), "[fe80::1]:53".parse().unwrap()];
        assert_eq!(servers(text), expected);
        assert_eq!(servers(""), ["127.0.0.1:53".parse().unwrap()]);
    }

    #[tokio::test]
    async fn a_server_is_asked_over_the_network() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            let mut buffer = [0; 512];
            let (length, from) = server.recv_from(&mut buffer).await.unwrap();
            let reply = answer(&buffer[..length], 0, &[(16, b"\x02hi".to_vec())]);
            server.send_to(&reply, from).await.unwrap();
        });
        let found = ask("chat.example", Kind::Txt, &Ids::seeded(1), &[address]).await;
        assert_eq!(found.unwrap(), [Record::Txt("hi".into())]);
        answering.await.unwrap();
        let error = ask("a..b", Kind::Srv, &Ids::seeded(1), &[address]).await.unwrap_err();
        assert_eq!(error.to_string(), "querySrv EBADNAME a..b");
    }
}
