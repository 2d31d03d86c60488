//! What a client may put into a message: types of the fields, and links that are safe to follow.
//!
//! Upstream checks the same before saving (`validateMessage` in
//! `apps/meteor/app/lib/server/functions/sendMessage.ts`).

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Message;
use serde_json::Map;

/// What a field must be.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Flag,
    Number,
    TextOrNumber,
    Scalar,
    List,
    Object,
    /// A link that a client puts into `href` or `src`: whole.
    Link,
    /// The same, or a path on this server.
    LinkOrPath,
}

type Fields = &'static [(&'static str, Kind)];

const MESSAGE: Fields = &[
    ("_id", Kind::Text),
    ("msg", Kind::Text),
    ("text", Kind::Text),
    ("alias", Kind::Text),
    ("emoji", Kind::Text),
    ("tmid", Kind::Text),
    ("tshow", Kind::Flag),
    ("avatar", Kind::LinkOrPath),
    ("attachments", Kind::List),
    ("blocks", Kind::List),
    ("customFields", Kind::Object),
];

const ATTACHMENT: Fields = &[
    ("color", Kind::Text),
    ("text", Kind::Text),
    ("ts", Kind::TextOrNumber),
    ("thumb_url", Kind::Link),
    ("button_alignment", Kind::Text),
    ("actions", Kind::List),
    ("message_link", Kind::Link),
    ("collapsed", Kind::Flag),
    ("author_name", Kind::Text),
    ("author_link", Kind::Link),
    ("author_icon", Kind::Link),
    ("title", Kind::Text),
    ("title_link", Kind::Link),
    ("title_link_download", Kind::Flag),
    ("image_dimensions", Kind::Object),
    ("image_url", Kind::Link),
    ("image_preview", Kind::Text),
    ("image_type", Kind::Text),
    ("image_size", Kind::Number),
    ("audio_url", Kind::Link),
    ("audio_type", Kind::Text),
    ("audio_size", Kind::Number),
    ("video_url", Kind::Link),
    ("video_type", Kind::Text),
    ("video_size", Kind::Number),
    ("fields", Kind::List),
];

const FIELD: Fields = &[("short", Kind::Flag), ("title", Kind::Text), ("value", Kind::Scalar)];

const ACTION: Fields = &[
    ("type", Kind::Text),
    ("text", Kind::Text),
    ("url", Kind::Link),
    ("image_url", Kind::Link),
    ("is_webview", Kind::Flag),
    ("webview_height_ratio", Kind::Text),
    ("msg", Kind::Text),
    ("msg_in_chat_window", Kind::Flag),
];

/// Deepest nesting of attachments that is looked at; deeper ones are refused.
const MAX_DEPTH: usize = 10;

/// Checks what a client sent as a message and makes it one.
///
/// # Errors
/// 400 with `Match error: …` if a field has the wrong type or a link is not safe.
pub fn message(mut value: Map<String, Value>) -> Result<Message> {
    check(&value, MESSAGE)?;
    if let Some(Value::Array(list)) = value.get_mut("attachments") {
        attachments(list, 0)?;
    }
    value.entry("_id").or_insert_with(|| "".into());
    value.entry("rid").or_insert_with(|| "".into());
    // Null is how some clients say "absent".
    value.retain(|_, field| !field.is_null());
    serde_json::from_value(Value::Object(value)).map_err(|error| mismatch(&error.to_string()))
}

fn attachments(list: &mut [Value], depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(mismatch("attachments are nested too deep"));
    }
    for attachment in list {
        let Value::Object(attachment) = attachment else {
            return Err(mismatch("Expected object in attachments"));
        };
        attachment.retain(|_, field| !field.is_null());
        check(attachment, ATTACHMENT)?;
        if let Some(Value::Array(fields)) = attachment.get_mut("fields") {
            for field in fields {
                let Value::Object(field) = field else { return Err(mismatch("Expected object in fields")) };
                check(field, FIELD)?;
                if let Some(value @ (Value::Bool(_) | Value::Number(_))) = field.get_mut("value") {
                    *value = value.to_string().into();
                }
            }
        }
        if let Some(Value::Array(actions)) = attachment.get("actions") {
            for action in actions {
                let Value::Object(action) = action else {
                    return Err(mismatch("Expected object in actions"));
                };
                check(action, ACTION)?;
            }
        }
        if let Some(Value::Array(inner)) = attachment.get_mut("attachments") {
            attachments(inner, depth + 1)?;
        }
    }
    Ok(())
}

