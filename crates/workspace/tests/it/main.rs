//! What the operations of a workspace answer, and to whom.

mod e2e;
mod emoji;
mod insight;
mod integrations;
mod moderation;
mod oauth_apps;
mod push;
mod slash_commands;
mod workspace;
mod world;
