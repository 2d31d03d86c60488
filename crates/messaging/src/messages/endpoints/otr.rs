//! `POST chat.otr`

use super::super::send::{Sender, send_system};
use super::super::{place, rules};
use super::*;

/// Writes a system message of an off-the-record conversation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Otr {
    /// Room id.
    room_id: Option<String>,
    /// Type of the message.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The types that clients may ask for.
const KINDS: [&str; 3] =
    ["user_joined_otr", "user_requested_otr_key_refresh", "user_key_refreshed_successfully"];

impl Endpoint for Otr {
    const SPEC: Spec = Spec::post("chat.otr", TAG);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, user: LoggedIn, ctx: &Ctx) -> Result<()> {
        let missing = |name: &str| {
            Error::new("error-invalid-params", format!("The required \"{name}\" query param is missing."))
        };
        let rid = self.room_id.filter(|rid| !rid.is_empty()).ok_or_else(|| missing("roomId"))?;
        let kind = self.kind.filter(|kind| !kind.is_empty()).ok_or_else(|| missing("type"))?;
        if !KINDS.contains(&kind.as_str()) {
            return Err(Error::new(
                "error-invalid-params",
                "The \"type\" is none of an off-the-record conversation.",
            ));
        }
        let inner = ctx.clone();
        ctx.write(async move |tx| {
            let place =
                place::by_id(&inner, tx, &rid).await?.ok_or_else(|| Error::message("error-invalid-room"))?;
            rules::may_post(&inner, tx, &place).await?;
            let me = Sender::from(user.0.as_ref());
            send_system(&inner, tx, &place.room, &me, (&kind, &me.username), |_| ()).await.map(|_| ())
        })
        .await
    }
}
