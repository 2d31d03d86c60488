//! What goes over the wire and into the database, and nothing else: timestamps, EJSON, DDP frames,
//! SockJS framing, ids and the stored objects (message, room, subscription, user, ...).
//!
//! # One canonical encoding
//!
//! Inside Gantry (memory, stored documents, DDP) JSON is always EJSON: a [`Timestamp`] is written as
//! `{"$date":ms}`. REST clients expect ISO 8601 strings instead; [`rest::encode`] rewrites the finished
//! bytes in one linear pass, so a stored document reaches either kind of client without being parsed.

pub mod ddp;
pub mod ejson;
pub mod ids;
pub mod objects;
pub mod raw;
pub mod rest;
pub mod sockjs;
pub mod timestamp;

pub use raw::RawJson;
pub use timestamp::Timestamp;
