//! How one message looks in an export. On pages, everything that people wrote is escaped.

use gantry_kernel::files::http_date;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Attachment, Message};

use crate::pages::{escape, lines};

/// What system messages say; `None` for messages of people.
fn event(message: &Message) -> Option<String> {
    let text = &message.msg;
    Some(match message.t.as_deref()? {
        "uj" | "ut" => "joined the channel".to_owned(),
        "ujt" => "joined the team".to_owned(),
        "ul" => "left the channel".to_owned(),
        "ult" => "left the team".to_owned(),
        "au" => format!("added {text}"),
        "added-user-to-team" => format!("added {text} to the team"),
        "ru" => format!("removed {text}"),
        "removed-user-from-team" => format!("removed {text} from the team"),
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

/// A message as one line of JSON.
pub(super) fn json_line(message: &Message) -> String {
    let mut line = json!({
        "msg": event(message).unwrap_or_else(|| message.msg.clone()),
        "username": message.u.username,
        "ts": message.ts.to_iso(),
    });
    if let Some(attachments) = &message.attachments {
        line["attachments"] = attachments.iter().map(|attachment| described(message, attachment)).collect();
    }
    if let Some(t) = &message.t {
        line["type"] = json!(t);
    }
    line.to_string()
}

fn described(message: &Message, attachment: &Attachment) -> Value {
    let mut shown = json!(attachment);
    let kept = [
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
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| kept.contains(&name.as_str()));
    }
    let links = ["title_link", "image_url", "audio_url", "video_url", "message_link"];
    let url = links.iter().find_map(|name| shown.get(*name).filter(|link| link.is_string())).cloned();
    shown["url"] = url.unwrap_or(Value::Null);
    shown["remote"] = json!(message.file.is_none());
    if let Some(file) = &message.file {
        shown["fileId"] = json!(file.id);
        shown["fileName"] = json!(file.name);
    }
    shown
}

/// A message as a paragraph; `asset` is where its file lies in the archive.
pub(super) fn paragraph(message: &Message, asset: Option<&str>) -> String {
    let text = match event(message) {
        Some(text) => format!("<i>{}</i>", escape(&text)),
        None => lines(&message.msg),
    };
    let author = escape(message.u.username.as_deref().unwrap_or_default());
    let link = asset.map_or_else(String::new, |asset| {
        let title = message.attachments.iter().flatten().find_map(|attachment| attachment.title.as_deref());
        let title = escape(title.filter(|title| !title.is_empty()).unwrap_or("Attachment"));
        format!("\n<br/><a href=\"./{}\">{title}</a>", escape(asset))
    });
    format!("<p><strong>{author}</strong> ({}):<br/>\n{text}{link}\n</p>", http_date(message.ts))
}

/// A message in a mail.
pub(super) fn in_mail(message: &Message) -> String {
    let author = escape(message.u.username.as_deref().unwrap_or_default());
    let text = event(message).map_or_else(|| lines(&message.msg), |text| format!("<i>{}</i>", escape(&text)));
    let mut page = format!(
        "<p style='margin-bottom: 5px'><b>{author}</b> <span style='color: #aaa; font-size: 12px'>{}</span><br/>{text}",
        http_date(message.ts)
    );
    for attachment in message.attachments.iter().flatten() {
        for text in [&attachment.title, &attachment.description, &attachment.text].into_iter().flatten() {
            page.push_str(&format!("<br/>{}", lines(text)));
        }
    }
    page.push_str("</p>");
    page
}
