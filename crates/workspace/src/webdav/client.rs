//! Talking to such a server (RFC 4918).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_kernel::outgoing::{Fetched, OutgoingError, Policy, Request, fetch};
use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method as Verb, StatusCode};

use super::accounts::{Account, Login};
use super::listing::{self, Node};

/// Where uploads go.
const FOLDER: &str = "Rocket.Chat Uploads";

/// Bytes of a listing that are read.
const LISTING: usize = 8 * 1024 * 1024;

/// Bytes of a file that are fetched if the workspace does not limit files.
const FILE: usize = 100 * 1024 * 1024;

/// What is asked about files.
const QUESTION: &str = r#"<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getlastmodified/><d:getcontentlength/><d:getcontenttype/><d:getetag/><d:resourcetype/></d:prop></d:propfind>"#;

/// Why a server did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// It answered with this status.
    Status(StatusCode),
    /// It could not be reached or understood.
    Other,
}

impl From<OutgoingError> for Failure {
    fn from(error: OutgoingError) -> Self {
        tracing::debug!(%error, "a file server could not be reached");
        Self::Other
    }
}

pub(super) struct Client<'c> {
    ctx: &'c Ctx,
    account: &'c Account,
}

impl<'c> Client<'c> {
    pub(super) fn new(ctx: &'c Ctx, account: &'c Account) -> Self {
        Self { ctx, account }
    }

    /// Whether the server knows the account.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        self.properties("/", "0").await.map(|_| ())
    }

    /// What is in a folder.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Node>, Failure> {
        let answer = self.properties(path, "1").await?;
        let xml = String::from_utf8(answer.body).map_err(|_| Failure::Other)?;
        let url = &self.account.server_url;
        let base = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let base = listing::decode(base.unwrap_or("/"));
        let mut nodes = listing::nodes(&xml, &base).ok_or(Failure::Other)?;
        // The folder itself is part of the answer.
        let folder = format!("/{}", path.trim_matches('/'));
        nodes.retain(|node| node.filename != folder);
        Ok(nodes)
    }

    /// The bytes of a file.
    pub(super) async fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let limit = usize::try_from(self.ctx.settings.get(keys::FileUpload_MaxFileSize));
        let limit = limit.ok().filter(|limit| *limit > 0).unwrap_or(FILE).min(FILE);
        let mut request = self.request(Verb::GET, self.url(path));
        (request.max_bytes, request.timeout) = (limit + 1, Duration::from_secs(60));
        let answer = self.send(request).await?;
        if answer.body.len() > limit { Err(Failure::Other) } else { Ok(answer.body) }
    }

    /// A small picture of a file, from another address of the same server.
    pub(super) async fn preview(&self, url: String) -> Result<Vec<u8>, Failure> {
        Ok(self.send(self.request(Verb::GET, url)).await?.body)
    }

    /// Stores a file under a name that is not taken.
    pub(super) async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let make = Verb::from_bytes(b"MKCOL").map_err(|_| Failure::Other)?;
        // It may be there already.
        let _ = self.send(self.request(make, self.url(&format!("/{FOLDER}/")))).await;
        let name = name.replace(['/', '\\'], "_");
        let mut request = self.request(Verb::PUT, self.url(&format!("/{FOLDER}/{name}")));
        (request.body, request.timeout) = (bytes, Duration::from_secs(60));
        request.headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        self.send(request).await.map(|_| ())
    }

    async fn properties(&self, path: &str, depth: &'static str) -> Result<Fetched, Failure> {
        let ask = Verb::from_bytes(b"PROPFIND").map_err(|_| Failure::Other)?;
        let mut request = self.request(ask, self.url(path));
        request.headers.insert(HeaderName::from_static("depth"), HeaderValue::from_static(depth));
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        (request.body, request.max_bytes) = (QUESTION.into(), LISTING);
        self.send(request).await
    }

    fn request(&self, method: Verb, url: String) -> Request {
        let mut headers = HeaderMap::new();
        let proof = match &self.account.login {
            Login::Password { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Login::Token(token) => format!("{} {}", token.token_type, token.access_token),
        };
        if let Ok(mut proof) = HeaderValue::from_str(&proof) {
            proof.set_sensitive(true);
            headers.insert(AUTHORIZATION, proof);
        }
        // A redirect would lose the verb, and could lead elsewhere.
        Request { method, headers, redirects: 0, ..Request::get(url) }
    }

    async fn send(&self, request: Request) -> Result<Fetched, Failure> {
        let policy = Policy::trusting(&self.ctx.settings.get(keys::SSRF_Allowlist));
        let answer = fetch(request, &policy).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(Failure::Status(answer.status)) }
    }

    fn url(&self, path: &str) -> String {
        let base = self.account.server_url.trim_end_matches('/');
        format!("{base}/{}", encode(path.trim_start_matches('/')))
    }
}

/// A path as it goes into an address. Steps upwards are left out: they would lead out of the account's folder.
pub(super) fn encode(path: &str) -> String {
    let onward = |part: &&str| !matches!(part.trim_end_matches('/'), "." | "..");
    percent::path(&path.split_inclusive('/').filter(onward).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encode("a b/ä?#.txt"), "a%20b/%C3%A4%3F%23.txt");
        assert_eq!(encode("x/"), "x/");
        assert_eq!(encode("../x/./y/.."), "x/y/");
    }
}
