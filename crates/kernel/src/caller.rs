//! Who is calling, and what surrounds one call.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use gantry_protocol::Timestamp;
use gantry_store::Tx;

use crate::Kernel;
use crate::error::{Error, Result};
use crate::hub::Connection;

/// A signed-in user, as far as every operation needs to know.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// User id.
    pub uid: String,
    /// Username; empty until the user has chosen one.
    pub username: String,
    /// Real name.
    pub name: Option<String>,
    /// Global role ids.
    pub roles: Vec<String>,
    /// `user`, `bot`, `app`.
    pub kind: String,
    /// SHA-256 (base64) of the login token that the call came with.
    pub token_hash: String,
    /// The token is a personal access token.
    pub personal_token: bool,
    /// The token skips the second factor.
    pub bypass_two_factor: bool,
    /// An OAuth application calls in the user's name.
    pub by_application: bool,
}

impl Caller {
    /// Whether the call came with a login: not with a personal access token, and not with the access token of
    /// an OAuth application, which is no session. Only a login makes further logins.
    pub fn is_login(&self) -> bool {
        !self.token_hash.is_empty() && !self.personal_token
    }

    /// Whether the user holds a global role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

/// The way a call came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `/api/v1`.
    Rest,
    /// `method.call` over REST.
    Bridge,
    /// A websocket.
    Ddp,
    /// The command line or a job: no client.
    Internal,
}

/// A second factor that came with the call.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondFactor {
    /// The code, or for `password` the SHA-256 hex of the password.
    pub code: String,
    /// `totp`, `email` or `password`.
    pub method: String,
}

/// Where a call came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Which way in.
    pub transport: Transport,
    /// Client address, behind as many proxies as are trusted.
    pub address: IpAddr,
    /// `User-Agent`.
    pub user_agent: String,
    /// `Host`: the name under which the client reached the server.
    pub host: String,
    /// Second factor given with this call.
    pub second_factor: Option<SecondFactor>,
    /// The socket, if the call came over one.
    pub connection: Option<Arc<Connection>>,
    /// Id in logs and in the `X-Request-Id` header.
    pub request_id: String,
}

impl Origin {
    /// For work that no client asked for.
    pub fn internal() -> Self {
        Self {
            transport: Transport::Internal,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: String::new(),
            host: String::new(),
            second_factor: None,
            connection: None,
            request_id: String::new(),
        }
    }
}

/// One call: the kernel, the caller, the origin and the time.
///
/// It dereferences to the [`Kernel`], so `ctx.settings` and `ctx.hub` read as they should.
#[derive(Clone)]
pub struct Ctx {
    /// The kernel.
    pub kernel: Arc<Kernel>,
    /// The signed-in user.
    pub caller: Option<Arc<Caller>>,
    /// Where the call came from.
    pub origin: Origin,
    /// The time that the whole call counts as.
    pub now: Timestamp,
}

impl Deref for Ctx {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}

impl Ctx {
    /// A call made by the server itself, as nobody.
    pub fn internal(kernel: &Arc<Kernel>) -> Self {
        Self { kernel: kernel.clone(), caller: None, origin: Origin::internal(), now: kernel.clock.now() }
    }

    /// The signed-in user.
    ///
    /// # Errors
    /// 401 if nobody is signed in.
    pub fn caller(&self) -> Result<&Arc<Caller>> {
        self.caller.as_ref().ok_or_else(Error::unauthenticated)
    }

    /// The signed-in user's id, or the empty string.
    pub fn uid(&self) -> &str {
        self.caller.as_ref().map_or("", |caller| &caller.uid)
    }

    /// Whether the caller holds a permission through a global role.
    pub fn may(&self, permission: &str) -> bool {
        self.caller.as_ref().is_some_and(|caller| self.permissions.has(&caller.roles, permission))
    }

    /// Whether the caller holds a permission globally or through a role in one room.
    pub fn may_in_room(&self, permission: &str, room_roles: &[String]) -> bool {
        self.caller
            .as_ref()
            .is_some_and(|caller| self.permissions.in_room(&caller.roles, room_roles, permission))
    }

    /// Reads from a consistent snapshot.
    ///
    /// # Errors
    /// Those of the job, and 503 or 500 if the database does not answer.
    pub async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.db.read(job).await
    }

    /// Writes in one transaction. An error rolls back and drops the recorded events; success is on disk.
    ///
    /// # Errors
    /// Those of the job, and 503 or 500 if the database does not answer.
    pub async fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.db.write(job).await
    }
}
