//! Workspace settings: what exists ([`Catalogue`]), what holds now ([`Settings`]), and who may say so.
//!
//! A value comes from, strongest first:
//! 1. `OVERWRITE_SETTING_<id>` in the environment; the setting cannot be changed then,
//! 2. the database, which holds only what somebody changed,
//! 3. `<id>` in the environment, when the setting meets the database for the first time,
//! 4. the catalogue, `data/settings.tsv`.
//!
//! Code reads a setting through its key: `settings.get(keys::Message_AllowEditing)`. A read costs a hash
//! look-up. A write is two steps: [`Settings::set`] in the transaction, [`Settings::apply`] after its commit.

mod catalogue;
mod change;
mod definition;
mod document;
mod environment;
mod error;
mod key;
pub mod keys;
mod kind;
mod limits;
mod live;
mod load;
mod stored;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, FirstStart};
pub use change::{Change, SettingAction, SettingChanged};
pub use definition::Definition;
pub use document::Selection;
pub use environment::Environment;
pub use error::SettingError;
pub use key::{Flag, Int, Key, List, SettingText, SettingType, Text};
pub use kind::Kind;
pub use limits::MethodRules;
pub use live::Settings;
