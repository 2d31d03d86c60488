//! Users: how they are stored, found, made, changed and removed.

pub mod events;
mod queries;
mod row;

pub use events::{
    NameChanged, UserChanged, UserCreated, UserDeactivated, UserDeleted, UserDeleting, UsernameChanged,
};
pub use queries::{
    by_email, by_id, by_ids, by_import_id, by_username, by_usernames, by_username_or_email, delete, fold, insert, lock,
    save,
};
pub(crate) use row::select_users;
pub(crate) use row::user as from_row;
