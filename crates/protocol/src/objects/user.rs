//! Users.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::Timestamp;

/// What others see of a user's presence.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// Not connected, or wants to look so.
    #[default]
    Offline,
    /// Connected.
    Online,
    /// Connected but idle.
    Away,
    /// Does not want to be disturbed.
    Busy,
    /// Presence is switched off.
    Disabled,
}

impl UserStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Disabled => "disabled",
        }
    }

    /// The number in events of `stream-user-presence`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Offline | Self::Disabled => 0,
            Self::Online => 1,
            Self::Away => 2,
            Self::Busy => 3,
        }
    }
}

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for UserStatus {
    type Err = UnknownUserStatus;

    fn from_str(word: &str) -> Result<Self, UnknownUserStatus> {
        [Self::Offline, Self::Online, Self::Away, Self::Busy, Self::Disabled]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(UnknownUserStatus)
    }
}

/// The text is not a [`UserStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown user status")]
pub struct UnknownUserStatus;

/// An account as stored (upstream: `IUser`), with everything that is private in it.
///
/// Nothing may send this object as it is: what others see of a user is a selection of fields that depends on who
/// asks. `services` holds the credentials.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Unique name; absent until chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Real name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Nickname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<UserEmail>>,
    /// `user`, `bot`, `app` or `unknown`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Ids of the workspace-wide roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// May log in.
    #[serde(default)]
    pub active: bool,
    /// When the account was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// Last change of any field.
    #[serde(rename = "_updatedAt", default)]
    pub updated_at: Timestamp,
    /// Last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// Credentials: password hash, login tokens, two-factor secrets. Private.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Value>,
    /// Status shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Status of the connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_connection: Option<UserStatus>,
    /// Status chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_default: Option<UserStatus>,
    /// Text beside the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// Who set the status: `internal`, `external` or `manual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_source: Option<String>,
    /// When the status ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_expires_at: Option<Timestamp>,
    /// Custom status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<String>,
    /// Status to return to when this one ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<Value>,
    /// Hours from UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<Number>,
    /// Language of the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// About the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where the avatar comes from: `upload`, `initials`, `url`, `rest`, `none` or a login service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_origin: Option<String>,
    /// Version of the avatar, for caches.
    #[serde(rename = "avatarETag", skip_serializing_if = "Option::is_none")]
    pub avatar_etag: Option<String>,
    /// Address of the avatar; added in REST replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Profile, preferences and calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// Extra values, checked against the setting `Accounts_CustomFields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
    /// Has to choose a new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_password_change: Option<bool>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_password_change_reason: Option<String>,
    /// Text given with a registration that awaits approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why not active: `deactivated`, `pending_approval` or `idle_too_long`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactive_reason: Option<String>,
    /// Room opened first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_room: Option<String>,
    /// Invitation used to register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_token: Option<String>,
    /// Managed by LDAP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ldap: Option<bool>,
    /// Came from a login service.
    #[serde(rename = "isOAuthUser", skip_serializing_if = "Option::is_none")]
    pub is_oauth_user: Option<bool>,
    /// OAuth clients that the user has authorised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth: Option<Value>,
    /// The user's key pair; the private part is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e2e: Option<Value>,
    /// Notices for this user, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banners: Option<Map<String, Value>>,
    /// Belongs to a Matrix server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated: Option<bool>,
    /// Matrix identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation: Option<Value>,
    /// Ids in the system that the user was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_ids: Option<Vec<String>>,
    /// Data for sorting members by role, by room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_role_priorities: Option<BTreeMap<String, i64>>,
    /// Omnichannel: `available` or `not-available`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_livechat: Option<String>,
    /// Phone extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_switch_extension: Option<String>,
    /// Attributes for access rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abac_attributes: Option<Vec<Value>>,
    /// Added in `users.info`: whether the reply holds everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_view_all_info: Option<bool>,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An address of a user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEmail {
    /// The address.
    pub address: String,
    /// Whether the user has shown that it is theirs.
    #[serde(default)]
    pub verified: bool,
    /// Fields that this version does not know; kept and written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
