//! What the operations of a workspace answer, and to whom.

mod integrations;
mod slash_commands;
mod world;
