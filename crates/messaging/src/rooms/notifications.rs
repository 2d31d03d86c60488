//! Notification preferences of a member for one room.
//! Upstream: `apps/meteor/app/push-notifications/server/methods/saveNotificationSettings.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Subscription, User};

use crate::events::SubscriptionsChanged;
use crate::subscriptions::rows as subs;

const METHOD: &str = "saveNotificationSettings";

fn invalid(reason: &'static str) -> Error {
    Error::new("error-invalid-settings", reason).with_details(json!({ "method": METHOD }))
}

/// The caller changes preferences: pairs of a field and its value.
///
/// # Errors
/// `error-invalid-settings`, `error-invalid-subscription`.
pub async fn save(ctx: &Ctx, tx: &Tx, rid: &str, changes: &[(String, String)]) -> Result<()> {
    let user = users::by_id(tx, ctx.uid()).await?.unwrap_or_default();
    let mut sub = subs::lock(tx, rid, ctx.uid()).await?;
    for (field, value) in changes {
        check(field, value)?;
        let sub = sub.as_mut().ok_or_else(|| {
            Error::new("error-invalid-subscription", "Invalid subscription")
                .with_details(json!({ "method": METHOD }))
        })?;
        set(sub, &user, field, value);
    }
    if let Some(sub) = sub {
        subs::update_doc(tx, &sub, ctx.now).await?;
        tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![ctx.uid().to_owned()] });
    }
    Ok(())
}

fn check(field: &str, value: &str) -> Result<()> {
    let degrees = ["desktopNotifications", "mobilePushNotifications", "emailNotifications"];
    let others = [
        "unreadAlert",
        "disableNotifications",
        "hideUnreadStatus",
        "hideMentionStatus",
        "muteGroupMentions",
        "audioNotificationValue",
    ];
    if !degrees.contains(&field) && !others.contains(&field) {
        return Err(invalid("Invalid settings field"));
    }
    if degrees.contains(&field) && !["all", "mentions", "nothing", "default"].contains(&value) {
        return Err(invalid("Invalid settings value"));
    }
    Ok(())
}

fn set(sub: &mut Subscription, user: &User, field: &str, value: &str) {
    let on = Some(value == "1");
    let chosen = |preference: &str| degree(user, preference, value);
    match field {
        "desktopNotifications" => {
            (sub.desktop_notifications, sub.desktop_pref_origin) = chosen("desktopNotifications");
        }
        "mobilePushNotifications" => {
            (sub.mobile_push_notifications, sub.mobile_pref_origin) = chosen("pushNotifications");
        }
        "emailNotifications" => {
            (sub.email_notifications, sub.email_pref_origin) = chosen("emailNotificationMode");
        }
        "unreadAlert" => sub.unread_alert = Some(value.to_owned()),
        "disableNotifications" => sub.disable_notifications = on,
        "hideUnreadStatus" => sub.hide_unread_status = on,
        "hideMentionStatus" => sub.hide_mention_status = on,
        "muteGroupMentions" => sub.mute_group_mentions = on,
        "audioNotificationValue" => {
            sub.audio_notification_value = Some(value.to_owned()).filter(|value| value != "default");
        }
        _ => {}
    }
}

/// A degree and where it comes from: the room's own value, or for `default` the user's, if there is one.
fn degree(user: &User, preference: &str, value: &str) -> (Option<String>, Option<String>) {
    if value != "default" {
        return (Some(value.to_owned()), Some("subscription".to_owned()));
    }
    let settings = user.settings.as_ref().and_then(|settings| settings.get("preferences"));
    let own = settings.and_then(|preferences| preferences.get(preference)).and_then(Value::as_str);
    match own.filter(|own| *own != "default") {
        Some(own) => (Some(own.to_owned()), Some("user".to_owned())),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_falls_back_to_what_the_user_prefers_everywhere() {
        let user: User = serde_json::from_value(
            json!({ "_id": "u", "settings": { "preferences": { "desktopNotifications": "all" } } }),
        )
        .unwrap();
        let mut sub = Subscription::default();
        set(&mut sub, &user, "desktopNotifications", "nothing");
        assert_eq!(sub.desktop_pref_origin.as_deref(), Some("subscription"));
        set(&mut sub, &user, "desktopNotifications", "default");
        assert_eq!(sub.desktop_notifications.as_deref(), Some("all"));
        assert_eq!(sub.desktop_pref_origin.as_deref(), Some("user"));
        set(&mut sub, &user, "emailNotifications", "default");
        assert_eq!((sub.email_notifications, sub.email_pref_origin), (None, None));
    }

    #[test]
    fn unknown_fields_and_degrees_are_refused() {
        assert!(check("roles", "owner").is_err());
        assert!(check("desktopNotifications", "always").is_err());
        assert!(check("audioNotificationValue", "beep").is_ok());
    }
}
