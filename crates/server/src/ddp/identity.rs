//! Who is behind a socket: what follows from `login`, `logout` and the end.

use std::sync::Arc;

use gantry_accounts::presence;
use gantry_accounts::session::own_user_document;
use gantry_kernel::caller::Caller;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::hub;
use gantry_protocol::RawJson;
use gantry_protocol::ddp::ServerFrame;
use serde::Deserialize;

use super::calls::context;
use super::session::Peer;

/// The collection that a client's own document is in.
const USERS: &str = "users";

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

/// What a method changed about the login.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    Nothing,
    LoggedIn,
    LoggedOut,
}

/// Takes over what a method changed about the login, before its answer is sent.
///
/// # Errors
/// The method's work is done; the login could not be taken over.
pub(super) async fn follow(peer: &Arc<Peer>, method: &str, result: &str) -> Result<Followed> {
    match method {
        "login" => log_in(peer, result).await,
        "logout" => log_out(peer).await,
        "getNewToken" => go_on_with(peer, result).await,
        _ => Ok(Followed::Nothing),
    }
}

/// What can wait until the answer is sent.
pub(super) async fn settle(peer: &Arc<Peer>, followed: Followed) {
    let kernel = peer.kernel();
    match followed {
        Followed::Nothing => {}
        Followed::LoggedIn => {
            let told = async { presence::connected(&context(peer).await?, &peer.connection).await };
            if let Err(error) = told.await {
                tracing::warn!(%error, "a user's presence was not noted");
            }
        }
        Followed::LoggedOut => presence::disconnected(kernel, &peer.connection).await,
    }
}

#[derive(Deserialize)]
struct LoginResult {
    id: String,
    token: String,
}

/// The socket is the user's from here on. The client gets its own document before the answer of `login`.
async fn log_in(peer: &Arc<Peer>, result: &str) -> Result<Followed> {
    let Ok(LoginResult { id, token }) = serde_json::from_str(result) else { return Ok(Followed::Nothing) };
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
    if let Some(fields) = own_user_document(&ctx, &caller.uid).await? {
        peer.send(&ServerFrame::Added {
            collection: USERS.to_owned(),
            id: caller.uid.clone(),
            fields: RawJson::new(&fields).map_err(Error::internal)?,
        });
    }
    Ok(Followed::LoggedIn)
}

/// The socket is the same user's, by another token: that one's end is the socket's end from here on.
async fn go_on_with(peer: &Arc<Peer>, result: &str) -> Result<Followed> {
    let Ok(LoginResult { id, token }) = serde_json::from_str(result) else { return Ok(Followed::Nothing) };
    *peer.login.lock() = Some(Login { uid: id, token });
    let ctx = context(peer).await?;
    let caller = ctx.caller()?;
    let identity = hub::Identity {
        uid: caller.uid.as_str().into(),
        username: caller.username.as_str().into(),
        token_hash: caller.token_hash.as_str().into(),
    };
    peer.kernel().hub.identify(&peer.connection, identity);
    Ok(Followed::Nothing)
}

/// Nothing that only the user may hear reaches the socket any more.
async fn log_out(peer: &Arc<Peer>) -> Result<Followed> {
    let Some(login) = peer.login.lock().take() else { return Ok(Followed::Nothing) };
    let kernel = peer.kernel();
    kernel.hub.forget(&peer.connection);
    peer.send(&ServerFrame::Removed { collection: USERS.to_owned(), id: login.uid });
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
    Ok(Followed::LoggedOut)
}

/// The socket has ended. A second call does nothing.
pub(super) async fn gone(peer: &Peer) {
    if leave(peer) {
        presence::disconnected(peer.kernel(), &peer.connection).await;
    }
}

/// The same where nothing can be waited for: the task of the socket broke off.
pub(super) fn dropped(peer: &Peer) {
    if leave(peer) {
        let (kernel, connection) = (peer.kernel().clone(), peer.connection.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { presence::disconnected(&kernel, &connection).await });
        }
    }
}

/// Takes the connection out of the hub. `true` if it was in it and somebody was signed in.
fn leave(peer: &Peer) -> bool {
    let signed_in = peer.login.lock().take().is_some();
    peer.kernel().hub.disconnect(&peer.connection);
    signed_in
}
