//! Preferences that a user chooses once and that rooms take over.
//! Upstream: `apps/meteor/server/methods/saveUserPreferences.ts`.

use gantry_accounts::users::events::PreferencesChanged;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Subscription;

use crate::events::SubscriptionsChanged;
use crate::subscriptions::rows as subs;

/// Which preference, as users name it, and the rooms' fields for it: the value and where it comes from.
type Degree = (&'static str, fn(&mut Subscription) -> (&mut Option<String>, &mut Option<String>));

const DEGREES: [Degree; 3] = [
    ("desktopNotifications", |sub| (&mut sub.desktop_notifications, &mut sub.desktop_pref_origin)),
    ("pushNotifications", |sub| (&mut sub.mobile_push_notifications, &mut sub.mobile_pref_origin)),
    ("emailNotificationMode", |sub| (&mut sub.email_notifications, &mut sub.email_pref_origin)),
];

/// Takes over what was chosen to all rooms of the user.
pub(super) async fn changed(kernel: &Arc<Kernel>, event: &PreferencesChanged) -> Result<()> {
    let names = DEGREES.map(|(name, _)| name);
    let ours = |name: &str| names.contains(&name) || matches!(name, "highlights" | "language");
    if !event.chosen.keys().any(|name| ours(name)) {
        return Ok(());
    }
    let ctx = Ctx::internal(kernel);
    let (inner, event) = (ctx.clone(), event.clone());
    ctx.write(async move |tx| {
        for known in subs::of_user(tx, &event.user.id).await? {
            if !takes_over(&inner, &mut known.clone(), &event) {
                continue;
            }
            let Some(mut sub) = subs::lock(tx, &known.rid, &event.user.id).await? else { continue };
            if !takes_over(&inner, &mut sub, &event) {
                continue;
            }
            subs::update_doc(tx, &sub, inner.now).await?;
            tx.emit(SubscriptionsChanged { rid: sub.rid.clone(), uids: vec![sub.u.id.clone()] });
        }
        Ok(())
    })
    .await
}

/// Takes over what was chosen; answers whether that changes anything.
fn takes_over(ctx: &Ctx, sub: &mut Subscription, event: &PreferencesChanged) -> bool {
    let before = sub.clone();
    let text = |name: &str| event.chosen.get(name).and_then(Value::as_str);
    for (name, fields) in DEGREES {
        let Some(chosen) = text(name) else { continue };
        if event.before.get(name).and_then(Value::as_str) == Some(chosen) {
            continue;
        }
        let (value, origin) = fields(sub);
        match (chosen, origin.as_deref()) {
            ("default", Some("user")) => (*value, *origin) = (None, None),
            // What was chosen for the room itself stays.
            ("default", _) | (_, Some("subscription")) => {}
            _ => (*value, *origin) = (Some(chosen.to_owned()), Some("user".to_owned())),
        }
    }
    if let Some(words) = event.chosen.get("highlights").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        sub.user_highlights = (!words.is_empty()).then_some(words);
    }
    let follows = ctx.settings.flag_by_id("AutoTranslate_AutoEnableOnJoinRoom");
    if let Some(language) = text("language").filter(|_| follows && sub.auto_translate == Some(true)) {
        sub.auto_translate_language = Some(language.to_owned());
    }
    *sub != before
}
