//! What happens, as outgoing webhooks learn it.
//! Upstream: `mapEventArgsToData` in `apps/meteor/app/integrations/server/lib/triggerHandler.js`.

use gantry_accounts::users::view;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, User};
use serde_json::Map;

use super::super::record::Integration;

/// What an outgoing webhook can listen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Happening {
    SendMessage,
    FileUploaded,
    RoomArchived,
    RoomCreated,
    RoomJoined,
    RoomLeft,
    UserCreated,
}

impl Happening {
    const ALL: [Self; 7] = [
        Self::SendMessage,
        Self::FileUploaded,
        Self::RoomArchived,
        Self::RoomCreated,
        Self::RoomJoined,
        Self::RoomLeft,
        Self::UserCreated,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SendMessage => "sendMessage",
            Self::FileUploaded => "fileUploaded",
            Self::RoomArchived => "roomArchived",
            Self::RoomCreated => "roomCreated",
            Self::RoomJoined => "roomJoined",
            Self::RoomLeft => "roomLeft",
            Self::UserCreated => "userCreated",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happening| happening.name() == name)
    }

    /// Whether an integration chooses rooms for it.
    pub(crate) const fn has_channel(self) -> bool {
        matches!(self, Self::SendMessage | Self::FileUploaded | Self::RoomJoined | Self::RoomLeft)
    }

    pub(crate) const fn has_trigger_words(self) -> bool {
        matches!(self, Self::SendMessage)
    }

    pub(crate) const fn wants_target_room(self) -> bool {
        matches!(self, Self::UserCreated)
    }
}

/// One thing that happened, as it is kept until the calls are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) event: Happening,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<Room>,
    /// Who sent, joined, left, archived or is new. Without what only the server may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Map<String, Value>>,
    /// Who founded the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Map<String, Value>>,
    /// When.
    pub(crate) at: Timestamp,
}

/// A user as receivers see them: no passwords, tokens, keys.
pub(crate) fn shown(user: &User) -> Result<Map<String, Value>> {
    let mut document = view::document(user)?;
    for secret in ["services", "e2e", "inviteToken", "oauth", "__rooms"] {
        document.remove(secret);
    }
    Ok(document)
}

impl Facts {
    pub(crate) fn new(event: Happening, at: Timestamp) -> Self {
        Self { event, message: None, room: None, user: None, owner: None, at }
    }

    /// Whether the message is an edited one.
    pub(crate) fn is_edit(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.edited_at.is_some())
    }

    /// What the receiver is told.
    pub(crate) fn data(
        &self,
        integration: &Integration,
        word: Option<&str>,
        site: &str,
    ) -> Map<String, Value> {
        let mut data = Map::new();
        if let Some(token) = &integration.token {
            data.insert("token".into(), token.as_str().into());
        }
        data.insert("bot".into(), false.into());
        if let Some(word) = word {
            data.insert("trigger_word".into(), word.into());
        }
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                data.insert(name.to_owned(), value);
            }
        };
        if let Some(room) = &self.room {
            put("channel_id", json!(room.id));
            put("channel_name", json!(room.name));
        }
        match self.event {
            Happening::SendMessage | Happening::FileUploaded => {
                let Some(message) = &self.message else { return data };
                put("message_id", json!(message.id));
                put("timestamp", json!(message.ts));
                put("user_id", json!(message.u.id));
                put("user_name", json!(message.u.username));
                put("text", json!(message.msg));
                put("alias", json!(message.alias.as_deref().filter(|alias| !alias.is_empty())));
                put("bot", json!(message.bot));
                if self.event == Happening::FileUploaded {
                    put("user", json!(self.user));
                    put("room", json!(self.room));
                    put("message", json!(message));
                    return data;
                }
                put("siteUrl", json!(site));
                put("isEdited", json!(message.edited_at.map(|_| true)));
                put("tmid", json!(message.tmid));
            }
            Happening::RoomCreated => {
                put("timestamp", json!(self.room.as_ref().and_then(|room| room.ts)));
                put("user_id", json!(self.owner.as_ref().and_then(|owner| owner.get("_id"))));
                put("user_name", json!(self.owner.as_ref().and_then(|owner| owner.get("username"))));
                put("owner", json!(self.owner));
                put("room", json!(self.room));
            }
            Happening::RoomArchived
            | Happening::RoomJoined
            | Happening::RoomLeft
            | Happening::UserCreated => {
                let user = |field: &str| self.user.as_ref().and_then(|user| user.get(field)).cloned();
                let created = user("createdAt").filter(|_| self.event == Happening::UserCreated);
                put("timestamp", created.unwrap_or_else(|| json!(self.at)));
                put("user_id", json!(user("_id")));
                put("user_name", json!(user("username")));
                put("user", json!(self.user));
                put("room", json!(self.room));
                if user("type") == Some(json!("bot")) {
                    put("bot", json!(true));
                }
            }
        }
        data
    }
}
