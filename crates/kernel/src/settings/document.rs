//! Settings as clients see them.

use gantry_protocol::Timestamp;
use serde_json::{Map, Value, json};

use super::live::{Entry, Shared};
use super::{Kind, Settings};

/// Which settings to list.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only those that changed after this.
    pub since: Option<Timestamp>,
    /// Only these.
    pub ids: Option<Vec<String>>,
    /// Only those of this group.
    pub group: Option<String>,
    /// Also those that are kept out of lists.
    pub hidden: bool,
}

impl Selection {
    fn takes(&self, shared: &Shared, entry: &Entry) -> bool {
        let definition = &entry.definition;
        self.since.is_none_or(|since| entry.updated_at > since.millis())
            && self.ids.as_ref().is_none_or(|ids| ids.iter().any(|id| *id == definition.id))
            && self.group.as_ref().is_none_or(|group| *group == definition.group)
            && (self.hidden || !shared.hides(definition))
    }
}

impl Settings {
    /// The whole setting or group, as those see it who may read private settings. Secrets are in it.
    /// Upstream: `apps/meteor/app/settings/server/functions/getSettingDefaults.ts`.
    pub fn document(&self, id: &str) -> Option<Value> {
        self.shared.state.read().get(id).map(|entry| self.shared.document(entry))
    }

    /// The documents of the selected settings and groups, in the order of the catalogue.
    pub fn all(&self, selection: &Selection) -> Vec<Value> {
        let state = self.shared.state.read();
        let selected = state.entries().iter().filter(|entry| selection.takes(&self.shared, entry));
        selected.map(|entry| self.shared.document(entry)).collect()
    }

    /// What everybody may see of one setting; `None` if that is nothing.
    pub fn public_document(&self, id: &str) -> Option<Value> {
        let state = self.shared.state.read();
        state.get(id).filter(|entry| self.shared.shows(entry)).map(|entry| self.shared.public_document(entry))
    }

    /// What everybody may see of the selected settings.
    pub fn public(&self, selection: &Selection) -> Vec<Value> {
        let state = self.shared.state.read();
        let selected = state.entries().iter().filter(|entry| self.shared.shows(entry));
        let selected = selected.filter(|entry| selection.takes(&self.shared, entry));
        selected.map(|entry| self.shared.public_document(entry)).collect()
    }
}

impl Shared {
    fn shows(&self, entry: &Entry) -> bool {
        entry.definition.public && !self.hides(&entry.definition)
    }

    fn public_document(&self, entry: &Entry) -> Value {
        let definition = &entry.definition;
        let mut document = json!({
            "_id": definition.id,
            "value": *entry.value,
            "enterprise": definition.extra_flag("enterprise"),
            "requiredOnWizard": self.wizard.contains(definition.id.as_ref()),
        });
        if let Some(editor) = editor(entry) {
            document["editor"] = editor.into();
        }
        document
    }

    fn document(&self, entry: &Entry) -> Value {
        let definition = &entry.definition;
        let mut document = definition.extra();
        let created_at = json!(Timestamp::from_millis(entry.created_at.unwrap_or(self.installed_at)));
        document.insert("_id".into(), json!(definition.id));
        document.insert("type".into(), json!(definition.kind));
        document.insert("i18nLabel".into(), json!(definition.label()));
        document.insert("sorter".into(), definition.sorter.into());
        document.insert("hidden".into(), self.hides(definition).into());
        document.insert("blocked".into(), self.blocks(entry).into());
        document.insert("ts".into(), created_at.clone());
        document.insert("_updatedAt".into(), json!(Timestamp::from_millis(entry.updated_at)));
        let description = || json!(format!("{}_Description", definition.id));
        document.entry("i18nDescription").or_insert_with(description);
        if let Some(query) = document.get_mut("displayQuery") {
            *query = Value::String(query.to_string());
        }
        if definition.kind != Kind::Group {
            document.insert("createdAt".into(), created_at);
            self.add_value(entry, &mut document);
        }
        Value::Object(document)
    }

    /// The fields that settings have and groups do not.
    fn add_value(&self, entry: &Entry, document: &mut Map<String, Value>) {
        let definition = &entry.definition;
        document.insert("value".into(), Value::clone(&entry.value));
        document.insert("packageValue".into(), Value::clone(&entry.default));
        document.insert("public".into(), definition.public.into());
        document.insert("requiredOnWizard".into(), self.wizard.contains(definition.id.as_ref()).into());
        for (name, value) in
            [("secret", false), ("enterprise", false), ("env", false), ("autocomplete", true)]
        {
            document.entry(name).or_insert(value.into());
        }
        let from_environment = if entry.overwritten { Some(&*entry.value) } else { entry.initial.as_ref() };
        let source = if from_environment.is_some() { "processEnvValue" } else { "packageValue" };
        document.insert("valueSource".into(), source.into());
        if let Some(value) = from_environment {
            document.insert("processEnvValue".into(), value.clone());
        }
        for (name, text) in [
            ("group", &definition.group),
            ("section", &definition.section),
            ("tab", &definition.tab),
            ("enableQuery", &definition.enable_query),
        ] {
            if !text.is_empty() {
                document.insert(name.into(), json!(text));
            }
        }
        if !definition.values.is_empty() {
            let options = definition.options().map(|(key, label)| json!({ "key": key, "i18nLabel": label }));
            document.insert("values".into(), options.collect());
        }
        if definition.extra_flag("enterprise") {
            document.entry("invalidValue").or_insert_with(|| Value::clone(&entry.default));
        }
        if definition.kind == Kind::Range {
            document.entry("minValue").or_insert(0.into());
            document.entry("maxValue").or_insert(100.into());
        }
        if let Some(editor) = editor(entry) {
            document.insert("editor".into(), editor.into());
        }
    }
}

fn editor(entry: &Entry) -> Option<String> {
    let chosen = entry.editor.clone();
    chosen.or_else(|| {
        (entry.definition.kind == Kind::Color).then(|| entry.definition.extra_text("editor")).flatten()
    })
}
