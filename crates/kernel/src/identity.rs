//! What the kernel needs from whoever knows the users.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::Kernel;
use crate::caller::{Caller, Ctx};
use crate::error::Result;
use crate::spec::TwoFactor;

/// Turns tokens into callers. There is one implementation, behind every transport.
pub trait Identity: Any + Send + Sync {
    /// The user behind a login token, or `None` if the token is unknown, expired or not `uid`'s.
    fn authenticate<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: Option<&'a str>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>>;

    /// The user who let an application act for them, by the application's OAuth access token; `None` if the
    /// token is unknown or expired, or the application is switched off. Such a token is no login token: it
    /// opens no socket and logs in nowhere.
    fn bearer<'a>(
        &'a self,
        _kernel: &'a Arc<Kernel>,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(async { Ok(None) })
    }

    /// The user of that id as a caller without a token, for asking what they may do; `None` for somebody who
    /// does not exist or is deactivated.
    fn caller_of<'a>(
        &'a self,
        kernel: &'a Arc<Kernel>,
        uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>>;

    /// Forgets what is remembered of a user, so that a change of roles, tokens or state acts at once.
    fn forget(&self, uid: &str);

    /// Demands a second factor of the caller if one is switched on.
    ///
    /// # Errors
    /// `totp-required` or `totp-invalid`.
    fn second_factor<'a>(
        &'a self,
        ctx: &'a Ctx,
        caller: &'a Caller,
        demand: TwoFactor,
    ) -> BoxFuture<'a, Result<()>>;
}
