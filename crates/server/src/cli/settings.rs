//! `gantry setting`: what an administrator cannot reach by the administration page, or scripts.

use clap::Subcommand;
use serde_json::{Value, json};

use super::people::with;
use super::serve::Place;
use super::{Outcome, print};

/// `gantry setting …`
#[derive(Subcommand)]
pub(super) enum Setting {
    /// Prints the value of a setting
    Get {
        #[command(flatten)]
        place: Place,
        /// Which, for example Site_Name
        id: String,
    },
    /// Changes a setting
    Set {
        #[command(flatten)]
        place: Place,
        /// Which, for example Site_Name
        id: String,
        /// Its new value: text, a number, true or false, or a list as JSON
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}

pub(super) fn run(command: Setting) -> Outcome {
    match command {
        Setting::Get { place, id } => with(&place, async move |office| {
            let found = office.get(&format!("settings/{id}"), json!({})).await?;
            match &found["value"] {
                Value::String(text) => print(text),
                Value::Null => print(""),
                value => print(&value.to_string()),
            }
        }),
        Setting::Set { place, id, value } => with(&place, async move |office| {
            office.post(&format!("settings/{id}"), json!({ "value": read(value) })).await.map(drop)
        }),
    }
}

/// Numbers and switches may be written as text; lists have to be read.
fn read(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(list @ (Value::Array(_) | Value::Object(_))) => list,
        _ => Value::String(text),
    }
}
