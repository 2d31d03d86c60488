//! How one message looks in a mail. Everything that people wrote is escaped.

use gantry_kernel::files::http_date;
use gantry_protocol::objects::Message;

use crate::exports::text::{Names, event};
use crate::pages::{escape, lines};

/// A message in a mail.
pub(super) fn in_mail(message: &Message) -> String {
    let author = escape(message.u.username.as_deref().unwrap_or_default());
    let text = event(message, &mut Names::all())
        .map_or_else(|| lines(&message.msg), |text| format!("<i>{}</i>", escape(&text)));
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
