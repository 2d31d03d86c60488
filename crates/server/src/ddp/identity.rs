//! Who is behind a socket: what follows from `login`, `logout` and the end.

use std::sync::Arc;

use gantry_accounts::{presence, session};
use gantry_kernel::caller::Caller;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::hub;
use gantry_protocol::RawJson;
use gantry_protocol::ddp::ServerFrame;
use serde::Deserialize;

use super::calls::context;
use super::session::Peer;

/// The login of a socket.
#[derive(Clone)]
pub(super) struct Login {
    uid: String,
    token: String,
}

/// The signed-in user, if the token still holds.
pub(super) async fn caller(peer: &Peer) -> Result<Option<Arc<Caller>>> {
    let Some(login) = peer.login.lock().clone() else { return Ok(None) };
    let kernel = peer.kernel();
    kernel.identity().authenticate(kernel, Some(&login.uid), &login.token).await
}

/// Takes over what a method changed about the login.
///
/// # Errors
/// The method's work is done; the login could not be taken over.
pub(super) async fn follow(peer: &Arc<Peer>, method: &str, result: &str) -> Result<()> {
    match method {
        "login" => log_in(peer, result).await,
        "logout" => log_out(peer).await,
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct LoginResult {
    id: String,
    token: String,
}

/// The socket is the user's from here on. The client gets its own document before the answer of `login`.
async fn log_in(peer: &Arc<Peer>, result: &str) -> Result<()> {
    let Ok(LoginResult { id, token }) = serde_json::from_str(result) else { return Ok(()) };
    *peer.login.lock() = Some(Login { uid: id, token });
    let ctx = context(peer).await?;
    let caller = ctx.caller()?.clone();
    let kernel = peer.kernel();
    let identity = hub::Identity {
        uid: caller.uid.as_str().into(),
        username: caller.username.as_str().into(),
        token_hash: caller.token_hash.as_str().into(),
    };
    if kernel.hub.identify(&peer.connection, identity) {
        gantry_messaging::realtime::load_membership(kernel, &caller.uid).await?;
    }
    if let Some(fields) = session::own_user_document(&ctx, &caller.uid).await? {
        let fields = RawJson::new(&fields).map_err(Error::internal)?;
        peer.send(&ServerFrame::Added { collection: "users".to_owned(), id: caller.uid.clone(), fields });
    }
    presence::connected(&ctx, &peer.connection).await
}

/// Nothing that only the user may hear reaches the socket any more.
async fn log_out(peer: &Arc<Peer>) -> Result<()> {
    let Some(login) = peer.login.lock().take() else { return Ok(()) };
    let kernel = peer.kernel();
    kernel.hub.forget(&peer.connection);
    presence::disconnected(kernel, &peer.connection).await;
    peer.send(&ServerFrame::Removed { collection: "users".to_owned(), id: login.uid });
    let ctx = context(peer).await?;
    for (id, topic) in peer.connection.subscriptions() {
        let stays = match kernel.registry.find_stream(topic.stream) {
            Some(stream) => stream.may_read(&topic.event, &[], &ctx).await.unwrap_or(false),
            None => false,
        };
        if !stays && kernel.hub.unsubscribe(&peer.connection, &id).is_some() {
            peer.send(&ServerFrame::nosub(id, None));
        }
    }
    Ok(())
}

/// The socket has ended. A second call does nothing.
pub(super) fn gone(peer: &Peer) {
    let known = peer.login.lock().take();
    peer.kernel().hub.disconnect(&peer.connection);
    // Without a runtime the server has stopped, and the next start clears what is left.
    if let (true, Ok(runtime)) = (known.is_some(), tokio::runtime::Handle::try_current()) {
        let (kernel, connection) = (peer.kernel().clone(), peer.connection.clone());
        runtime.spawn(async move { presence::disconnected(&kernel, &connection).await });
    }
}
