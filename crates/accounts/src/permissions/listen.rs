//! What follows from a changed permission or role.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::permissions::{Change, RoleAction, RoleChanged};
use gantry_kernel::settings::keys;
use serde_json::{Value, json};

use super::Written;
use crate::streams::{notify_logged, publish};

pub(super) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Written, _>(|kernel, event| {
        kernel.permissions.apply(&event.0);
        tell(kernel, &event.0);
        match &event.0 {
            Change::Permission(changed) => kernel.events.publish(changed.clone()),
            Change::Role(changed) => kernel.events.publish(changed.clone()),
        }
        Box::pin(async {})
    });
}

fn tell(kernel: &Kernel, change: &Change) {
    match change {
        Change::Permission(changed) => {
            if let Some(document) = kernel.permissions.document(&changed.id) {
                notify_logged(kernel, "permissions-changed", &[&"updated", &document]);
            }
        }
        Change::Role(changed) => role(kernel, changed),
    }
}

fn role(kernel: &Kernel, RoleChanged { role, action }: &RoleChanged) {
    let mut document = role.document();
    let kind = if *action == RoleAction::Removed { "removed" } else { "changed" };
    if let Value::Object(fields) = &mut document {
        fields.insert("type".into(), kind.into());
    }
    publish(kernel, "roles", "roles", &[&document]);
    if *action != RoleAction::Removed && kernel.settings.get(keys::UI_DisplayRoles) {
        notify_logged(kernel, "roles-change", &[&json!({ "type": "changed", "_id": role.id })]);
    }
}
