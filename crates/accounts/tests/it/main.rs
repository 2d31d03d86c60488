//! What the operations of accounts answer, and what clients hear of them.

mod custom_statuses;
mod devices;
mod login;
mod permissions;
mod roles;
mod settings;
mod streams;
mod workspace;
