//! Links in the text.

use gantry_protocol::objects::{Message, MessageUrl};
use serde_json::Map;

use super::patterns;

/// Lists the links of the text that stand outside code. `previews` names those that get a preview; without
/// it all do. Upstream: `apps/meteor/app/lib/server/functions/parseUrlsInMessage.ts`.
pub(super) fn find(message: &mut Message, previews: Option<&[String]>, site: &str) {
    if message.parse_urls == Some(false) {
        return;
    }
    let mut urls: Vec<MessageUrl> = Vec::new();
    if message.msg.contains("://") {
        let text = without_code(&message.msg);
        for found in patterns::URL.find_iter(&text) {
            let url = found.as_str();
            if urls.iter().any(|known| known.url == url) {
                continue;
            }
            let unwanted = previews.is_some_and(|wanted| !wanted.iter().any(|w| w == url));
            let ignore = unwanted && (site.is_empty() || !url.contains(site));
            urls.push(MessageUrl {
                url: url.to_owned(),
                meta: Map::new(),
                ignore_parse: ignore.then_some(true),
                ..MessageUrl::default()
            });
        }
    }
    message.urls = Some(urls);
}

/// The text with code blocks and code spans taken out.
fn without_code(text: &str) -> String {
    if !text.contains('`') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let fence = if rest[start..].starts_with("```") { "```" } else { "`" };
        let after = &rest[start + fence.len()..];
        let end = after.find(fence).filter(|end| fence == "```" || !after[..*end].contains('\n'));
        out.push_str(&rest[..start]);
        match end {
            Some(end) => {
                out.push(' ');
                rest = &after[end + fence.len()..];
            }
            None => {
                out.push_str(fence);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<String> {
        let mut message = Message { msg: text.into(), ..Message::default() };
        find(&mut message, None, "");
        message.urls.unwrap().into_iter().map(|url| url.url).collect()
    }

    #[test]
    fn links_in_code_are_no_links() {
        assert_eq!(
            urls("a https://a.example `https://b.example` ```\nhttps://c.example\n```"),
            ["https://a.example"]
        );
        assert_eq!(urls("an ` alone https://a.example"), ["https://a.example"]);
        assert_eq!(urls("https://a.example https://a.example"), ["https://a.example"]);
    }

    #[test]
    fn only_chosen_links_get_a_preview() {
        let mut message = Message { msg: "https://a.example https://b.example".into(), ..Message::default() };
        find(&mut message, Some(&["https://b.example".to_owned()]), "http://localhost:3000");
        let urls = message.urls.unwrap();
        assert_eq!(urls.iter().map(|url| url.ignore_parse).collect::<Vec<_>>(), [Some(true), None]);
    }
}
