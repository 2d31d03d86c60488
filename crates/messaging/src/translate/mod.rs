//! Automatic translation of messages. What members wish is kept; no translation service is connected.
//! Upstream: `apps/meteor/app/autotranslate/server/`.

mod endpoints;
mod methods;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Subscription, User};

use crate::events::SubscriptionsChanged;
use crate::rooms;
use crate::subscriptions::rows as subs;

/// Registers the operations of this topic.
pub fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

/// What a member wishes for a room.
#[derive(Clone, Debug)]
enum Wish {
    /// Translate, and if no language is chosen yet, into this one.
    Translate(bool, Option<String>),
    /// Into this language.
    Language(String),
}

/// A language that a service translates into.
#[derive(Debug, Serialize, JsonSchema)]
struct Language {
    /// Code, for example `de`.
    language: String,
    /// Name, in the language that was asked for.
    name: String,
}

/// The languages that messages can be translated into: none without a service.
fn languages(ctx: &Ctx) -> Result<Vec<Language>> {
    if !enabled(ctx) {
        return Err(Error::new("error-autotranslate-disabled", "Auto-Translate is disabled"));
    }
    allowed(ctx)?;
    Ok(Vec::new())
}

fn enabled(ctx: &Ctx) -> bool {
    ctx.settings.flag_by_id("AutoTranslate_Enabled")
}

fn allowed(ctx: &Ctx) -> Result<()> {
    if ctx.may("auto-translate") {
        return Ok(());
    }
    Err(Error::new("error-action-not-allowed", "Auto-Translate is not allowed")
        .with_details(json!({ "method": "autoTranslate.saveSettings" })))
}

/// Stores the caller's wish for a room.
///
/// # Errors
/// `error-action-not-allowed`, `error-invalid-subscription`, `error-e2e-enabled`.
async fn save(ctx: &Ctx, tx: &Tx, rid: &str, wish: &Wish) -> Result<()> {
    let refused = |code: &'static str, reason: &'static str| {
        Error::new(code, reason).with_details(json!({ "method": "saveAutoTranslateSettings" }))
    };
    allowed(ctx)?;
    let sub = subs::lock(tx, rid, ctx.uid()).await?;
    let mut sub = sub.ok_or_else(|| refused("error-invalid-subscription", "Invalid subscription"))?;
    let before = (sub.auto_translate, sub.auto_translate_language.clone());
    match wish {
        Wish::Language(language) => sub.auto_translate_language = Some(language.clone()),
        Wish::Translate(on, otherwise) => {
            let room = rooms::rows::by_id(tx, rid).await?;
            if *on && room.is_some_and(|room| room.encrypted == Some(true)) {
                let reason = "Enabling auto-translation in E2E encrypted rooms is not allowed";
                return Err(refused("error-e2e-enabled", reason));
            }
            sub.auto_translate = Some(*on);
            sub.auto_translate_language = sub.auto_translate_language.or_else(|| otherwise.clone());
        }
    }
    if before == (sub.auto_translate, sub.auto_translate_language.clone()) {
        return Ok(());
    }
    subs::update_doc(tx, &sub, ctx.now).await?;
    tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids: vec![ctx.uid().to_owned()] });
    Ok(())
}

/// Forgets that members wished for translations of a room, because it is encrypted now.
/// Upstream: `apps/meteor/app/channel-settings/server/functions/saveRoomEncrypted.ts`.
///
/// # Errors
/// The database's.
pub async fn stop(ctx: &Ctx, tx: &Tx, rid: &str) -> Result<()> {
    let members = subs::member_ids(tx, rid).await?;
    let mut uids = Vec::new();
    for sub in subs::find_many(tx, rid, &members).await? {
        if sub.auto_translate.is_none() {
            continue;
        }
        let Some(mut sub) = subs::lock(tx, rid, &sub.u.id).await? else { continue };
        sub.auto_translate = None;
        subs::update_doc(tx, &sub, ctx.now).await?;
        uids.push(sub.u.id);
    }
    if !uids.is_empty() {
        tx.emit(SubscriptionsChanged { rid: rid.to_owned(), uids });
    }
    Ok(())
}

/// With what wish a member begins: people whose language is not the workspace's, where the workspace says so.
/// Upstream: `apps/meteor/server/lib/getSubscriptionAutotranslateDefaultConfig.ts`.
pub fn begin(ctx: &Ctx, user: &User, sub: &mut Subscription) {
    if !ctx.settings.flag_by_id("AutoTranslate_AutoEnableOnJoinRoom") {
        return;
    }
    let preferences = user.settings.as_ref().and_then(|settings| settings.get("preferences"));
    let language = preferences.and_then(|preferences| preferences.get("language")).and_then(Value::as_str);
    let common = ctx.settings.text_by_id("Language");
    if let Some(language) = language.filter(|own| !matches!(*own, "" | "default") && **own != *common) {
        sub.auto_translate = Some(true);
        sub.auto_translate_language = Some(language.to_owned());
    }
}
