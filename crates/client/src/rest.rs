//! REST over one kept connection.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::Error;

/// One user's (or nobody's) view of a server. Clones share the connection.
#[derive(Clone)]
pub struct Client {
    base: url::Url,
    credentials: Option<(String, String)>,
    connection: Arc<Mutex<Option<SendRequest<Full<Bytes>>>>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as JSON; a string if it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Reply {
    /// The body of a success.
    ///
    /// # Panics
    /// If the status is not 200: this is for tests.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }

    /// `errorType` of a refusal, or the empty string.
    pub fn error_type(&self) -> &str {
        self.body["errorType"].as_str().unwrap_or_default()
    }
}

impl Client {
    /// A client of the server at `url` (`http://host:port`), not signed in.
    ///
    /// # Errors
    /// If `url` is not an http address.
    pub fn new(url: &str) -> Result<Self, Error> {
        let base = url::Url::parse(url).map_err(|error| Error::Address(error.to_string()))?;
        if base.scheme() != "http" || base.host_str().is_none() {
            return Err(Error::Address(url.to_owned()));
        }
        Ok(Self { base, credentials: None, connection: Arc::default() })
    }

    /// The same server seen by the holder of a token, over a connection of its own.
    #[must_use]
    pub fn with_token(&self, uid: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            base: self.base.clone(),
            credentials: Some((uid.into(), token.into())),
            connection: Arc::default(),
        }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// If there is no answer, or the answer is a refusal.
    pub async fn login(&self, user: &str, password: &str) -> Result<Self, Error> {
        let reply = self.post("login", &json!({ "user": user, "password": password })).await?;
        let data = &reply.body["data"];
        match (data["userId"].as_str(), data["authToken"].as_str()) {
            (Some(uid), Some(token)) => Ok(self.with_token(uid, token)),
            _ => Err(Error::Protocol(reply.body.to_string())),
        }
    }

    /// The signed-in user's id; empty for nobody.
    pub fn uid(&self) -> &str {
        self.credentials.as_ref().map_or("", |(uid, _)| uid)
    }

    /// The token; empty for nobody.
    pub fn token(&self) -> &str {
        self.credentials.as_ref().map_or("", |(_, token)| token)
    }

    /// The server's address.
    pub fn url(&self) -> &url::Url {
        &self.base
    }

    /// GET below `/api/v1/`; `path` may hold a query string.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> Result<Reply, Error> {
        self.send(Method::GET, &format!("/api/v1/{path}"), &[], Bytes::new()).await
    }

    /// GET below `/api/v1/` with parameters, which are encoded.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn get_with(&self, path: &str, params: &[(&str, &str)]) -> Result<Reply, Error> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        self.get(&format!("{path}?{query}")).await
    }

    /// POST of a JSON body below `/api/v1/`.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply, Error> {
        self.send(Method::POST, &format!("/api/v1/{path}"), &[], body.to_string().into()).await
    }

    /// Any request. `path` is whole. A body is sent as JSON unless `headers` name another type.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Reply, Error> {
        let mut connection = self.connection.lock().await;
        for attempt in 0..2 {
            let request = self.request(&method, path, headers, body.clone())?;
            if connection.as_ref().is_none_or(SendRequest::is_closed) {
                *connection = Some(self.connect().await?);
            }
            let Some(sender) = connection.as_mut() else { continue };
            match sender.send_request(request).await {
                Ok(answer) => return read(answer).await,
                // A kept connection may have been closed meanwhile; nothing was processed then.
                Err(error) if attempt == 0 && (error.is_canceled() || error.is_closed()) => {
                    *connection = None
                }
                Err(error) => return Err(Error::Connection(error.to_string())),
            }
        }
        Err(Error::Connection("closed twice".to_owned()))
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, self.base.authority());
        if let Some((uid, token)) = &self.credentials {
            request = request.header("X-User-Id", uid).header("X-Auth-Token", token);
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(body)).map_err(|error| Error::Protocol(error.to_string()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Error> {
        let address =
            (self.base.host_str().unwrap_or_default(), self.base.port_or_known_default().unwrap_or(80));
        let stream =
            TcpStream::connect(address).await.map_err(|error| Error::Connection(error.to_string()))?;
        // Without it, small requests wait for the answer to the one before.
        stream.set_nodelay(true).map_err(|error| Error::Connection(error.to_string()))?;
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|error| Error::Connection(error.to_string()))?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn read(answer: http::Response<hyper::body::Incoming>) -> Result<Reply, Error> {
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.map_err(|error| Error::Connection(error.to_string()))?.to_bytes();
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Ok(Reply { status: parts.status, headers: parts.headers, body, bytes })
}
