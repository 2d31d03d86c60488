//! The values that hold now.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gantry_protocol::Timestamp;
use parking_lot::RwLock;
use serde_json::Value;

use super::{Definition, Environment, Key, SettingType};

/// The settings of the workspace, in memory. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Settings {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) state: RwLock<State>,
    pub(super) environment: Environment,
    /// `SETTINGS_HIDDEN`
    pub(super) hidden: HashSet<String>,
    /// `SETTINGS_BLOCKED`
    pub(super) blocked: HashSet<String>,
    /// `SETTINGS_REQUIRED_ON_WIZARD`
    pub(super) wizard: HashSet<String>,
    /// When the workspace was first started, in milliseconds.
    pub(super) installed_at: i64,
}

#[derive(Default)]
pub(super) struct State {
    /// In the order of the catalogue; registered ones follow.
    entries: Vec<Entry>,
    index: HashMap<Cow<'static, str>, usize>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) definition: Definition,
    pub(super) default: Arc<Value>,
    pub(super) value: Arc<Value>,
    /// The environment decides the value.
    pub(super) overwritten: bool,
    /// What the environment said when the setting met this database.
    pub(super) initial: Option<Value>,
    /// Not from the catalogue.
    pub(super) custom: bool,
    pub(super) editor: Option<String>,
    /// Milliseconds; `None` for as old as the workspace.
    pub(super) created_at: Option<i64>,
    /// Milliseconds.
    pub(super) updated_at: i64,
}

impl State {
    pub(super) fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(*self.index.get(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.get_mut(*self.index.get(id)?)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds an entry, or replaces the one of the same id.
    pub(super) fn put(&mut self, entry: Entry) {
        let id = entry.definition.id.clone();
        match self.index.get(&id) {
            Some(&at) => self.entries[at] = entry,
            None => {
                self.index.insert(id, self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Entry> {
        let at = self.index.remove(id)?;
        let removed = self.entries.remove(at);
        for place in self.index.values_mut().filter(|place| **place > at) {
            *place -= 1;
        }
        Some(removed)
    }
}

impl Settings {
    /// The value of a setting, as the type that its key says.
    ///
    /// A key is checked against the catalogue by a test; `false`, 0 or nothing is answered for one that is
    /// not there all the same (a setting that was registered and removed again).
    pub fn get<T: SettingType>(&self, key: Key<T>) -> T {
        let state = self.shared.state.read();
        state.get(key.id()).and_then(|entry| T::read(&entry.value)).unwrap_or_default()
    }

    /// The value of a setting; `None` if there is no such setting or it is a group.
    pub fn value(&self, id: &str) -> Option<Arc<Value>> {
        let state = self.shared.state.read();
        state.get(id).map(|entry| entry.value.clone()).filter(|value| !value.is_null())
    }

    /// The values of all settings whose id begins with `prefix`, by the rest of their ids, in the order of the
    /// catalogue. It reads no more than ids and values: asked at every login, it must not cost what
    /// [`Settings::all`] does.
    pub fn values_below(&self, prefix: &str) -> Vec<(String, Arc<Value>)> {
        let state = self.shared.state.read();
        let below = state.entries().iter().filter(|entry| !entry.value.is_null());
        below
            .filter_map(|entry| {
                Some((entry.definition.id.strip_prefix(prefix)?.to_owned(), entry.value.clone()))
            })
            .collect()
    }

    /// Whether a switch exists and is on, for ids that are put together while the server runs.
    pub fn flag_by_id(&self, id: &str) -> bool {
        self.shared.state.read().get(id).is_some_and(|entry| *entry.value == Value::Bool(true))
    }

    /// The text of a setting; empty if there is none.
    pub fn text_by_id(&self, id: &str) -> super::SettingText {
        let state = self.shared.state.read();
        state.get(id).and_then(|entry| SettingType::read(&entry.value)).unwrap_or_default()
    }

    /// What is known of a setting besides its value.
    pub fn definition(&self, id: &str) -> Option<Definition> {
        self.shared.state.read().get(id).map(|entry| entry.definition.clone())
    }

    /// Whether there is such a setting or group.
    pub fn exists(&self, id: &str) -> bool {
        self.shared.state.read().get(id).is_some()
    }

    /// Whether a setting is kept out of lists, by the catalogue or by `SETTINGS_HIDDEN`.
    pub fn is_hidden(&self, id: &str) -> bool {
        self.shared.state.read().get(id).is_some_and(|entry| self.shared.hides(&entry.definition))
    }

    /// Whether a setting cannot be changed, because the environment decides it or forbids it.
    pub fn is_blocked(&self, id: &str) -> bool {
        self.shared.state.read().get(id).is_some_and(|entry| self.shared.blocks(entry))
    }

    /// When the workspace was first started.
    pub fn installed_at(&self) -> Timestamp {
        Timestamp::from_millis(self.shared.installed_at)
    }

    /// `OVERWRITE_SETTING_…` variables that name no setting, for a warning at the start.
    pub fn unknown_overwrites(&self) -> Vec<String> {
        let state = self.shared.state.read();
        let unknown = self.shared.environment.overwritten().filter(|id| state.get(id).is_none());
        unknown.map(str::to_owned).collect()
    }

    /// Shows every setting that is not hidden, with the time since when it exists.
    pub(crate) fn visit_visible(&self, mut visit: impl FnMut(&Definition, Timestamp)) {
        let state = self.shared.state.read();
        for entry in state.entries().iter().filter(|entry| !self.shared.hides(&entry.definition)) {
            visit(
                &entry.definition,
                Timestamp::from_millis(entry.created_at.unwrap_or(self.shared.installed_at)),
            );
        }
    }
}

impl Shared {
    pub(super) fn hides(&self, definition: &Definition) -> bool {
        definition.hidden || self.hidden.contains(definition.id.as_ref())
    }

    pub(super) fn blocks(&self, entry: &Entry) -> bool {
        entry.overwritten || self.blocked.contains(entry.definition.id.as_ref())
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secret.
        f.debug_struct("Settings")
            .field("count", &self.shared.state.read().entries.len())
            .finish_non_exhaustive()
    }
}
