//! What the file of an operation imports.

pub use std::sync::Arc;

pub use gantry_protocol::Timestamp;
pub use gantry_store::{Row, Tx, Val};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use serde_json::{Value, json};

pub use crate::Kernel;
pub use crate::caller::{Caller, Ctx};
pub use crate::error::{Error, Result};
pub use crate::events::Emit;
pub use crate::guard::{Anyone, Auth, Guard, LoggedIn, MaybeLoggedIn};
pub use crate::operation::{Endpoint, Method, Publication, Started, Stream};
pub use crate::page::{Page, Window};
pub use crate::registry::Registry;
pub use crate::resource::{Answer, Asked, Resource, ResourceSpec};
pub use crate::settings::keys;
pub use crate::spec::{MethodSpec, Spec, TwoFactor};
pub use crate::upload::{Upload, UploadedFile};
