//! The parts that the server is made of, without the server: what its figures are compared with.

pub(crate) mod broadcast;
pub(crate) mod commits;
pub(crate) mod files;
