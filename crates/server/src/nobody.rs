//! A server without users.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use gantry_kernel::Kernel;
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::error::Result;
use gantry_kernel::identity::Identity;
use gantry_kernel::spec::TwoFactor;

/// Knows no token.
pub(crate) struct Nobody;

impl Identity for Nobody {
    fn authenticate<'a>(
        &'a self,
        _: &'a Arc<Kernel>,
        _: Option<&'a str>,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(async { Ok(None) })
    }

    fn caller_of<'a>(&'a self, _: &'a Arc<Kernel>, _: &'a str) -> BoxFuture<'a, Result<Option<Arc<Caller>>>> {
        Box::pin(async { Ok(None) })
    }

    fn forget(&self, _: &str) {}

    fn second_factor<'a>(&'a self, _: &'a Ctx, _: &'a Caller, _: TwoFactor) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
