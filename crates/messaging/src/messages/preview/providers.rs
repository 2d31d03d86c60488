//! Sites that answer with a preview themselves (oEmbed).

use std::sync::LazyLock;

use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use regex::Regex;
use serde_json::Map;

use super::html::camel_case;

/// Links of a provider and where it answers.
const PROVIDERS: [(&str, &str); 7] = [
    (r"^https?://(?:www\.|m\.|music\.)?youtube\.com/|^https?://youtu\.be/", "https://www.youtube.com/oembed"),
    (r"^https?://(?:player\.)?vimeo\.com/", "https://vimeo.com/api/oembed.json"),
    (r"^https?://(?:www\.)?soundcloud\.com/", "https://soundcloud.com/oembed"),
    (r"^https?://open\.spotify\.com/", "https://open.spotify.com/oembed"),
    (r"^https?://(?:www\.)?dailymotion\.com/", "https://www.dailymotion.com/services/oembed"),
    (r"^https?://(?:www\.)?tiktok\.com/", "https://www.tiktok.com/oembed"),
    (r"^https?://(?:twitter|x)\.com/.+/status/", "https://publish.twitter.com/oembed"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    PROVIDERS.iter().map(|(links, at)| (Regex::new(links).expect("a literal pattern"), *at)).collect()
});

/// Where the provider of a link answers for it.
pub(super) fn oembed(link: &str) -> Option<String> {
    let (_, at) = PATTERNS.iter().find(|(links, _)| links.is_match(link))?;
    let escaped = percent::value(link);
    Some(format!("{at}?format=json&maxheight=200&url={escaped}"))
}

/// The provider's answer under upstream's names (`title` is `oembedTitle`).
pub(super) fn meta(link: &str, body: &[u8]) -> Map<String, Value> {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return Map::new() };
    let mut meta = Map::new();
    for (name, value) in answer {
        let value = match value {
            Value::String(text) if !text.contains('\0') => Value::String(text),
            value @ (Value::Number(_) | Value::Bool(_)) => value,
            _ => continue,
        };
        meta.insert(camel_case(&format!("oembed {}", name.replace('_', " "))), value);
    }
    if let Some(Value::String(html)) = meta.get_mut("oembedHtml") {
        *html = html.replacen("iframe", "iframe style=\"max-width: 100%;width:400px;height:225px\"", 1);
    }
    meta.insert("oembedUrl".to_owned(), link.into());
    meta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_is_asked_for_at_its_provider() {
        let at = oembed("https://www.youtube.com/watch?v=x").expect("a provider");
        assert_eq!(
            at,
            "https://www.youtube.com/oembed?format=json&maxheight=200&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Dx"
        );
        assert_eq!(oembed("https://example.com/youtube.com/"), None);
    }

    #[test]
    fn the_answer_fits_the_message() {
        let meta =
            meta("l", br#"{"title":"T","author_name":"A","html":"<iframe src=\"x\"></iframe>","x":[1]}"#);
        assert_eq!(
            Value::Object(meta),
            json!({
                "oembedTitle": "T", "oembedAuthorName": "A", "oembedUrl": "l",
                "oembedHtml": "<iframe style=\"max-width: 100%;width:400px;height:225px\" src=\"x\"></iframe>",
            })
        );
    }
}
