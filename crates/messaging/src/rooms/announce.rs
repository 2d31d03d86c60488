//! System messages that tell a room what was changed in it.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room};

use crate::messages::send::{Sender, send_system};

/// Writes system messages of one operation and keeps the room's counter in step with them.
pub struct Announcer<'a> {
    ctx: &'a Ctx,
    tx: &'a Tx,
    by: Sender,
}

impl<'a> Announcer<'a> {
    /// In the caller's name.
    ///
    /// # Errors
    /// 401 if nobody is signed in.
    pub fn caller(ctx: &'a Ctx, tx: &'a Tx) -> Result<Self> {
        Ok(Self { ctx, tx, by: Sender::from(&**ctx.caller()?) })
    }

    /// Writes the message of type `kind` with its parameter.
    ///
    /// # Errors
    /// The database's.
    pub async fn say(&self, room: &mut Room, kind: &str, text: &str) -> Result<()> {
        self.say_with(room, kind, text, |_| ()).await
    }

    /// As [`Announcer::say`], with further fields.
    ///
    /// # Errors
    /// The database's.
    pub async fn say_with(
        &self,
        room: &mut Room,
        kind: &str,
        text: &str,
        extra: impl FnOnce(&mut Message),
    ) -> Result<()> {
        send_system(self.ctx, self.tx, room, &self.by, (kind, text), extra).await?;
        room.msgs += 1;
        Ok(())
    }
}
