//! `updateOTRAck`

use gantry_protocol::objects::RoomType;

use super::super::place;
use super::*;

/// `updateOTRAck [{message, ack}]`: passes the acknowledgement of an off-the-record message on to the room.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateOtrAck {
    of: Acknowledged,
}

#[derive(Debug, Deserialize)]
struct Acknowledged {
    message: Value,
    ack: Value,
}

impl Method for UpdateOtrAck {
    const SPEC: MethodSpec = MethodSpec::new("updateOTRAck", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let Acknowledged { mut message, ack } = self.of;
        text(&ack, "")?;
        for name in ["_id", "rid", "msg", "t"] {
            text(key(&message, name)?, name)?;
        }
        key(&message, "ts")?;
        for name in ["_id", "username", "name"] {
            text(key(key(&message, "u")?, name)?, name)?;
        }
        let refused = |code: &'static str, reason: &'static str| {
            Error::new(code, reason).with_details(json!({ "method": "updateOTRAck" }))
        };
        if message["t"] != "otr" {
            return Err(refused("error-invalid-message", "Invalid message type"));
        }
        let (rid, author) = (message["rid"].clone(), message["u"]["_id"].clone());
        let rid = rid.as_str().unwrap_or_default().to_owned();
        let (inner, room_id) = (ctx.clone(), rid.clone());
        ctx.read(async move |tx| {
            let place =
                place::by_id(&inner, tx, &room_id).await?.filter(|place| place.room.t == RoomType::Direct);
            let place = place.ok_or_else(|| refused("error-invalid-room", "Invalid room"))?;
            let among = place.room.uids.as_ref().is_none_or(|uids| uids.iter().any(|uid| author == **uid));
            if !place.readable(&inner, tx).await? || !among {
                return Err(refused("error-invalid-user", "Invalid user, not in room"));
            }
            Ok(())
        })
        .await?;
        message["otrAck"] = ack;
        ctx.hub.publish("room-messages", &rid, &[&message.to_string()]);
        Ok(())
    }
}

fn key<'v>(value: &'v Value, name: &str) -> Result<&'v Value> {
    value.get(name).ok_or_else(|| mismatch(format!("Match error: Missing key '{name}'")))
}

fn text(value: &Value, name: &str) -> Result<()> {
    let kind = match value {
        Value::String(_) => return Ok(()),
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) | Value::Object(_) => "object",
    };
    let place = if name.is_empty() { String::new() } else { format!(" in field {name}") };
    Err(mismatch(format!("Match error: Expected string, got {kind}{place}")))
}

fn mismatch(why: String) -> Error {
    Error::match_failed().with_details(why.into())
}
