//! How a message stands in an archive. Other people are `User_2`, `User_3`, ...: whoever takes their own data
//! along does not take other people's names.

use std::collections::HashMap;

use gantry_protocol::objects::{Attachment, Message};
use serde_json::{Value, json};

pub(super) use crate::pages::escape;

/// The names of one archive.
pub(super) struct Names {
    own: String,
    known: HashMap<String, String>,
}

impl Names {
    pub(super) fn new(own: &str) -> Self {
        Self { own: own.to_owned(), known: HashMap::new() }
    }

    fn shown(&mut self, username: &str) -> String {
        if username == self.own {
            return self.own.clone();
        }
        let next = self.known.len() + 2;
        self.known.entry(username.to_owned()).or_insert_with(|| format!("User_{next}")).clone()
    }
}

/// The words of a message; system messages say what happened.
fn words(message: &Message, author: &str, names: &mut Names) -> String {
    match message.t.as_deref() {
        Some("uj") => "joined the channel".to_owned(),
        Some("ul") => "left the channel".to_owned(),
        Some("ujt") => "joined the team".to_owned(),
        Some("ult") => "left the team".to_owned(),
        Some("au" | "added-user-to-team") => format!("{author} added {}", names.shown(&message.msg)),
        Some("ru" | "removed-user-from-team") => format!("{author} removed {}", names.shown(&message.msg)),
        Some("r") => format!("{author} renamed the room to {}", message.msg),
        Some("wm") => format!("Welcome {author}"),
        Some("livechat-close") => "The conversation is finished".to_owned(),
        Some("livechat-started") => "The chat has started".to_owned(),
        _ => message.msg.clone(),
    }
}

/// One line of JSON.
pub(super) fn json_line(message: &Message, names: &mut Names) -> String {
    let author = names.shown(message.u.username.as_deref().unwrap_or_default());
    let mut line = json!({
        "msg": words(message, &author, names),
        "username": author,
        "ts": message.ts.to_iso(),
    });
    if let Some(t) = &message.t {
        line["type"] = json!(t);
    }
    if let Some(attachments) = &message.attachments {
        line["attachments"] = attachments.iter().map(|one| attachment(one, message)).collect();
    }
    format!("{line}\n")
}

fn attachment(attachment: &Attachment, message: &Message) -> Value {
    const KEPT: &[&str] = &[
        "type",
        "title",
        "title_link",
        "image_url",
        "audio_url",
        "video_url",
        "message_link",
        "image_type",
        "image_size",
        "video_size",
        "video_type",
        "audio_size",
        "audio_type",
    ];
    let mut shown = serde_json::to_value(attachment).unwrap_or_default();
    if let Value::Object(fields) = &mut shown {
        fields.retain(|name, _| KEPT.contains(&name.as_str()));
        let url = ["title_link", "image_url", "audio_url", "video_url", "message_link"];
        let url = url.iter().find_map(|name| fields.get(*name).cloned()).unwrap_or_default();
        fields.insert("url".into(), url);
        let file = message.file.as_ref();
        fields.insert("remote".into(), file.is_none().into());
        if let Some(file) = file {
            fields.insert("fileId".into(), json!(file.id));
            fields.insert("fileName".into(), json!(file.name));
        }
    }
    shown
}

/// A paragraph of a page.
pub(super) fn paragraph(message: &Message, names: &mut Names) -> String {
    let author = names.shown(message.u.username.as_deref().unwrap_or_default());
    let words = escape(&words(message, &author, names)).replace('\n', "<br/>");
    let words = if message.t.is_some() { format!("<i>{words}</i>") } else { words };
    let time = message.ts.to_iso();
    let files = message.files.iter().flatten().chain(message.file.iter().filter(|_| message.files.is_none()));
    let links = files.map(|file| {
        let name = file.name.as_str();
        format!("<br/><a href=\"./{}\">{}</a>\n", escape(&asset_path(&file.id, name)), escape(name))
    });
    let links: String = links.collect();
    format!("<p><strong>{}</strong> ({time}):<br/>\n{words}\n{links}</p>\n", escape(&author))
}

/// Where a file lies in the archive, whatever it is called.
pub(super) fn asset_path(id: &str, name: &str) -> String {
    let fit = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = name.chars().take(100).map(fit).collect();
    format!("assets/{id}-{name}")
}

/// The beginning of a page.
pub(super) const PAGE: &str =
    "<!DOCTYPE html>\n<meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\">\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn said(username: &str, msg: &str) -> Message {
        let mut message = Message { msg: msg.into(), ..Message::default() };
        message.u.username = Some(username.into());
        message
    }

    #[test]
    fn other_people_are_not_named_and_nothing_runs_in_a_page() {
        let mut names = Names::new("ann");
        let line = paragraph(&said("bob", "<script>x</script>\nbye"), &mut names);
        assert!(line.contains("<strong>User_2</strong>") && line.contains("&lt;script&gt;"), "{line}");
        assert!(json_line(&said("ann", "hi"), &mut names).contains(r#""username":"ann""#));
        let added = Message { t: Some("au".into()), ..said("ann", "bob") };
        assert!(json_line(&added, &mut names).contains("ann added User_2"));
    }
}
