//! Changing settings: first in the transaction, then in memory.

use std::sync::Arc;

use gantry_protocol::Timestamp;
use gantry_store::{DbError, Tx};
use serde_json::Value;

use super::live::{Entry, Shared, State};
use super::stored::{self, Doc, Stored};
use super::{Definition, SettingError, Settings, kind, load};

/// A change that was written in a transaction and shall be applied once that has committed.
#[derive(Clone, Debug)]
pub struct Change {
    id: String,
    /// Milliseconds.
    at: i64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Value(Arc<Value>),
    Editor(String),
    Registered(Box<Stored>),
    Removed,
}

impl Change {
    /// The setting that changes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value that the setting gets, if that is what changes.
    pub fn value(&self) -> Option<&Value> {
        match &self.what {
            What::Value(value) => Some(value),
            What::Editor(_) | What::Registered(_) | What::Removed => None,
        }
    }
}

/// A setting that has changed, as listeners and clients learn of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChanged {
    /// The setting.
    pub id: String,
    /// Its value; the last one if it was removed.
    pub value: Arc<Value>,
    /// What happened.
    pub action: SettingAction,
    /// Whether everybody may see the value.
    pub public: bool,
}

/// What happened to a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingAction {
    /// It is new.
    Inserted,
    /// It has another value.
    Updated,
    /// It is gone.
    Removed,
}

impl SettingAction {
    /// The name in upstream's notifications.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Updated => "updated",
            Self::Removed => "removed",
        }
    }
}

impl Settings {
    /// Checks a value and brings it into the form that is stored, without storing it.
    ///
    /// # Errors
    /// [`SettingError::Unknown`], [`SettingError::Blocked`] unless the value is the present one, and those
    /// about the value.
    pub fn check(&self, id: &str, value: Value) -> Result<Value, SettingError> {
        let state = self.shared.state.read();
        let entry = state.get(id).ok_or_else(|| SettingError::Unknown { id: id.to_owned() })?;
        let value = kind::check(&entry.definition, value)?;
        if self.shared.blocks(entry) && value != *entry.value {
            return Err(SettingError::Blocked { id: id.to_owned() });
        }
        Ok(value)
    }

    /// Writes a value. Who may do so, and whether the setting is read-only for people, is the caller's to
    /// decide.
    ///
    /// # Errors
    /// As [`Settings::check`], and the database's.
    pub async fn set(&self, tx: &Tx, id: &str, value: Value, now: Timestamp) -> Result<Change, SettingError> {
        let value = self.check(id, value)?;
        if !self.is_blocked(id) {
            stored::set_value(tx, id, &value, now.millis()).await?;
        }
        Ok(Change { id: id.to_owned(), at: now.millis(), what: What::Value(Arc::new(value)) })
    }

    /// Adds to a number. What others add at the same time is not lost: what is stored counts, not what is in
    /// memory.
    ///
    /// # Errors
    /// As [`Settings::set`]; also of a setting that is no number.
    pub async fn add(&self, tx: &Tx, id: &str, by: i64, now: Timestamp) -> Result<Change, SettingError> {
        let stored = self.locked(tx, id, now).await?;
        let number = stored.as_i64().ok_or_else(|| SettingError::Damaged { id: id.to_owned() })?;
        self.set(tx, id, number.saturating_add(by).into(), now).await
    }

