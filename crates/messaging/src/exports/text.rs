//! How a message stands in an archive, of a person or of a room. In a person's archive other people are `User_2`,
//! `User_3`, ...: whoever takes their own data along does not take other people's names.

use std::collections::HashMap;

use gantry_kernel::files::http_date;
use gantry_protocol::objects::{Attachment, FileRef, Message};
use serde_json::{Value, json};

pub(crate) use crate::pages::escape;
use crate::pages::lines;

/// The names of one archive.
pub(crate) struct Names {
    /// Whose archive it is; nobody's if all names are shown.
    own: Option<String>,
    known: HashMap<String, String>,
}

impl Names {
    /// Of an archive in which only the person of this username is named.
    pub(crate) fn only(own: &str) -> Self {
        Self { own: Some(own.to_owned()), known: HashMap::new() }
    }

    /// Of an archive in which everybody is named.
    pub(crate) fn all() -> Self {
        Self { own: None, known: HashMap::new() }
    }

    fn shown(&mut self, username: &str) -> String {
        if self.own.as_deref().is_none_or(|own| own == username) {
            return username.to_owned();
        }
        let next = self.known.len() + 2;
        self.known.entry(username.to_owned()).or_insert_with(|| format!("User_{next}")).clone()
    }

    fn author(&mut self, message: &Message) -> String {
        self.shown(message.u.username.as_deref().unwrap_or_default())
    }
}

/// What system messages say; `None` for messages of people. The author stands before it.
pub(crate) fn event(message: &Message, names: &mut Names) -> Option<String> {
    let text = &message.msg;
    Some(match message.t.as_deref()? {
        "uj" | "ut" => "joined the channel".to_owned(),
        "ujt" => "joined the team".to_owned(),
        "ul" => "left the channel".to_owned(),
        "ult" => "left the team".to_owned(),
        "au" => format!("added {}", names.shown(text)),
        "added-user-to-team" => format!("added {} to the team", names.shown(text)),
        "ru" => format!("removed {}", names.shown(text)),
        "removed-user-from-team" => format!("removed {} from the team", names.shown(text)),
        "user-muted" => format!("muted {}", names.shown(text)),
        "user-unmuted" => format!("unmuted {}", names.shown(text)),
        "subscription-role-added" => {
            let role = message.role.as_deref().unwrap_or_default();
            format!("gave {} the role {role}", names.shown(text))
        }
        "subscription-role-removed" => {
            let role = message.role.as_deref().unwrap_or_default();
            format!("took the role {role} from {}", names.shown(text))
        }
        "room_e2e_enabled" => "turned encryption on".to_owned(),
        "room_e2e_disabled" => "turned encryption off".to_owned(),
        "r" => format!("renamed the room to {text}"),
        "user-added-room-to-team" => format!("added the room {text} to the team"),
        "user-removed-room-from-team" => format!("removed the room {text} from the team"),
        "user-deleted-room-from-team" => format!("deleted the room {text} of the team"),
        "user-converted-to-team" => format!("made a team of the room {text}"),
        "user-converted-to-channel" => format!("made a room of the team {text}"),
        "wm" => "is new here".to_owned(),
        "livechat-started" => "The chat began".to_owned(),
        "livechat-close" => "The chat ended".to_owned(),
        _ => return None,
    })
}

/// One line of JSON.
pub(crate) fn json_line(message: &Message, names: &mut Names) -> String {
    let mut line = json!({
        "msg": event(message, names).unwrap_or_else(|| message.msg.clone()),
        "username": names.author(message),
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
        let links = ["title_link", "image_url", "audio_url", "video_url", "message_link"];
        let url = links.iter().find_map(|name| fields.get(*name).filter(|link| link.is_string()).cloned());
        fields.insert("url".into(), url.unwrap_or_default());
        let file = message.file.as_ref();
        fields.insert("remote".into(), file.is_none().into());
        if let Some(file) = file {
            fields.insert("fileId".into(), json!(file.id));
            fields.insert("fileName".into(), json!(file.name));
        }
    }
    shown
}

/// A paragraph of a page. Everything that people wrote is escaped.
pub(crate) fn paragraph(message: &Message, names: &mut Names) -> String {
    let words =
        event(message, names).map_or_else(|| lines(&message.msg), |text| format!("<i>{}</i>", escape(&text)));
    let author = escape(&names.author(message));
    let links: String = files(message)
        .map(|file| format!("<br/><a href=\"./{}\">{}</a>\n", escape(&asset_path(file)), escape(&file.name)))
        .collect();
    format!("<p><strong>{author}</strong> ({}):<br/>\n{words}\n{links}</p>\n", http_date(message.ts))
}

/// The files that a message shows.
pub(crate) fn files(message: &Message) -> impl Iterator<Item = &FileRef> {
    message.files.iter().flatten().chain(message.file.iter().filter(|_| message.files.is_none()))
}

/// Where a file lies in the archive, whatever it is called. Pages name it by what the message calls it, and so
/// it has to lie there.
pub(crate) fn asset_path(file: &FileRef) -> String {
    format!("assets/{}-{}", plain(&file.id), plain(&file.name))
}

/// A name that stays in its folder, whoever unpacks the archive.
pub(crate) fn plain(name: &str) -> String {
    let fit = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = name.chars().take(100).map(fit).collect();
    if name.trim_matches('.').is_empty() { "_".to_owned() } else { name }
}

/// The beginning of a page.
pub(crate) const PAGE: &str =
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
        let mut names = Names::only("ann");
        let line = paragraph(&said("bob", "<script>x</script>\nbye"), &mut names);
        assert!(line.contains("<strong>User_2</strong>") && line.contains("&lt;script&gt;"), "{line}");
        assert!(json_line(&said("ann", "hi"), &mut names).contains(r#""username":"ann""#));
        for t in ["au", "user-muted", "subscription-role-added"] {
            let event = Message { t: Some(t.into()), ..said("ann", "bob") };
            let line = json_line(&event, &mut names);
            assert!(line.contains("User_2") && !line.contains("bob"), "{line}");
        }
    }

    #[test]
    fn the_archive_of_a_room_names_everybody() {
        let added = Message { t: Some("au".into()), ..said("ann", "bob") };
        let line = paragraph(&added, &mut Names::all());
        assert!(line.contains("<strong>ann</strong>") && line.contains("<i>added bob</i>"), "{line}");
    }

    #[test]
    fn names_in_the_archive_stay_in_their_folder() {
        assert_eq!(plain("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(plain(".."), "_");
        assert_eq!(plain("c:\\x\n"), "c__x_");
    }
}
