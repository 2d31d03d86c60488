//! What follows from a changed setting.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::settings::{SettingAction, SettingChanged};
use serde_json::{Value, json};

use super::Written;
use crate::streams::{notify_all, notify_logged};

pub(super) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Written, _>(|kernel, event| {
        if let Some(changed) = kernel.settings.apply(&event.0) {
            tell(kernel, &changed);
            kernel.events.publish(changed);
        }
        Box::pin(async {})
    });
}

/// Upstream: `apps/meteor/server/modules/listeners/listeners.module.ts`, `watch.settings`.
fn tell(kernel: &Kernel, changed: &SettingChanged) {
    if changed.action != SettingAction::Removed && kernel.settings.is_hidden(&changed.id) {
        return;
    }
    let action = changed.action.name();
    let setting = shown(kernel, changed);
    if changed.public {
        notify_all(kernel, "public-settings-changed", &[&action, &setting]);
        notify_all(kernel, "public-info", &[&json!(["public-settings-changed", [action, setting]])]);
    }
    notify_logged(kernel, "private-settings-changed", &[&action, &setting]);
}

fn shown(kernel: &Kernel, changed: &SettingChanged) -> Value {
    let document = kernel.settings.document(&changed.id).unwrap_or_default();
    let mut setting = json!({ "_id": changed.id, "value": *changed.value });
    for field in ["editor", "properties", "enterprise", "requiredOnWizard"] {
        if let Some(value) = document.get(field) {
            setting[field] = value.clone();
        }
    }
    setting
}
