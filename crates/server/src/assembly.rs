//! Where the domains are put together. A new domain is one line in each function.

use std::sync::Arc;

use gantry_accounts::Accounts;
use gantry_kernel::files::Files;
use gantry_kernel::permissions::Permissions;
use gantry_kernel::registry::Registry;
use gantry_kernel::settings::{FirstStart, Settings};
use gantry_kernel::within::Within;
use gantry_kernel::{Kernel, Parts};
use gantry_store::{Db, DbConfig};

use crate::config::Config;
use crate::operations;
use crate::start::StartError;

/// Every operation of the server.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    gantry_accounts::register(&mut registry);
    gantry_messaging::register(&mut registry);
    gantry_workspace::register(&mut registry);
    operations::register(&mut registry);
    registry
}

/// Every rule that one domain adds to another's transactions.
fn within() -> Within {
    let mut within = Within::default();
    gantry_accounts::rules(&mut within);
    gantry_messaging::rules(&mut within);
    gantry_workspace::rules(&mut within);
    within
}

/// Opens the database, loads what is kept in memory and starts the domains.
///
/// # Errors
/// What keeps the server from starting.
pub async fn kernel(config: &Config) -> Result<Arc<Kernel>, StartError> {
    let db = Db::open(DbConfig::new(config.database())).await?;
    let first =
        FirstStart { now: config.clock.now(), unique_id: config.ids.id(), secret_url: config.ids.id() };
    let settings = Settings::load(&db, &config.environment, &first).await?;
    for id in settings.unknown_overwrites() {
        tracing::warn!("OVERWRITE_SETTING_{id} is ignored: there is no such setting");
    }
    let permissions = Permissions::load(&db, &settings, config.clock.now()).await?;
    let files = Files::open(config.data.join("files"), config.files_url.as_deref(), settings.clone())
        .map_err(StartError::Files)?;
    let parts = Parts {
        files,
        db,
        clock: config.clock.clone(),
        ids: config.ids.clone(),
        settings,
        permissions,
        registry: registry(),
        within: within(),
        test_mode: config.test_mode,
    };
    let kernel = Kernel::start(parts, Arc::new(Accounts::new(config.password_cost)));
    gantry_accounts::listen(&kernel);
    gantry_messaging::listen(&kernel);
    gantry_workspace::listen(&kernel);
    Ok(kernel)
}

/// Makes what a new workspace needs: the first users and rooms. Safe to run at every start.
///
/// # Errors
/// What keeps the workspace from being usable.
pub async fn bootstrap(kernel: &Arc<Kernel>, config: &Config) -> Result<(), StartError> {
    gantry_workspace::bootstrap(kernel).await?;
    // The rooms before the people: who is made joins them.
    gantry_messaging::bootstrap(kernel).await?;
    gantry_accounts::bootstrap(kernel, &config.environment).await?;
    Ok(())
}
