//! What the operations of messaging answer, and what clients hear of them.

mod authors;
mod direct;
mod export;
mod gone;
mod groups;
mod invites;
mod limits;
mod messages;
mod notifications;
mod reading;
mod retention;
mod rooms;
mod search;
mod sync;
mod teams;
mod threads;
mod world;
