//! What clients hear when somebody gets or loses a role.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::settings::keys;
use serde_json::json;

use super::events::UserRoleChanged;
use crate::streams::notify_logged;

pub(super) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<UserRoleChanged, _>(|kernel, event| {
        if kernel.settings.get(keys::UI_DisplayRoles) {
            let kind = if event.given { "added" } else { "removed" };
            let user = json!({ "_id": event.uid, "username": event.username });
            notify_logged(kernel, "roles-change", &[&json!({ "type": kind, "_id": event.role, "u": user })]);
        }
        Box::pin(async {})
    });
}
