//! Accounts: login, users, roles, permissions, settings, sessions and presence.

pub mod users;
