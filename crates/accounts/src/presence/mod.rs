//! Who is here, and who is told of it.
//!
//! # For the DDP adapter
//! - [`connected`] after a login on a socket, [`disconnected`] when the socket closes or logs out.
//! - [`unsubscribed`] for every `unsub`: it ends the watch if the subscription was the one that opened it.
//!
//! Upstream: `ee/packages/presence/src/Presence.ts`.

mod endpoints;
mod listen;
mod methods;
mod publication;
mod status;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use gantry_kernel::hub::Connection;
use gantry_kernel::registry::Registry;
use gantry_protocol::objects::UserStatus;
use parking_lot::Mutex;

pub(crate) use listen::listen;
use publication::UserPresence;
pub(crate) use status::put_status;
pub use status::{PresenceChanged, reset, set_status};

use crate::Accounts;
use watch::Watch;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .endpoint::<endpoints::Presence>()
        .endpoint::<endpoints::GetPresence>()
        .endpoint::<endpoints::GetStatus>()
        .endpoint::<endpoints::SetStatus>()
        .endpoint::<endpoints::GetConnections>()
        .endpoint::<endpoints::EnableBroadcast>()
        .method::<methods::Online>()
        .method::<methods::Away>()
        .method::<methods::SetDefaultStatus>()
        .method::<methods::SetUserStatus>()
        .method::<methods::GetUserStatusText>()
        .publication::<UserPresence>();
}

/// The connections of this node and who watches whom.
#[derive(Default)]
pub(crate) struct Presence {
    connections: Mutex<Connections>,
    watch: Watch,
}

/// The status of each connection of each user.
#[derive(Default)]
struct Connections {
    users: HashMap<String, HashMap<String, UserStatus>>,
    /// Whose a connection is.
    owners: HashMap<String, String>,
}

impl Connections {
    fn put(&mut self, connection: &str, uid: &str, status: UserStatus) {
        self.owners.insert(connection.to_owned(), uid.to_owned());
        self.users.entry(uid.to_owned()).or_default().insert(connection.to_owned(), status);
    }

    /// Forgets a connection; answers whose it was.
    fn remove(&mut self, connection: &str) -> Option<String> {
        let uid = self.owners.remove(connection)?;
        if let Some(connections) = self.users.get_mut(&uid) {
            connections.remove(connection);
            if connections.is_empty() {
                self.users.remove(&uid);
            }
        }
        Some(uid)
    }

    /// Online if any connection is, else away if there is one, else offline.
    fn status(&self, uid: &str) -> UserStatus {
        let statuses = self.users.get(uid).into_iter().flat_map(HashMap::values);
        statuses.fold(UserStatus::Offline, |status, one| match (status, one) {
            (UserStatus::Online, _) | (_, UserStatus::Online) => UserStatus::Online,
            (_, UserStatus::Offline) => status,
            (_, other) => *other,
        })
    }
}

impl Presence {
    /// The status of a user's connections.
    pub(crate) fn connection_status(&self, uid: &str) -> UserStatus {
        self.connections.lock().status(uid)
    }

    /// Connections of signed-in users.
    pub(crate) fn count(&self) -> usize {
        self.connections.lock().owners.len()
    }
}

/// A socket belongs to the caller from now on, and is online.
///
/// # Errors
/// If the database fails.
pub async fn connected(ctx: &Ctx, connection: &Arc<Connection>) -> Result<()> {
    let Some(caller) = &ctx.caller else { return Ok(()) };
    let previous = {
        let mut connections = Accounts::of(ctx).presence.connections.lock();
        let previous = connections.remove(connection.id()).filter(|previous| *previous != caller.uid);
        connections.put(connection.id(), &caller.uid, UserStatus::Online);
        previous
    };
    if let Some(previous) = previous {
        status::follow(&ctx.kernel, &previous).await?;
    }
    status::follow(&ctx.kernel, &caller.uid).await
}

/// A socket closed, or is nobody's any more.
pub async fn disconnected(kernel: &Arc<Kernel>, connection: &Connection) {
    let presence = &Accounts::of(kernel).presence;
    presence.watch.end(connection.id());
    let owner = presence.connections.lock().remove(connection.id());
    if let Some(uid) = owner
        && let Err(error) = status::follow(kernel, &uid).await
    {
        tracing::warn!(%uid, %error, "the status of a user who left was not saved");
    }
}

/// A subscription of a socket ended: if it was the one that watches users, the watch ends with it.
pub fn unsubscribed(kernel: &Kernel, connection: &Connection, sub_id: &str) {
    Accounts::of(kernel).presence.watch.end_if(connection.id(), sub_id);
}

/// A client says how it is used. Answers whether that changed something.
async fn set_connection(ctx: &Ctx, status: UserStatus) -> Result<bool> {
    let (Some(caller), Some(connection)) = (&ctx.caller, &ctx.origin.connection) else { return Ok(false) };
    let changed = {
        let mut connections = Accounts::of(ctx).presence.connections.lock();
        let known = connections.users.get_mut(&caller.uid).and_then(|all| all.get_mut(connection.id()));
        known.is_some_and(|known| std::mem::replace(known, status) != status)
    };
    if changed {
        status::follow(&ctx.kernel, &caller.uid).await?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_online_connection_is_enough() {
        let mut connections = Connections::default();
        assert_eq!(connections.status("ann"), UserStatus::Offline);
        connections.put("c1", "ann", UserStatus::Away);
        assert_eq!(connections.status("ann"), UserStatus::Away);
        connections.put("c2", "ann", UserStatus::Online);
        assert_eq!(connections.status("ann"), UserStatus::Online);
        assert_eq!(connections.remove("c2"), Some("ann".into()));
        assert_eq!(connections.status("ann"), UserStatus::Away);
        connections.remove("c1");
        assert_eq!(connections.status("ann"), UserStatus::Offline);
        assert!(connections.users.is_empty() && connections.remove("c1").is_none());
    }
}
