//! Who may call an operation, and what the check hands over.

use std::future::{Future, ready};
use std::sync::Arc;

use crate::caller::{Caller, Ctx};
use crate::error::{Error, Result};

/// What a guard asks of the login, known before any parameter is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Anybody, signed in or not.
    Anyone,
    /// A signed-in user.
    User,
    /// A signed-in user, or anybody while `Accounts_AllowAnonymousRead` is on.
    UserOrAnonymous,
}

/// Admits a call or refuses it, and loads what the operation works on.
///
/// `P` is the operation's parameter struct: a guard that needs a room asks for a `P` that names one, so
/// it cannot be put on an operation without a room.
pub trait Guard<P>: Sized + Send {
    /// What the login must be.
    const AUTH: Auth;

    /// Decides from the typed parameters and the caller.
    fn admit(params: &P, ctx: &Ctx) -> impl Future<Output = Result<Self>> + Send;
}

/// Everybody may call. Operations with this guard are on the written list of the registry tests.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl<P: Sync> Guard<P> for Anyone {
    const AUTH: Auth = Auth::Anyone;

    fn admit(_: &P, _: &Ctx) -> impl Future<Output = Result<Self>> + Send {
        ready(Ok(Self))
    }
}

/// Everybody may call; the operation looks at who it is.
#[derive(Clone, Debug)]
pub struct MaybeLoggedIn(pub Option<Arc<Caller>>);

impl<P: Sync> Guard<P> for MaybeLoggedIn {
    const AUTH: Auth = Auth::UserOrAnonymous;

    fn admit(_: &P, ctx: &Ctx) -> impl Future<Output = Result<Self>> + Send {
        ready(Ok(Self(ctx.caller.clone())))
    }
}

/// A signed-in user.
#[derive(Clone, Debug)]
pub struct LoggedIn(pub Arc<Caller>);

impl<P: Sync> Guard<P> for LoggedIn {
    const AUTH: Auth = Auth::User;

    fn admit(_: &P, ctx: &Ctx) -> impl Future<Output = Result<Self>> + Send {
        ready(ctx.caller.clone().map(Self).ok_or_else(Error::unauthenticated))
    }
}
