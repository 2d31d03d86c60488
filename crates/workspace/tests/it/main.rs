//! What the operations of a workspace answer, and to whom.

mod calendar;
mod e2e;
mod emoji;
mod insight;
mod integrations;
mod moderation;
mod oauth_apps;
mod push;
mod slash_commands;
mod webdav;
mod workspace;
mod world;
