//! Preferences over REST.

use gantry_kernel::prelude::*;
use serde_json::{Map, Number};

use super::UserReply;
use crate::users::{by_id, preferences};

/// Changes preferences of the caller or, with the permission, of another user.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SetPreferences {
    /// Whose; the caller's without it.
    user_id: Option<String>,
    /// What changes.
    data: Preferences,
}

macro_rules! preferences {
    ($($(#[$meta:meta])* $name:ident: $type:ty,)*) => {
        /// Preferences; absent ones stay as they are.
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(super) struct Preferences {
            $($(#[$meta])* #[serde(skip_serializing_if = "Option::is_none")] $name: Option<$type>,)*
        }
    };
}

preferences! {
    language: String,
    new_room_notification: String,
    new_message_notification: String,
    clock_mode: Number,
    use_emojis: bool,
    convert_ascii_emoji: bool,
    also_send_thread_to_channel: AlsoSend,
    save_mobile_bandwidth: bool,
    collapse_media_by_default: bool,
    auto_image_load: bool,
    email_notification_mode: String,
    unread_alert: bool,
    notifications_sound_volume: Number,
    desktop_notifications: String,
    push_notifications: String,
    enable_auto_away: bool,
    highlights: Vec<String>,
    show_threads_in_main_channel: bool,
    desktop_notification_require_interaction: bool,
    desktop_notification_voice_calls: bool,
    hide_usernames: bool,
    hide_roles: bool,
    display_avatars: bool,
    hide_flex_tab: bool,
    send_on_enter: String,
    sidebar_show_favorites: bool,
    sidebar_show_unread: bool,
    sidebar_sortby: String,
    sidebar_view_mode: String,
    sidebar_display_avatar: bool,
    sidebar_group_by_type: bool,
    sidebar_sections_order: Vec<String>,
    mute_focused_conversations: bool,
    dont_ask_again_list: Vec<AskAgain>,
    features_preview: Vec<Feature>,
    theme_appearence: String,
    font_size: String,
    receive_login_detection_email: bool,
    notify_calendar_events: bool,
    idle_time_limit: Number,
    omnichannel_transcript_email: bool,
    #[serde(rename = "omnichannelTranscriptPDF")]
    omnichannel_transcript_pdf: bool,
    omnichannel_hide_conversation_after_closing: bool,
    enable_mobile_ringing: bool,
    mentions_with_symbol: bool,
    voip_ringer_volume: Number,
    call_ringer_volume: Number,
}

/// Whether answers in threads also go to the channel.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AlsoSend {
    /// As the client remembers.
    Default,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A question that is not asked again.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct AskAgain {
    /// What is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

/// A feature that is being tried.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Feature {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<bool>,
}

impl Endpoint for SetPreferences {
    const SPEC: Spec = Spec::post("users.setPreferences", "users");
    type Guard = LoggedIn;
    type Reply = UserReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<UserReply> {
        let uid = self.user_id.filter(|uid| !uid.is_empty()).unwrap_or_else(|| caller.uid.clone());
        if uid != caller.uid && !ctx.may("edit-other-user-info") {
            return Err(Error::new("error-action-not-allowed", "Editing user is not allowed"));
        }
        let chosen = match serde_json::to_value(&self.data) {
            Ok(Value::Object(chosen)) => chosen,
            _ => Map::new(),
        };
        let user = preferences::change(ctx, &uid, chosen).await.map_err(|error| {
            if error.is("error-invalid-user") {
                let text = "The optional \"userId\" param provided does not match any users";
                Error::new("error-invalid-user", text)
            } else {
                error
            }
        })?;
        let shown =
            json!({ "_id": user.id, "settings": { "preferences": preferences::with_language(&user) } });
        Ok(UserReply { user: shown })
    }
}

/// The preferences that the caller chose.
#[derive(Deserialize, JsonSchema)]
pub(super) struct GetPreferences {}

/// Preferences that were chosen, and the language.
#[derive(Serialize, JsonSchema)]
pub(super) struct GetPreferencesReply {
    preferences: Map<String, Value>,
}

impl Endpoint for GetPreferences {
    const SPEC: Spec = Spec::get("users.getPreferences", "users");
    type Guard = LoggedIn;
    type Reply = GetPreferencesReply;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<GetPreferencesReply> {
        let user = ctx.read(async move |tx| by_id(tx, &caller.uid).await).await?;
        let preferences = user.map(|user| preferences::with_language(&user)).unwrap_or_default();
        Ok(GetPreferencesReply { preferences })
    }
}
