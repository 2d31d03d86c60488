//! What every operation of Gantry needs: the operation traits, guards, registry, errors, settings,
//! permissions, limits, events and the realtime hub.

pub mod body;
pub mod caller;
pub mod clock;
pub mod dispatch;
pub mod error;
pub mod events;
pub mod files;
pub mod guard;
pub mod hub;
pub mod identity;
pub mod ids;
pub mod images;
pub mod jobs;
pub mod limiter;
pub mod media;
pub mod openapi;
pub mod operation;
pub mod outgoing;
pub mod page;
pub mod params;
pub mod percent;
pub mod permissions;
pub mod positional;
pub mod prelude;
pub mod registry;
pub mod resource;
pub mod schema;
pub mod settings;
pub mod spec;
pub mod upload;
pub mod within;

mod form;
mod kernel;

pub use kernel::{Kernel, Parts};

/// The version of Rocket.Chat whose interfaces are offered: clients compare it with what they need.
pub const COMPATIBLE_VERSION: &str = "8.3.0";
