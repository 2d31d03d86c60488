//! What the server answers outside `/api/v1`, or with something else than JSON: stored files, avatars,
//! webhooks, images.

use std::future::Future;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::Body;
use crate::caller::Ctx;
use crate::error::{Error, Result};
use crate::files::FileStream;
use crate::guard::Guard;
use crate::spec::{Needs, Rate, Verb};

/// One address with an answer of its own kind. The struct's fields are the path's and the query string's
/// parameters; its doc comment is the documentation.
///
/// It is registered with [`crate::registry::Registry::resource`]; the login, the rate limit, the parameters
/// and the permissions are checked as for an [`crate::operation::Endpoint`], in the same order.
pub trait Resource: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Verbs, path, permissions, limits.
    const SPEC: ResourceSpec;
    /// Who may call, and what the check hands over.
    type Guard: Guard<Self>;

    /// Does the work. An error is shown by [`Resource::refuse`].
    fn answer(
        self,
        asked: Asked,
        guard: Self::Guard,
        ctx: &Ctx,
    ) -> impl Future<Output = Result<Answer>> + Send;

    /// What a refusal looks like: JSON in the shape of the REST API, unless the resource does it otherwise.
    fn refuse(error: &Error) -> Answer {
        Answer::json(error.status, &error.rest_body())
    }
}

/// The facts of one resource.
#[derive(Clone, Copy, Debug)]
pub struct ResourceSpec {
    /// Verbs it answers. HEAD is answered where GET is.
    pub verbs: &'static [Verb],
    /// Whole path, with `:name` for one part and `*name` for the rest (`/avatar/:username`).
    pub path: &'static str,
    /// Other paths with the same behaviour. Parameters that a path does not have are absent.
    pub aliases: &'static [&'static str],
    /// Topic in the API documents.
    pub tag: &'static str,
    /// Permissions checked before the guard.
    pub needs: Needs,
    /// Rate limit; off unless set.
    pub rate: Rate,
    /// Whether the login may also come as the cookies `rc_uid` and `rc_token` or as query parameters of that
    /// name, as it has to where a browser's `<img>` asks. Only for what changes nothing: a foreign site can
    /// make a browser send cookies.
    pub cookies: bool,
}

impl ResourceSpec {
    /// A resource that only reads.
    pub const fn get(path: &'static str, tag: &'static str) -> Self {
        Self::new(&[Verb::Get], path, tag)
    }

    /// A resource that answers these verbs.
    pub const fn new(verbs: &'static [Verb], path: &'static str, tag: &'static str) -> Self {
        Self { verbs, path, aliases: &[], tag, needs: Needs::Nothing, rate: Rate::Off, cookies: false }
    }

    /// Adds further paths.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The caller must hold all of these.
    pub const fn needs_all(mut self, permissions: &'static [&'static str]) -> Self {
        self.needs = Needs::All(permissions);
        self
    }

    /// A rate limit.
    pub const fn rate(mut self, calls: u32, window_ms: i64) -> Self {
        self.rate = Rate::Own { calls, window_ms };
        self
    }

    /// Takes the login from cookies and query parameters, too.
    pub const fn cookies(mut self) -> Self {
        self.cookies = true;
        self
    }
}

/// What was asked, beyond the parameters.
#[derive(Debug)]
pub struct Asked {
    /// The verb.
    pub verb: Verb,
    /// The path as it came, still encoded.
    pub path: String,
    /// Query string without the question mark.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body. Nothing has been read of it.
    pub body: Body,
}

impl Asked {
    /// A header as text; `None` if it is absent or empty.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
    }

    /// The body as an object: JSON, or a form if its `Content-Type` says so.
    ///
    /// # Errors
    /// 400 if it is neither, 413 if it has more than `limit` bytes.
    pub async fn object(self, limit: usize) -> Result<Map<String, Value>> {
        let form = self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
        let bytes = self.body.read(limit).await?;
        if !form {
            return crate::params::from_json(&bytes);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::invalid_params("the body is not UTF-8"))?;
        crate::params::from_form(text)
    }
}

/// An answer with a status, headers and a body of any kind.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: AnswerBody,
}

/// The body of an [`Answer`].
pub enum AnswerBody {
    /// These bytes.
    Whole(Bytes),
    /// What the stream gives.
    Stream(FileStream),
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl Answer {
    /// Nothing but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: AnswerBody::Whole(Bytes::new()) }
    }

    /// Bytes of a media type.
    pub fn bytes(status: u16, kind: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { body: AnswerBody::Whole(bytes.into()), ..Self::status(status) }
            .with(http::header::CONTENT_TYPE, kind)
    }

    /// Plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", text.into())
    }

    /// JSON. Times are written as REST clients read them.
    pub fn json(status: u16, value: &Value) -> Self {
        let text = gantry_protocol::rest::encode(value.to_string().as_bytes());
        Self::bytes(status, "application/json", text)
    }

    /// Sends the client elsewhere for now.
    pub fn redirect(url: &str) -> Self {
        Self::status(302).with(http::header::LOCATION, url)
    }

    /// The same answer with one more header; a value that no header can have is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }
}
