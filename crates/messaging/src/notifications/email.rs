//! Notifications by mail, for people who are not connected.
//! Upstream: `apps/meteor/app/lib/server/functions/notifications/email.js`.

use gantry_accounts::mail::{self, Mail};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, Room, RoomType, User};

use crate::events::MessageSaved;
use crate::pages::{escape, lines};

/// Sends a mail to the first confirmed address of a member, if there is one.
pub(super) fn send(kernel: &Kernel, event: &MessageSaved, user: &User, mentioned: bool) {
    let Some(address) = user.emails.iter().flatten().find(|email| email.verified).map(|email| &email.address)
    else {
        return;
    };
    let letter = write(kernel, &event.message, &event.room, mentioned);
    kernel.events.publish::<Mail>(mail::page(kernel, address, &letter.0, &letter.1));
}

/// Subject and page.
fn write(kernel: &Kernel, message: &Message, room: &Room, mentioned: bool) -> (String, String) {
    let settings = &kernel.settings;
    let real = message.u.name.as_deref().filter(|_| settings.get(keys::UI_Use_Real_Name));
    let author = real.or(message.u.username.as_deref()).unwrap_or_default();
    let one_to_one = room.t == RoomType::Direct && room.uids.as_ref().is_none_or(|uids| uids.len() <= 2);
    let subject = match (one_to_one, mentioned) {
        (true, _) => settings.get(keys::Offline_DM_Email),
        (false, true) => settings.get(keys::Offline_Mention_Email),
        (false, false) => settings.get(keys::Offline_Mention_All_Email),
    };
    let place = room.fname.as_deref().or(room.name.as_deref()).unwrap_or_default();
    let subject = fill(&subject, author, place, &settings.text_by_id("Site_Name"));
    let link = link(&settings.get(keys::Site_Url), room, message);
    let content = content(
        settings.get(keys::Email_notification_show_message),
        message,
        author,
        (!one_to_one).then_some(place),
    );
    (
        subject,
        format!("<p>{content}</p>\n<p><a class=\"btn\" href=\"{}\">Go to message</a></p>", escape(&link)),
    )
}

/// Puts names into a subject; what a name itself contains is not looked at again.
fn fill(template: &str, user: &str, room: &str, site: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('[') {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let known = [("[User]", user), ("[Room]", room), ("[Site_Name]", site)];
        match known.into_iter().find(|(name, _)| tail.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = &tail[name.len()..];
            }
            None => {
                out.push('[');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    // A subject is one line.
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(site: &str, room: &Room, message: &Message) -> String {
    let site = site.trim_end_matches('/');
    let name = room.name.as_deref().unwrap_or(&room.id);
    let path = match room.t {
        RoomType::Channel => format!("channel/{name}"),
        RoomType::Private => format!("group/{name}"),
        RoomType::Direct => format!("direct/{}", room.id),
        _ => format!("live/{}", room.id),
    };
    format!("{site}/{path}?msg={}", message.id)
}

/// Who wrote where, and where the workspace allows it, what. All of it is escaped.
fn content(shows_message: bool, message: &Message, author: &str, place: Option<&str>) -> String {
    let author = escape(author);
    let header = |did: &str, to: &str| match place {
        Some(place) => format!("<strong>{author}</strong> {did} in <strong>#{}</strong>", escape(place)),
        None => format!("<strong>{author}</strong> {to}"),
    };
    let sent = header("sent a message", "sent you a message");
    if message.t.as_deref() == Some("e2e") && message.file.is_none() {
        return if shows_message { "Encrypted message, preview unavailable".to_owned() } else { sent };
    }
    if !message.msg.is_empty() {
        return if shows_message { format!("{sent}:<br/><br/>{}", lines(&message.msg)) } else { sent };
    }
    let attachment = message.attachments.iter().flatten().next();
    let described = |text: Option<&String>| text.filter(|text| !text.is_empty()).map(|text| lines(text));
    let (header, parts) = match &message.file {
        Some(file) => {
            let name = &file.name;
            let description = described(attachment.and_then(|attachment| attachment.description.as_ref()));
            (header("uploaded a file", "sent you a file"), [Some(escape(name)), description])
        }
        None => {
            let of = |get: fn(&gantry_protocol::objects::Attachment) -> Option<&String>| {
                described(attachment.and_then(get))
            };
            (sent, [of(|attachment| attachment.title.as_ref()), of(|attachment| attachment.text.as_ref())])
        }
    };
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    if shows_message && !parts.is_empty() {
        format!("{header}:<br/><br/>{}", parts.join("<br/><br/>"))
    } else {
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_bring_markup_or_places_of_their_own() {
        let message = Message { msg: "<script>alert(1)</script>\n[Site_Name]".into(), ..Message::default() };
        let page = content(true, &message, "<b>", Some("a&b"));
        assert_eq!(
            page,
            "<strong>&lt;b&gt;</strong> sent a message in <strong>#a&amp;b</strong>:<br/><br/>\
             &lt;script&gt;alert(1)&lt;/script&gt;<br/>[Site_Name]"
        );
        assert_eq!(fill("[User] in #[Room] [x]", "[Room]", "dev", "s"), "[Room] in #dev [x]");
    }

    #[test]
    fn a_workspace_can_keep_texts_out_of_mail() {
        let message = Message { msg: "secret".into(), ..Message::default() };
        assert_eq!(content(false, &message, "ann", None), "<strong>ann</strong> sent you a message");
    }
}
