//! The three kinds of operation: REST endpoints, DDP methods and streams.

use std::future::{Future, ready};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::caller::Ctx;
use crate::error::Result;
use crate::guard::Guard;
use crate::spec::{MethodSpec, Spec};

/// One REST operation. The struct's fields are the parameters; its doc comment is the documentation.
pub trait Endpoint: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Verb, path, permissions, limits.
    const SPEC: Spec;
    /// Who may call, and what the check hands over.
    type Guard: Guard<Self>;
    /// The answer's body, without `success`.
    type Reply: Serialize + JsonSchema + Send;

    /// Does the work.
    fn call(self, guard: Self::Guard, ctx: &Ctx) -> impl Future<Output = Result<Self::Reply>> + Send;
}

/// One DDP method. The struct's fields are the positional parameters, in order: missing trailing ones
/// are null, surplus ones are ignored.
pub trait Method: DeserializeOwned + Send + Sync + 'static {
    /// Name, permissions, limits.
    const SPEC: MethodSpec;
    /// Who may call, and what the check hands over.
    type Guard: Guard<Self>;
    /// The result, encoded as EJSON. `()` and `None` leave `result` out.
    type Reply: Serialize + Send;

    /// Does the work.
    fn call(self, guard: Self::Guard, ctx: &Ctx) -> impl Future<Output = Result<Self::Reply>> + Send;
}

/// One stream: who may read and write which of its events.
pub trait Stream: Send + Sync + 'static {
    /// Name without the `stream-` prefix.
    const NAME: &'static str;

    /// Whether the caller may subscribe. `args` are the subscription's extra arguments.
    fn may_read(event: &str, args: &[Value], ctx: &Ctx) -> impl Future<Output = Result<bool>> + Send;

    /// Whether the caller may write. An accepted write goes to all other subscribers of the event.
    fn may_write(_event: &str, _args: &[Value], _ctx: &Ctx) -> impl Future<Output = Result<bool>> + Send {
        ready(Ok(false))
    }
}

/// One publication: a subscription that answers with documents, and may stay open.
pub trait Publication: Send + Sync + 'static {
    /// Name on the wire.
    const NAME: &'static str;

    /// Starts the subscription.
    ///
    /// # Errors
    /// The client gets `nosub` with the error.
    fn start(params: Vec<Value>, sub_id: &str, ctx: &Ctx) -> impl Future<Output = Result<Started>> + Send;
}

/// How a publication began.
#[derive(Debug, Default)]
pub struct Started {
    /// Documents sent as `added` before `ready`.
    pub added: Vec<Added>,
    /// The subscription ends at once, without an error: the client gets `nosub`.
    pub ended: bool,
}

/// One document of a publication.
#[derive(Debug)]
pub struct Added {
    /// Collection name.
    pub collection: &'static str,
    /// Document id.
    pub id: String,
    /// Fields without the id.
    pub fields: Value,
}
