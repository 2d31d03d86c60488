//! What the accounts domain keeps in memory: sessions, presence and the means to hash.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use gantry_kernel::Kernel;
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::error::Result;
use gantry_kernel::identity::Identity;
use gantry_kernel::outgoing::Policy;
use gantry_kernel::spec::TwoFactor;

use crate::hashing::Hashing;
use crate::login::Attempts;
use crate::presence::Presence;
use crate::second_factor;
use crate::sessions::Sessions;

/// The users behind the tokens: the [`Identity`] of every server.
pub struct Accounts {
    pub(crate) sessions: Sessions,
    pub(crate) hashing: Hashing,
    pub(crate) presence: Presence,
    pub(crate) attempts: Attempts,
    /// `MAIL_URL`: the SMTP server, when the settings name none.
    pub(crate) mail_url: OnceLock<String>,
    /// Where pictures by address are asked for, and which addresses may be reached for it.
    pub(crate) gravatar: OnceLock<(String, Policy)>,
}

impl Accounts {
    /// `bcrypt_cost` is the logarithm of the work per password: [`Hashing::COST`] for servers, less for
    /// tests.
    pub fn new(bcrypt_cost: u32) -> Self {
        Self {
            sessions: Sessions::default(),
            hashing: Hashing::new(bcrypt_cost),
            presence: Presence::default(),
            attempts: Attempts::default(),
            mail_url: OnceLock::new(),
            gravatar: OnceLock::new(),
        }
    }

    /// Asks another service than Gravatar for pictures of addresses, at `{address}/{sha256 of the address}`. Must be
    /// called before anybody is asked; later it has no effect.
    pub fn ask_for_pictures_at(&self, address: &str, policy: Policy) {
        let _ = self.gravatar.set((address.to_owned(), policy));
    }

    /// The accounts of a running server.
    ///
    /// # Panics
    /// If the kernel was started with another identity: no operation of this crate can work then.
    pub fn of(kernel: &Kernel) -> &Self {
        Self::find(kernel).expect("the kernel was started with Accounts as its identity")
    }

    /// As [`Accounts::of`]; `None` for a kernel that knows its users from somewhere else.
    pub(crate) fn find(kernel: &Kernel) -> Option<&Self> {
        let identity: &dyn Any = &**kernel.identity();
        identity.downcast_ref()
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new(Hashing::COST)
    }
}

impl Identity for Accounts {
    fn authenticate<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: Option<&'a str>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(async move {
            let caller = self.sessions.find(kernel, token).await?;
            Ok(caller.filter(|caller| uid.is_none_or(|uid| uid == caller.uid)))
        })
    }

    fn bearer<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(crate::sessions::bearer(kernel, token))
    }

    fn caller_of<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(crate::sessions::caller_of(kernel, uid))
    }

    fn forget(&self, uid: &str) {
        self.sessions.forget_user(uid);
    }

    fn second_factor<'a>(
        &'a self,
        ctx: &'a Ctx,
        caller: &'a Caller,
        demand: TwoFactor,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(second_factor::demand(ctx, caller, demand))
    }
}
