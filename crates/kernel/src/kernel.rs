//! The kernel itself: the handful of things that every operation may use.

use std::sync::Arc;

use gantry_store::Db;

use crate::clock::Clock;
use crate::events::Events;
use crate::files::Files;
use crate::hub::Hub;
use crate::identity::Identity;
use crate::ids::Ids;
use crate::images::Images;
use crate::limiter::Limiter;
use crate::permissions::Permissions;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::within::Within;

/// What the kernel is made of.
pub struct Parts {
    /// The database, migrated.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids and secrets.
    pub ids: Ids,
    /// Settings, loaded.
    pub settings: Settings,
    /// Roles and permissions, loaded.
    pub permissions: Permissions,
    /// All operations.
    pub registry: Registry,
    /// Rules that other domains add inside a transaction.
    pub within: Within,
    /// Stored files.
    pub files: Files,
    /// Upstream's `TEST_MODE`: no rate limits, no second factor on ordinary operations.
    pub test_mode: bool,
}

/// Shared by all operations of one server.
pub struct Kernel {
    /// The database.
    pub db: Db,
    /// Time; the only way to ask for it.
    pub clock: Clock,
    /// Ids and secrets; the only source of randomness.
    pub ids: Ids,
    /// Live settings.
    pub settings: Settings,
    /// Live roles and permissions.
    pub permissions: Permissions,
    /// All operations.
    pub registry: Registry,
    /// Rate limits.
    pub limiter: Limiter,
    /// Realtime connections.
    pub hub: Hub,
    /// Domain events.
    pub events: Events,
    /// Rules that other domains add inside a transaction.
    pub within: Within,
    /// Stored files.
    pub files: Files,
    /// Work on pictures.
    pub images: Images,
    /// Upstream's `TEST_MODE`.
    pub test_mode: bool,
    identity: Arc<dyn Identity>,
}

impl Kernel {
    /// Puts the parts together and starts delivering events. Must run inside a tokio runtime.
    pub fn start(parts: Parts, identity: Arc<dyn Identity>) -> Arc<Self> {
        crate::outgoing::tls::provide();
        let kernel = Arc::new(Self {
            db: parts.db,
            clock: parts.clock,
            ids: parts.ids,
            settings: parts.settings,
            permissions: parts.permissions,
            registry: parts.registry,
            limiter: Limiter::default(),
            hub: Hub::default(),
            events: Events::default(),
            within: parts.within,
            files: parts.files,
            images: Images::default(),
            test_mode: parts.test_mode,
            identity,
        });
        let weak = Arc::downgrade(&kernel);
        kernel.db.on_commit(move |events| {
            if let Some(kernel) = weak.upgrade() {
                kernel.events.enqueue(events);
            }
        });
        Events::start(&kernel);
        kernel
    }

    /// Who knows the users.
    pub fn identity(&self) -> &Arc<dyn Identity> {
        &self.identity
    }
}
