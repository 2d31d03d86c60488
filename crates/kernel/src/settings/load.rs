//! From the catalogue, the environment and the database to the values that hold.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gantry_store::Db;
use parking_lot::RwLock;
use serde_json::Value;

use super::catalogue::default_value;
use super::live::{Entry, Shared, State};
use super::stored::{self, Doc, Mark, Stored};
use super::{
    Catalogue, Definition, Environment, FirstStart, Kind, SettingChanged, SettingError, Settings, kind,
};

/// The row that is there from the first start on, and tells when that was.
const UNIQUE_ID: &str = "uniqueID";
const SECRET_URL: &str = "Accounts_RegistrationForm_SecretURL";

impl Settings {
    /// Loads the settings and stores what this start adds: ids that are generated once, and values that the
    /// environment gives to settings that are new to the database.
    ///
    /// # Errors
    /// An environment variable that its setting does not take, a damaged row, or the database's own.
    pub async fn load(db: &Db, environment: &Environment, first: &FirstStart) -> Result<Self, SettingError> {
        let catalogue = Catalogue::builtin();
        let mut rows = db.read(async |tx| stored::all(tx).await).await?;
        let additions = additions(&catalogue, &rows, environment, first)?;
        if !additions.is_empty() {
            rows = db
                .write(async move |tx| {
                    for row in &additions {
                        stored::insert(tx, row).await?;
                        if row.doc.catalogue.is_some() {
                            stored::set_mark(tx, row).await?;
                        }
                    }
                    stored::all(tx).await
                })
                .await?;
        }
        Self::build(catalogue, rows, environment)
    }

    /// Reads everything again, after another node has changed something; answers what differs now.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub async fn reload(&self, db: &Db) -> Result<Vec<SettingChanged>, SettingError> {
        let rows = db.read(async |tx| stored::all(tx).await).await?;
        let fresh = Self::build(Catalogue::builtin(), rows, &self.shared.environment)?;
        let fresh = Arc::into_inner(fresh.shared).map(|shared| shared.state.into_inner()).unwrap_or_default();
        let mut state = self.shared.state.write();
        let changes = self.shared.differences(&state, &fresh);
        *state = fresh;
        Ok(changes)
    }

    pub(super) fn build(
        catalogue: Catalogue,
        rows: Vec<Stored>,
        environment: &Environment,
    ) -> Result<Self, SettingError> {
        let mut rows: HashMap<String, Stored> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let (installed_at, defaults_at) = rows.get(UNIQUE_ID).map_or((0, 0), |row| {
            let installed_at = row.doc.created_at.unwrap_or(row.updated_at);
            (installed_at, row.doc.catalogue.as_ref().map_or(installed_at, |mark| mark.since))
        });
        let mut state = State::default();
        for definition in catalogue.into_definitions() {
            let row = rows.remove(definition.id.as_ref());
            state.put(entry(definition, row, environment, defaults_at)?);
        }
        let mut custom: Vec<Stored> = rows.into_values().collect();
        custom.sort_by(|a, b| a.id.cmp(&b.id));
        for mut row in custom {
            // Rows without a definition belong to a setting that this version does not know any more.
            if let Some(definition) = row.doc.definition.take() {
                let mut entry = entry(definition, Some(row), environment, defaults_at)?;
                entry.custom = true;
                state.put(entry);
            }
        }
        let shared = Shared {
            state: RwLock::new(state),
            hidden: environment.ids("SETTINGS_HIDDEN"),
            blocked: environment.ids("SETTINGS_BLOCKED"),
            wizard: environment.ids("SETTINGS_REQUIRED_ON_WIZARD"),
            environment: environment.clone(),
            installed_at,
        };
        Ok(Self { shared: Arc::new(shared) })
    }
}

/// Puts one setting together. `defaults_at` is when its default last changed, in milliseconds.
pub(super) fn entry(
    definition: Definition,
    row: Option<Stored>,
    environment: &Environment,
    defaults_at: i64,
) -> Result<Entry, SettingError> {
    let default = Arc::new(default_value(&definition, environment));
    let mut entry = Entry {
        value: default.clone(),
        default,
        overwritten: false,
        initial: None,
        custom: false,
        editor: None,
        created_at: None,
        updated_at: defaults_at,
        definition,
    };
    if let Some(row) = row {
        entry.updated_at = row.updated_at;
        entry.created_at = row.doc.created_at;
        entry.initial = row.doc.initial;
        entry.editor = row.doc.editor;
        // A later version may have given the setting another type: its default is better than no start.
        match kind::check(&entry.definition, row.value) {
            Ok(value) => entry.value = Arc::new(value),
            Err(error) => tracing::warn!(%error, "a stored setting does not fit its type: using the default"),
        }
    }
    if let Some(value) = overwrite(&entry.definition, environment)? {
        entry.value = Arc::new(value);
        entry.overwritten = true;
        entry.updated_at = entry.updated_at.max(defaults_at);
    }
    Ok(entry)
}

fn overwrite(definition: &Definition, environment: &Environment) -> Result<Option<Value>, SettingError> {
    let Some(text) = environment.overwrite(&definition.id) else { return Ok(None) };
    kind::from_text(definition, text)
        .map(Some)
        .map_err(|error| error.in_variable(format!("OVERWRITE_SETTING_{}", definition.id)))
}

/// What the environment gives to a setting that is new to the database, if it says anything.
pub(super) fn initial(
    definition: &Definition,
    environment: &Environment,
) -> Result<Option<Value>, SettingError> {
    let Some(text) = environment.get(&definition.id) else { return Ok(None) };
    kind::from_text(definition, text).map(Some).map_err(|error| error.in_variable(definition.id.clone()))
}

/// The rows that this start adds.
fn additions(
    catalogue: &Catalogue,
    rows: &[Stored],
    environment: &Environment,
    first: &FirstStart,
) -> Result<Vec<Stored>, SettingError> {
    let now = first.now.millis();
    let stored: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let generated = |id: &str, value: &str, doc: Doc| Stored {
        id: id.to_owned(),
        value: Value::from(value),
        doc,
        updated_at: now,
    };
    let mut additions = Vec::new();

    let fingerprint = Catalogue::fingerprint(environment);
    let marked = rows.iter().find(|row| row.id == UNIQUE_ID).and_then(|row| row.doc.catalogue.as_ref());
    if marked.is_none_or(|mark| mark.fingerprint != fingerprint) {
        let doc = Doc {
            created_at: Some(now),
            catalogue: Some(Mark { fingerprint, since: now }),
            ..Doc::default()
        };
        let given = environment.get("DEPLOYMENT_ID").or_else(|| environment.get(UNIQUE_ID));
        additions.push(generated(UNIQUE_ID, given.unwrap_or(&first.unique_id), doc));
    }
    if !stored.contains(SECRET_URL) {
        let given = environment.get(SECRET_URL).unwrap_or(&first.secret_url);
        additions.push(generated(SECRET_URL, given, Doc::default()));
    }
    let new = catalogue.definitions().iter().filter(|definition| {
        definition.kind != Kind::Group && definition.id != UNIQUE_ID && definition.id != SECRET_URL
    });
    for definition in new.filter(|definition| !stored.contains(definition.id.as_ref())) {
        let Some(value) = initial(definition, environment)? else { continue };
        if value != default_value(definition, environment) {
            let doc = Doc { initial: Some(value.clone()), ..Doc::default() };
            additions.push(Stored { id: definition.id.clone().into(), value, doc, updated_at: now });
        }
    }
    Ok(additions)
}
