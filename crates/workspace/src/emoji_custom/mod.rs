//! Emoji that a workspace adds to those of Unicode.

mod change;
mod endpoints;
mod file;
mod methods;
mod rows;

use std::sync::Arc;

use gantry_accounts::streams::notify_logged;
use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use serde_json::json;

use change::{Changed, Removed};

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
    registry.resource::<file::File>();
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on::<Changed, _>(|kernel, change| {
        let mut shown = json!(change.emoji);
        if let Some(before) = &change.before {
            // Clients find what they know under the old name.
            shown["previousName"] = json!(before.name);
            shown["previousExtension"] = json!(before.extension);
            shown["newFile"] = json!(change.new_file);
        }
        notify_logged(kernel, "updateEmojiCustom", &[&json!({ "emojiData": shown })]);
        Box::pin(async {})
    });
    kernel.events.on::<Removed, _>(|kernel, Removed(emoji)| {
        notify_logged(kernel, "deleteEmojiCustom", &[&json!({ "emojiData": emoji })]);
        Box::pin(async {})
    });
}
