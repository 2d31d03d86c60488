//! `login` and `logout` over the REST bridge. A socket's login goes through its adapter, which also has to
//! identify the connection.

use gantry_kernel::prelude::*;

use super::{LoginRequest, login, logout};

/// `login(options)`.
#[derive(Deserialize)]
pub(super) struct Login {
    options: Value,
}

impl Method for Login {
    const SPEC: MethodSpec = MethodSpec::new("login", "authentication").rate(5, 10_000);
    type Guard = Anyone;
    type Reply = Value;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Value> {
        Ok(login(ctx, LoginRequest::from_options(&self.options)).await?.ddp_result())
    }
}

/// `logout()`.
#[derive(Deserialize)]
pub(super) struct Logout {}

impl Method for Logout {
    const SPEC: MethodSpec = MethodSpec::new("logout", "authentication");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        match &ctx.caller {
            Some(caller) => logout(ctx, caller).await,
            None => Ok(()),
        }
    }
}

/// `logoutCleanUp(user)`: clients announce that they log out. There is nothing to clean.
#[derive(Deserialize)]
pub(super) struct LogoutCleanUp {}

impl Method for LogoutCleanUp {
    const SPEC: MethodSpec = MethodSpec::new("logoutCleanUp", "authentication");
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, _: &Ctx) -> Result<()> {
        Ok(())
    }
}
