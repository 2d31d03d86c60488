//! What the operations of accounts answer, and what clients hear of them.

mod custom_statuses;
mod devices;
mod login;
mod mail;
mod permissions;
mod pictures;
mod recovery;
mod roles;
mod settings;
mod starting;
mod streams;
mod workspace;
