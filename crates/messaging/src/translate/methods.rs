//! `autoTranslate.getProviderUiMetadata`, `autoTranslate.getSupportedLanguages`, `autoTranslate.saveSettings`,
//! `autoTranslate.translateMessage`

use std::collections::BTreeMap;

use gantry_kernel::prelude::*;

use super::{Language, Wish, languages, save};

const TAG: &str = "Messages";

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<GetProviderUiMetadata>()
        .method::<GetSupportedLanguages>()
        .method::<SaveSettings>()
        .method::<TranslateMessage>();
}

/// `autoTranslate.getProviderUiMetadata []`: the services that an administrator can choose.
#[derive(Debug, Deserialize)]
struct GetProviderUiMetadata {}

/// How a service is named.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    name: &'static str,
    display_name: &'static str,
}

impl Method for GetProviderUiMetadata {
    const SPEC: MethodSpec = MethodSpec::new("autoTranslate.getProviderUiMetadata", TAG);
    type Guard = LoggedIn;
    type Reply = BTreeMap<&'static str, Service>;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<Self::Reply> {
        let service = |(name, display_name)| (name, Service { name, display_name });
        let services = [
            ("google-translate", "Google"),
            ("deepl-translate", "DeepL"),
            ("microsoft-translate", "Microsoft"),
        ];
        Ok(services.map(service).into())
    }
}

/// `autoTranslate.getSupportedLanguages [targetLanguage]`
#[derive(Debug, Deserialize)]
struct GetSupportedLanguages {}

impl Method for GetSupportedLanguages {
    const SPEC: MethodSpec = MethodSpec::new("autoTranslate.getSupportedLanguages", TAG).rate(5, 60_000);
    type Guard = LoggedIn;
    type Reply = Vec<Language>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Vec<Language>> {
        languages(ctx)
    }
}

/// `autoTranslate.saveSettings [rid, field, value, {defaultLanguage}]`
#[derive(Debug, Deserialize)]
struct SaveSettings {
    rid: String,
    field: String,
    value: String,
    options: Option<Options>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    default_language: Option<String>,
}

impl Method for SaveSettings {
    const SPEC: MethodSpec = MethodSpec::new("autoTranslate.saveSettings", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        let wish = match self.field.as_str() {
            "autoTranslate" => {
                let language = self.options.and_then(|options| options.default_language);
                Wish::Translate(self.value == "1", language.filter(|language| !language.is_empty()))
            }
            "autoTranslateLanguage" => Wish::Language(self.value),
            _ => {
                super::allowed(ctx)?;
                return Err(Error::new("error-invalid-settings", "Invalid settings field")
                    .with_details(json!({ "method": "saveAutoTranslateSettings" })));
            }
        };
        let inner = ctx.clone();
        ctx.write(async move |tx| save(&inner, tx, &self.rid, &wish).await).await?;
        Ok(true)
    }
}

/// `autoTranslate.translateMessage [message, targetLanguage]`: a translation would arrive as a change of the
/// message.
#[derive(Debug, Deserialize)]
struct TranslateMessage {}

impl Method for TranslateMessage {
    const SPEC: MethodSpec = MethodSpec::new("autoTranslate.translateMessage", TAG);
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, _: &Ctx) -> Result<()> {
        Ok(())
    }
}
