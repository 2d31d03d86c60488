//! Records of the domain name system that the operating system's own look-up does not give: TXT and SRV.

use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as Answered, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;

/// How long one name server may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Txt,
    /// Where a service runs.
    Srv,
}

impl Kind {
    const fn record(self) -> RecordType {
        match self {
            Self::Txt => RecordType::TXT,
            Self::Srv => RecordType::SRV,
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

/// Asks the name servers of this machine.
///
/// # Errors
/// [`DnsError`] if the name does not exist, has no such record or nobody answers.
pub async fn lookup(name: &str, kind: Kind) -> Result<Vec<Record>, DnsError> {
    match read_system_conf() {
        Ok((config, _)) => ask(name, kind, config).await,
        Err(error) => Err(DnsError { kind, code: code(&error), name: name.to_owned() }),
    }
}

async fn ask(name: &str, kind: Kind, config: ResolverConfig) -> Result<Vec<Record>, DnsError> {
    let failed = |code: &'static str| DnsError { kind, code, name: name.to_owned() };
    // A whole name: nothing is put behind it.
    let mut wanted = Name::from_ascii(name).map_err(|_| failed("EBADNAME"))?;
    wanted.set_fqdn(true);
    let mut options = ResolverOpts::default();
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    let resolver =
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
    let resolver = resolver.build().map_err(|error| failed(code(&error)))?;
    let found = resolver.lookup(wanted, kind.record()).await.map_err(|error| failed(code(&error)))?;
    let records: Vec<Record> = found.answers().iter().filter_map(|answer| record(&answer.data)).collect();
    if records.is_empty() { Err(failed("ENODATA")) } else { Ok(records) }
}

fn record(data: &RData) -> Option<Record> {
    match data {
        RData::TXT(text) => Some(Record::Txt(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())),
        RData::SRV(service) => Some(Record::Srv {
            target: service.target.to_ascii().trim_end_matches('.').to_owned(),
            priority: service.priority,
            weight: service.weight,
            port: service.port,
        }),
        _ => None,
    }
}

/// The code that Node.js has for a failure.
fn code(error: &NetError) -> &'static str {
    match error {
        error if error.is_nx_domain() => "ENOTFOUND",
        error if error.is_no_records_found() => "ENODATA",
        NetError::Dns(Answered::ResponseCode(ResponseCode::ServFail)) => "ESERVFAIL",
        NetError::Dns(Answered::ResponseCode(ResponseCode::Refused)) => "EREFUSED",
        NetError::Timeout => "ETIMEOUT",
        NetError::Io(_) | NetError::NoConnections => "ECONNREFUSED",
        _ => "EBADRESP",
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hickory_resolver::config::{ConnectionConfig, NameServerConfig};
    use hickory_resolver::proto::op::{Message, OpCode};
    use hickory_resolver::proto::rr::Record as Line;
    use hickory_resolver::proto::rr::rdata::{SRV, TXT};
    use tokio::net::UdpSocket;

    use super::*;

    /// A name server that gives every name these records, or this answer.
    async fn server(code: ResponseCode, records: Vec<RData>) -> ResolverConfig {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let asked = Message::from_vec(&buffer[..length]).unwrap();
                let mut answer = Message::response(asked.metadata.id, OpCode::Query);
                answer.metadata.response_code = code;
                let query = asked.queries[0].clone();
                for data in &records {
                    answer.add_answer(Line::from_rdata(query.name().clone(), 60, data.clone()));
                }
                answer.add_query(query);
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        let mut connection = ConnectionConfig::udp();
        connection.port = address.port();
        let server = NameServerConfig::new(address.ip(), true, vec![connection]);
        ResolverConfig::from_parts(None, vec![], vec![server])
    }

    #[tokio::test]
    async fn records_are_read() {
        let text = RData::TXT(TXT::new(vec!["ab".to_owned(), "c".to_owned()]));
        let found = ask("chat.example", Kind::Txt, server(ResponseCode::NoError, vec![text]).await).await;
        assert_eq!(found.unwrap(), [Record::Txt("abc".into())]);
        let service = RData::SRV(SRV::new(5, 6, 443, Name::from_ascii("www.chat.example.").unwrap()));
        let config = server(ResponseCode::NoError, vec![service]).await;
        let found = ask("_x._tcp.chat.example", Kind::Srv, config).await;
        let expected = Record::Srv { target: "www.chat.example".into(), priority: 5, weight: 6, port: 443 };
        assert_eq!(found.unwrap(), [expected]);
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said_in_the_words_of_node() {
        let said = async |name: &str, code| {
            let config = server(code, vec![]).await;
            ask(name, Kind::Srv, config).await.unwrap_err().to_string()
        };
        assert_eq!(said("chat.example", ResponseCode::NXDomain).await, "querySrv ENOTFOUND chat.example");
        assert_eq!(said("chat.example", ResponseCode::NoError).await, "querySrv ENODATA chat.example");
        assert_eq!(said("chat.example", ResponseCode::ServFail).await, "querySrv ESERVFAIL chat.example");
        assert_eq!(said("chat.example", ResponseCode::Refused).await, "querySrv EREFUSED chat.example");
        for bad in ["a..b", "ä.example", &"a".repeat(64), &"a.".repeat(200)] {
            assert_eq!(said(bad, ResponseCode::NoError).await, format!("querySrv EBADNAME {bad}"));
        }
    }
}