fn check(object: &Map<String, Value>, fields: Fields) -> Result<()> {
    for (name, kind) in fields {
        let Some(value) = object.get(*name).filter(|value| !value.is_null()) else { continue };
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Flag => value.is_boolean(),
            Kind::Number => value.is_number(),
            Kind::TextOrNumber => value.is_string() || value.is_number() || value.get("$date").is_some(),
            Kind::Scalar => value.is_string() || value.is_number() || value.is_boolean(),
            Kind::List => value.is_array(),
            Kind::Object => value.is_object(),
            Kind::Link => value.as_str().is_some_and(safe_link),
            Kind::LinkOrPath => value.as_str().is_some_and(|text| safe_link(text) || local_path(text)),
        };
        if !fits {
            return Err(mismatch(&format!("Failed validation in field {name}")));
        }
    }
    Ok(())
}

/// An absolute web address, a picture as a `data:` address, or an uploaded file of this server.
fn safe_link(text: &str) -> bool {
    text.starts_with("https://")
        || text.starts_with("http://")
        || text.starts_with("/file-upload/")
        || text
            .strip_prefix("data:")
            .is_some_and(|data| !data.trim_start().to_lowercase().starts_with("text/html"))
}

/// A path that stays on this server and names no scheme.
fn local_path(text: &str) -> bool {
    let inside = text.strip_prefix('/').unwrap_or(text);
    !inside.is_empty()
        && !inside.starts_with(['/', '\\'])
        && inside.contains('/') | text.starts_with('/')
        && !inside.split('/').next().unwrap_or_default().contains(':')
        && !text.chars().any(char::is_control)
}

fn mismatch(what: &str) -> Error {
    Error::message(format!("Match error: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(value: Value) -> bool {
        let Value::Object(map) = value else { panic!("an object") };
        message(map).is_err()
    }

    #[test]
    fn types_are_checked_and_null_is_absent() {
        assert!(refused(json!({ "msg": 1 })));
        assert!(refused(json!({ "attachments": "x" })));
        assert!(refused(json!({ "attachments": [{ "title_link_download": "x" }] })));
        assert!(refused(json!({ "attachments": [{ "fields": [{ "title": 12 }] }] })));
        assert!(!refused(json!({ "msg": "x", "tmid": null, "attachments": null })));
    }

    #[test]
    fn links_that_run_code_are_refused() {
        for link in [
            "javascript:alert(1)",
            " javascript:alert(1)",
            "JaVaScript:x",
            "java\nscript:x",
            "vbscript:x",
            "data:text/html,x",
        ] {
            for field in ["title_link", "message_link", "author_link", "image_url", "thumb_url"] {
                assert!(refused(json!({ "attachments": [{ field: link }] })), "{field} {link:?}");
            }
            assert!(refused(json!({ "avatar": link })), "{link:?}");
            assert!(refused(json!({ "attachments": [{ "attachments": [{ "title_link": link }] }] })));
        }
        assert!(!refused(json!({ "avatar": "/avatar/alice" })));
        assert!(!refused(
            json!({ "attachments": [{ "title_link": "/file-upload/1/a.png", "image_url": "data:image/png;base64,AA==" }] })
        ));
    }

    #[test]
    fn values_of_fields_become_text() {
        let Value::Object(map) = json!({ "attachments": [{ "fields": [{ "title": "a", "value": 1 }] }] })
        else {
            panic!()
        };
        let message = message(map).unwrap();
        assert_eq!(message.attachments.unwrap()[0].fields.as_ref().unwrap()[0].value, json!("1"));
    }
}