    /// Writes a value, and answers also the one that it replaces: what is stored counts, not what is in memory.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub async fn replace(
        &self,
        tx: &Tx,
        id: &str,
        value: Value,
        now: Timestamp,
    ) -> Result<(Value, Change), SettingError> {
        let before = match self.value(id) {
            // What the environment decides is not stored.
            Some(value) if self.is_blocked(id) => Value::clone(&value),
            _ => self.locked(tx, id, now).await?,
        };
        Ok((before, self.set(tx, id, value, now).await?))
    }

    /// The stored value, which nobody else changes until the transaction ends.
    async fn locked(&self, tx: &Tx, id: &str, now: Timestamp) -> Result<Value, SettingError> {
        let default = self.shared.state.read().get(id).map(|entry| Value::clone(&entry.default));
        let default = default.ok_or_else(|| SettingError::Unknown { id: id.to_owned() })?;
        stored::lock_value(tx, id, &default, now.millis()).await
    }

    /// Writes the default value.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub async fn reset(&self, tx: &Tx, id: &str, now: Timestamp) -> Result<Change, SettingError> {
        let default = self.shared.state.read().get(id).map(|entry| Value::clone(&entry.default));
        self.set(tx, id, default.ok_or_else(|| SettingError::Unknown { id: id.to_owned() })?, now).await
    }

    /// Writes how a colour is edited: `color` or `expression`.
    ///
    /// # Errors
    /// [`SettingError::Unknown`] and the database's.
    pub async fn set_editor(
        &self,
        tx: &Tx,
        id: &str,
        editor: &str,
        now: Timestamp,
    ) -> Result<Change, SettingError> {
        let value = self.value(id).ok_or_else(|| SettingError::Unknown { id: id.to_owned() })?;
        let doc = Doc { editor: Some(editor.to_owned()), ..stored::doc(tx, id).await? };
        stored::set_doc(tx, id, &doc, &value, now.millis()).await?;
        Ok(Change { id: id.to_owned(), at: now.millis(), what: What::Editor(editor.to_owned()) })
    }

    /// Adds settings that the catalogue does not have: those of a custom sign-in service
    /// ([`super::Catalogue::custom_oauth`]) or of an app. They stay until they are unregistered. Those that
    /// are there already are left as they are.
    ///
    /// # Errors
    /// A default, or an environment variable, that its setting does not take; the database's.
    pub async fn register(
        &self,
        tx: &Tx,
        definitions: Vec<Definition>,
        now: Timestamp,
    ) -> Result<Vec<Change>, SettingError> {
        let mut changes = Vec::new();
        for definition in definitions {
            let id = definition.id.to_string();
            if self.exists(&id) {
                continue;
            }
            let environment = &self.shared.environment;
            let given = load::initial(&definition, environment)?;
            let value = match &given {
                Some(value) => value.clone(),
                None => kind::check(&definition, super::catalogue::default_value(&definition, environment))?,
            };
            let row = Stored {
                id: id.clone(),
                value,
                doc: Doc {
                    definition: Some(definition),
                    created_at: Some(now.millis()),
                    initial: given,
                    ..Doc::default()
                },
                updated_at: now.millis(),
            };
            stored::insert(tx, &row).await?;
            stored::forget_removal(tx, &id).await?;
            changes.push(Change { id, at: now.millis(), what: What::Registered(Box::new(row)) });
        }
        Ok(changes)
    }

    /// Removes settings that were registered.
    ///
    /// # Errors
    /// [`SettingError::Unknown`], [`SettingError::BuiltIn`] and the database's.
    pub async fn unregister(
        &self,
        tx: &Tx,
        ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<Change>, SettingError> {
        let mut changes = Vec::new();
        for id in ids {
            match self.shared.state.read().get(id) {
                None => return Err(SettingError::Unknown { id: id.clone() }),
                Some(entry) if !entry.custom => return Err(SettingError::BuiltIn { id: id.clone() }),
                Some(_) => {}
            }
            stored::remove(tx, id, now.millis()).await?;
            changes.push(Change { id: id.clone(), at: now.millis(), what: What::Removed });
        }
        Ok(changes)
    }

    /// Makes a committed change visible to all readers; `None` if it changes nothing. Changes are applied in
    /// the order of their commits.
    pub fn apply(&self, change: &Change) -> Option<SettingChanged> {
        let mut state = self.shared.state.write();
        match &change.what {
            What::Value(value) => {
                let entry = state.get_mut(&change.id)?;
                if entry.value == *value {
                    return None;
                }
                entry.value = value.clone();
                entry.updated_at = change.at;
                Some(changed(entry, SettingAction::Updated))
            }
            What::Editor(editor) => {
                let entry = state.get_mut(&change.id)?;
                entry.editor = Some(editor.clone());
                entry.updated_at = change.at;
                Some(changed(entry, SettingAction::Updated))
            }
            What::Registered(row) => {
                let mut row = Stored::clone(row);
                let definition = row.doc.definition.take()?;
                // Checked when it was written, with the same environment.
                let mut entry =
                    load::entry(definition, Some(row), &self.shared.environment, change.at).ok()?;
                entry.custom = true;
                let event = changed(&entry, SettingAction::Inserted);
                state.put(entry);
                Some(event)
            }
            What::Removed => state.remove(&change.id).map(|entry| changed(&entry, SettingAction::Removed)),
        }
    }

    /// The settings that were unregistered after `since`, and when.
    ///
    /// # Errors
    /// The database's.
    pub async fn removed_since(tx: &Tx, since: Timestamp) -> Result<Vec<(String, Timestamp)>, DbError> {
        let removed = stored::removed_since(tx, since.millis()).await?;
        Ok(removed.into_iter().map(|(id, at)| (id, Timestamp::from_millis(at))).collect())
    }
}

impl Shared {
    /// What happened between two states.
    pub(super) fn differences(&self, old: &State, new: &State) -> Vec<SettingChanged> {
        let mut changes = Vec::new();
        for entry in new.entries() {
            match old.get(&entry.definition.id) {
                None => changes.push(changed(entry, SettingAction::Inserted)),
                Some(before) if before.value != entry.value || before.editor != entry.editor => {
                    changes.push(changed(entry, SettingAction::Updated));
                }
                Some(_) => {}
            }
        }
        let gone = old.entries().iter().filter(|entry| new.get(&entry.definition.id).is_none());
        changes.extend(gone.map(|entry| changed(entry, SettingAction::Removed)));
        changes
    }
}

fn changed(entry: &Entry, action: SettingAction) -> SettingChanged {
    SettingChanged {
        id: entry.definition.id.to_string(),
        value: entry.value.clone(),
        action,
        public: entry.definition.public,
    }
}
