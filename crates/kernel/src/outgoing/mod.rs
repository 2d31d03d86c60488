//! Requests that the server makes because a user asked for it: link previews, webhooks, avatars by URL.
//!
//! A user chooses the address, so that it must not reach what only this machine can reach. The name is
//! resolved here, every address of it is judged, and the connection goes to the judged address: a second
//! look-up could answer something else. Every redirect is judged anew.

mod address;
pub mod dns;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use reqwest::Url;

pub use address::Network;

/// Which addresses may be reached.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Addresses of private networks and of this machine may be reached.
    pub private: bool,
    /// Host names that may not be reached.
    pub hosts: Vec<String>,
    /// Networks that may not be reached.
    pub networks: Vec<Network>,
    /// Host names that may be reached wherever they lead.
    pub trusted_hosts: Vec<String>,
    /// Networks that may be reached although they are private.
    pub trusted_networks: Vec<Network>,
    /// The only ports that may be reached; all if absent.
    pub ports: Option<Vec<u16>>,
}

impl Policy {
    /// Reads a list of host names, addresses and networks separated by commas, as settings hold it.
    pub fn blocking(list: &str) -> Self {
        let mut policy = Self::default();
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match Network::parse(item) {
                Some(network) => policy.networks.push(network),
                None => policy.hosts.push(item.to_lowercase()),
            }
        }
        policy
    }

    /// Everything public, and what a list of host names, addresses and networks names, separated by commas.
    pub fn trusting(list: &str) -> Self {
        let named = Self::blocking(list);
        Self { trusted_hosts: named.hosts, trusted_networks: named.networks, ..Self::default() }
    }

    /// The same policy for these ports only, written with commas; an empty list allows all.
    #[must_use]
    pub fn ports(mut self, list: &str) -> Self {
        let ports: Vec<u16> = list.split(',').filter_map(|port| port.trim().parse().ok()).collect();
        self.ports = (!ports.is_empty()).then_some(ports);
        self
    }

    fn allows_url(&self, url: &Url) -> bool {
        let port = url.port_or_known_default().unwrap_or_default();
        let host = url.host_str().unwrap_or_default().to_lowercase();
        matches!(url.scheme(), "http" | "https")
            && !host.is_empty()
            && !self.hosts.contains(&host)
            && self.ports.as_ref().is_none_or(|ports| ports.contains(&port))
    }

    fn allows(&self, address: SocketAddr) -> bool {
        let ip = address.ip();
        let within = |networks: &[Network]| networks.iter().any(|network| network.contains(ip));
        (self.private || address::is_public(ip) || within(&self.trusted_networks)) && !within(&self.networks)
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Verb; redirects of anything but 307 and 308 are followed as GET.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// How long all of it may take.
    pub timeout: Duration,
    /// How much of the answer is read, in bytes; the rest is dropped.
    pub max_bytes: usize,
    /// How many redirects are followed.
    pub redirects: usize,
}

impl Request {
    /// A GET request with a time limit of 10 s, at most 250,000 bytes and five redirects.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(10),
            max_bytes: 250_000,
            redirects: 5,
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// As much of the body as was asked for.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The URL cannot be read.
    #[error("not a URL")]
    Url,
    /// The policy refuses the address.
    #[error("the address may not be reached")]
    Refused,
    /// More redirects than allowed, or one that leads nowhere.
    #[error("too many redirects")]
    Redirects,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// Name resolution, connection or transfer failed.
    #[error("{0}")]
    Failed(String),
}

/// Makes a request.
///
/// # Errors
/// As [`OutgoingError`] says.
pub async fn fetch(request: Request, policy: &Policy) -> Result<Fetched, OutgoingError> {
    let timeout = request.timeout;
    tokio::time::timeout(timeout, follow(request, policy)).await.map_err(|_| OutgoingError::Timeout)?
}

async fn follow(mut request: Request, policy: &Policy) -> Result<Fetched, OutgoingError> {
    for _ in 0..=request.redirects {
        let url = Url::parse(&request.url).map_err(|_| OutgoingError::Url)?;
        let response = send(&request, &url, policy).await?;
        if !response.status().is_redirection() {
            return read(response, request.max_bytes).await;
        }
        let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let Some(target) = target else { return read(response, request.max_bytes).await };
        let target = url.join(target).map_err(|_| OutgoingError::Redirects)?;
        if target.host() != url.host() {
            for secret in [http::header::AUTHORIZATION, http::header::COOKIE] {
                request.headers.remove(secret);
            }
        }
        if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
            request.method = Method::GET;
            request.body.clear();
        }
        request.url = target.into();
    }
    Err(OutgoingError::Redirects)
}

async fn send(request: &Request, url: &Url, policy: &Policy) -> Result<reqwest::Response, OutgoingError> {
    if !policy.allows_url(url) {
        return Err(OutgoingError::Refused);
    }
    let failed = |error: &dyn std::fmt::Display| OutgoingError::Failed(error.to_string());
    let addresses = resolve(url).await?;
    let host = url.host_str().unwrap_or_default();
    let trusted = policy.trusted_hosts.contains(&host.to_lowercase());
    if addresses.is_empty() || !(trusted || addresses.iter().all(|address| policy.allows(*address))) {
        return Err(OutgoingError::Refused);
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls::config())
        .resolve_to_addrs(host, &addresses)
        .build()
        .map_err(|error| failed(&error))?;
    let sent = client
        .request(request.method.clone(), url.clone())
        .headers(request.headers.clone())
        .body(request.body.clone())
        .send();
    sent.await.map_err(|error| failed(&error))
}

async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, OutgoingError> {
    let port = url.port_or_known_default().unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((bare, port)).await;
    Ok(found.map_err(|error| OutgoingError::Failed(error.to_string()))?.collect())
}

async fn read(mut response: reqwest::Response, max_bytes: usize) -> Result<Fetched, OutgoingError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while body.len() < max_bytes {
        let chunk = response.chunk().await.map_err(|error| OutgoingError::Failed(error.to_string()))?;
        let Some(chunk) = chunk else { break };
        let room = max_bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(Fetched { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(policy: &Policy, url: &str) -> bool {
        let url = Url::parse(url).expect("a URL");
        !policy.allows_url(&url)
    }

    #[test]
    fn only_web_addresses_on_allowed_ports() {
        let policy = Policy::blocking("localhost, 10.0.0.0/8").ports("80, 443");
        assert!(refuses(&policy, "ftp://example.com/"));
        assert!(refuses(&policy, "http://example.com:22/"));
        assert!(refuses(&policy, "http://LOCALHOST/"));
        assert!(!refuses(&policy, "https://example.com/"));
        assert!(!refuses(&policy.ports(""), "https://example.com:8443/"));
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let policy = Policy::default();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/x",
        ] {
            let answer = fetch(Request::get(url), &policy).await;
            assert!(matches!(answer, Err(OutgoingError::Refused)), "{url}: {answer:?}");
        }
    }
}
