//! `autotranslate.getSupportedLanguages`, `autotranslate.saveSettings`, `autotranslate.translateMessage`

use gantry_kernel::prelude::*;

use super::{Language, Wish, enabled, languages, save};
use crate::messages::{place, rows};
use crate::rooms::reply::Done;

const TAG: &str = "Messages";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<GetSupportedLanguages>().endpoint::<SaveSettings>().endpoint::<TranslateMessage>();
}

fn ensure_enabled(ctx: &Ctx) -> Result<()> {
    if enabled(ctx) { Ok(()) } else { Err(Error::message("AutoTranslate is disabled.")) }
}

/// The languages that messages can be translated into.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetSupportedLanguages {
    /// The language in which they are named.
    #[expect(dead_code, reason = "there is nothing to name without a translation service")]
    target_language: String,
}

/// Languages.
#[derive(Debug, Serialize, JsonSchema)]
struct Languages {
    languages: Vec<Language>,
}

impl Endpoint for GetSupportedLanguages {
    const SPEC: Spec = Spec::get("autotranslate.getSupportedLanguages", TAG);
    type Guard = LoggedIn;
    type Reply = Languages;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Languages> {
        ensure_enabled(ctx)?;
        Ok(Languages { languages: languages(ctx)? })
    }
}

/// Which of the two wishes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Field {
    AutoTranslate,
    AutoTranslateLanguage,
}

/// A switch or a language.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Given {
    Switch(bool),
    Text(String),
}

/// Saves whether and into which language messages of a room are translated for the caller.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SaveSettings {
    /// Room id.
    room_id: String,
    /// `autoTranslate` or `autoTranslateLanguage`.
    field: Field,
    /// A switch for `autoTranslate`, a language for `autoTranslateLanguage`.
    value: Given,
    /// Language to begin with if none is chosen.
    default_language: Option<String>,
}

impl Endpoint for SaveSettings {
    const SPEC: Spec = Spec::post("autotranslate.saveSettings", TAG);
    type Guard = LoggedIn;
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        ensure_enabled(ctx)?;
        if self.room_id.is_empty() {
            return Err(Error::message("The bodyParam \"roomId\" is required."));
        }
        // The words are switches too, as upstream's schema reads them.
        let value = match self.value {
            Given::Text(text) if text == "true" => Given::Switch(true),
            Given::Text(text) if text == "false" => Given::Switch(false),
            value => value,
        };
        let wish = match (self.field, value) {
            (Field::AutoTranslate, Given::Switch(on)) => Wish::Translate(on, self.default_language),
            (Field::AutoTranslate, Given::Text(_)) => {
                return Err(Error::message("The bodyParam \"autoTranslate\" must be a boolean."));
            }
            (Field::AutoTranslateLanguage, Given::Text(text))
                if !text.trim_start().starts_with(|c: char| c.is_ascii_digit()) =>
            {
                Wish::Language(text)
            }
            (Field::AutoTranslateLanguage, _) => {
                return Err(Error::message("The bodyParam \"autoTranslateLanguage\" must be a string."));
            }
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| save(&inner, tx, &self.room_id, &wish).await).await?;
        Ok(Done {})
    }
}

/// Translates a message for the caller.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TranslateMessage {
    /// Message id.
    message_id: String,
    /// Language to translate into.
    #[expect(dead_code, reason = "there is no translation service to tell it to")]
    target_language: Option<String>,
}

impl Endpoint for TranslateMessage {
    const SPEC: Spec = Spec::post("autotranslate.translateMessage", TAG);
    type Guard = LoggedIn;
    /// Nothing: a translation arrives as a change of the message.
    type Reply = Done;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Done> {
        ensure_enabled(ctx)?;
        if self.message_id.is_empty() {
            return Err(Error::message("The bodyParam \"messageId\" is required."));
        }
        let inner = ctx.clone();
        let found = ctx
            .read(async move |tx| match rows::by_id(tx, &self.message_id).await? {
                Some(message) => Ok(place::readable(&inner, tx, &message.rid).await?.is_some()),
                None => Ok(false),
            })
            .await?;
        if found { Ok(Done {}) } else { Err(Error::message("Message not found.")) }
    }
}
