//! What a client asks for on a socket: methods, subscriptions and their end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use gantry_accounts::presence;
use gantry_kernel::caller::{Ctx, Origin, Transport};
use gantry_kernel::dispatch;
use gantry_kernel::error::{Error, Result};
use gantry_protocol::RawJson;
use gantry_protocol::ddp::{DdpError, ServerFrame};
use serde_json::Value;

use super::identity::{self, Followed};
use super::session::Peer;
use crate::method_trace;

/// Something that waits for its turn.
pub(super) struct Call {
    pub(super) kind: Kind,
    /// Length of its frame.
    pub(super) bytes: usize,
}

/// Ids and names are the client's.
pub(super) enum Kind {
    Method { id: String, name: String, params: Vec<Value> },
    Sub { id: String, name: String, params: Vec<Value> },
    Unsub { id: String },
}

/// Does what the client asked for and queues the answer.
pub(super) async fn run(peer: Arc<Peer>, call: Call) {
    match call.kind {
        Kind::Method { id, name, params } => {
            let mut followed = Followed::Nothing;
            let answer = match guarded(method(&peer, &name, params, &mut followed)).await {
                Ok(text) if text == "null" => Ok(None),
                Ok(text) => {
                    RawJson::from_text(text).map(Some).map_err(|error| ddp_error(&Error::internal(error)))
                }
                Err(error) => Err(ddp_error(&error)),
            };
            peer.send(&ServerFrame::result(id.clone(), answer));
            peer.send(&ServerFrame::updated(id));
            identity::settle(&peer, followed).await;
        }
        Kind::Sub { id, name, params } => {
            if let Err(error) = guarded(subscribe(&peer, &id, &name, params)).await {
                peer.send(&ServerFrame::nosub(id, Some(ddp_error(&error))));
            }
        }
        Kind::Unsub { id } => {
            peer.kernel().hub.unsubscribe(&peer.connection, &id);
            presence::unsubscribed(peer.kernel(), &peer.connection, &id);
            peer.send(&ServerFrame::nosub(id, None));
        }
    }
}

async fn method(peer: &Arc<Peer>, name: &str, params: Vec<Value>, followed: &mut Followed) -> Result<String> {
    let mut ctx = context(peer).await?;
    method_trace::note(&ctx.kernel, name, ctx.uid(), None);
    let result = dispatch::call_method(name, params, &mut ctx).await?;
    *followed = identity::follow(peer, name, &result).await?;
    Ok(result)
}

async fn subscribe(peer: &Arc<Peer>, id: &str, name: &str, params: Vec<Value>) -> Result<()> {
    let ctx = context(peer).await?;
    let started = dispatch::open_subscription(name, params, id, &ctx).await?;
    for document in started.added {
        peer.send(&ServerFrame::Added {
            collection: collection(document.collection, name),
            id: document.id,
            fields: RawJson::new(&document.fields).map_err(Error::internal)?,
        });
    }
    let answer = if started.ended { ServerFrame::nosub(id, None) } else { ServerFrame::ready(id) };
    peer.send(&answer);
    Ok(())
}

/// Streams name their collection without the prefix that it has on the wire.
fn collection(name: &str, subscription: &str) -> String {
    match subscription.strip_prefix("stream-") {
        Some(stream) if stream == name => subscription.to_owned(),
        _ => name.to_owned(),
    }
}

/// What surrounds a call of this client. The login is asked for anew, so that a revoked token or a changed
/// role acts at once.
pub(super) async fn context(peer: &Arc<Peer>) -> Result<Ctx> {
    let kernel = peer.kernel();
    Ok(Ctx {
        kernel: kernel.clone(),
        caller: identity::caller(peer).await?,
        origin: Origin {
            transport: Transport::Ddp,
            address: peer.address,
            user_agent: peer.user_agent.to_string(),
            host: peer.host.to_string(),
            second_factor: None,
            connection: Some(peer.connection.clone()),
            request_id: peer.connection.id().to_owned(),
        },
        now: kernel.clock.now(),
    })
}

/// A panic in one call is that call's error, not the end of the socket.
async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_panic| Err(Error::internal("a call panicked")))
}

fn ddp_error(error: &Error) -> DdpError {
    serde_json::from_value(error.ddp_body())
        .unwrap_or_else(|_| DdpError::new(500).with_reason("Internal server error"))
}
