//! Users: how they are stored, found, made, changed and removed.

pub mod active;
pub mod autocomplete;
pub mod create;
pub mod custom_fields;
pub mod edit;
mod endpoints;
pub mod events;
mod letters;
pub mod list;
mod methods;
pub mod names;
pub(crate) mod password_history;
pub mod password_policy;
pub mod preferences;
pub mod profile;
mod queries;
pub mod register;
pub mod remove;
mod row;
mod selector;
pub mod status;
pub mod validate;
pub mod view;

use gantry_kernel::registry::Registry;

pub use events::{
    NameChanged, UserActivated, UserChanged, UserCreated, UserDeactivated, UserDeactivating, UserDeleted,
    UserDeleting, UsernameChanged,
};
pub use queries::{
    by_email, by_id, by_ids, by_import_id, by_username, by_username_or_email, by_usernames, delete, fold,
    insert, lock, password_hash, save, set_password_hash,
};
pub(crate) use row::select_users;
pub(crate) use row::user as from_row;
pub use selector::{UserSelector, selected};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}
