//! Sending stored files over HTTP: caching, ranges, and nothing that a browser would run.

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use gantry_protocol::Timestamp;
use http::HeaderMap;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    RANGE,
};

use super::Files;
use crate::error::{Error, Result};
use crate::percent;
use crate::resource::{Answer, AnswerBody};

/// What a client is told about a stored file.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// Key of the bytes.
    pub key: &'a str,
    /// Media type.
    pub kind: &'a str,
    /// Name to save it under; empty to say none.
    pub name: &'a str,
    /// Whether a browser may show it instead of saving it. Only believed for media that run nothing.
    pub inline: bool,
    /// Changes whenever the bytes do, without quotes.
    pub etag: &'a str,
    /// When the bytes changed last.
    pub modified: Option<Timestamp>,
    /// `Cache-Control`.
    pub cache: &'a str,
}

/// Whether a browser may show media of this kind: nothing in it runs in the workspace's name.
pub fn shows_safely(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.split_once('/') {
        Some(("image", sub)) => !sub.contains("svg") && !sub.contains("xml"),
        Some(("audio" | "video", sub)) => !sub.contains("xml"),
        _ => matches!(kind.as_str(), "text/plain" | "application/pdf"),
    }
}

impl Files {
    /// Answers a GET for a stored file: 200, 206 for a range, 304 for what the client has already, 416 for a
    /// range that is not there.
    ///
    /// # Errors
    /// 404 if there is no such file, 500 if it cannot be read.
    pub async fn send(&self, asked: &HeaderMap, file: &Sent<'_>) -> Result<Answer> {
        let size = self.size(file.key).await?.ok_or_else(|| Error::not_found("The file is not there"))?;
        let etag = format!("\"{}\"", file.etag);
        let mut answer = describe(file, &etag);
        if is_unchanged(asked, &etag, file.modified.map(http_date).as_deref()) {
            answer.status = 304;
            return Ok(answer);
        }
        let wanted = if may_range(asked, &etag, file.modified) { range(asked, size) } else { Wanted::All };
        let part = match wanted {
            Wanted::All => 0..size,
            Wanted::Part(part) => {
                answer.status = 206;
                let shown = format!("bytes {}-{}/{size}", part.start, part.end - 1);
                answer = answer.with(CONTENT_RANGE, shown);
                part
            }
            Wanted::Missing => {
                answer.status = 416;
                return Ok(answer.with(CONTENT_RANGE, format!("bytes */{size}")));
            }
        };
        answer = answer.with(CONTENT_LENGTH, (part.end - part.start).to_string());
        answer.body = AnswerBody::Stream(self.read(file.key, part).await?);
        Ok(answer)
    }
}

fn describe(file: &Sent<'_>, etag: &str) -> Answer {
    let inline = file.inline && shows_safely(file.kind);
    let mut answer = Answer::status(200)
        .with(ETAG, etag)
        .with(CACHE_CONTROL, file.cache)
        .with(ACCEPT_RANGES, "bytes")
        // Whatever the browser makes of the bytes, nothing in them runs or loads anything.
        .with(CONTENT_SECURITY_POLICY, QUIET)
        .with(CONTENT_TYPE, if file.kind.is_empty() { "application/octet-stream" } else { file.kind })
        .with(CONTENT_DISPOSITION, disposition(if inline { "inline" } else { "attachment" }, file.name));
    if let Some(modified) = file.modified {
        answer = answer.with(LAST_MODIFIED, http_date(modified));
    }
    answer
}

/// `attachment; filename*=UTF-8''a%20b.txt`, by RFC 6266 and RFC 5987.
fn disposition(how: &str, name: &str) -> String {
    if name.is_empty() {
        how.to_owned()
    } else {
        format!("{how}; filename*=UTF-8''{}", percent::extended(name))
    }
}

/// A time as HTTP headers write it, to the second.
pub fn http_date(time: Timestamp) -> String {
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(millis))
}

fn header<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The policy of a document in which nothing runs and that loads nothing.
pub const QUIET: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Whether the client has these bytes already. The tag decides where the client sent one. `modified` is a time as
/// [`http_date`] writes it.
pub fn is_unchanged(asked: &HeaderMap, etag: &str, modified: Option<&str>) -> bool {
    if let Some(tags) = header(asked, &IF_NONE_MATCH) {
        return tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag);
    }
    modified.is_some() && header(asked, &IF_MODIFIED_SINCE) == modified
}

/// Whether a range is a range of what the client has the rest of.
fn may_range(asked: &HeaderMap, etag: &str, modified: Option<Timestamp>) -> bool {
    match header(asked, &IF_RANGE) {
        None => true,
        Some(tag) if tag.starts_with('"') => tag == etag,
        Some(date) => modified.is_some_and(|modified| date == http_date(modified)),
    }
}

#[derive(Debug, PartialEq)]
enum Wanted {
    All,
    Part(Range<u64>),
    Missing,
}

/// The range that the client asks for. What is no single range of bytes is ignored, as HTTP allows.
fn range(asked: &HeaderMap, size: u64) -> Wanted {
    let Some((from, to)) = header(asked, &RANGE)
        .and_then(|value| value.strip_prefix("bytes="))
        .filter(|value| !value.contains(','))
        .and_then(|value| value.trim().split_once('-'))
    else {
        return Wanted::All;
    };
    let part = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => from..to.saturating_add(1).min(size),
        (Ok(from), Err(_)) if to.is_empty() => from..size,
        (Err(_), Ok(last)) if from.is_empty() => size.saturating_sub(last)..size,
        _ => return Wanted::All,
    };
    if part.is_empty() { Wanted::Missing } else { Wanted::Part(part) }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(value: &'static str) -> HeaderMap {
        std::iter::once((RANGE, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn one_range_of_bytes_is_understood() {
        assert_eq!(range(&asked("bytes=0-0"), 10), Wanted::Part(0..1));
        assert_eq!(range(&asked("bytes=5-"), 10), Wanted::Part(5..10));
        assert_eq!(range(&asked("bytes=-3"), 10), Wanted::Part(7..10));
        assert_eq!(range(&asked("bytes=-30"), 10), Wanted::Part(0..10));
        assert_eq!(range(&asked("bytes=8-99"), 10), Wanted::Part(8..10));
    }

    #[test]
    fn a_range_behind_the_end_is_missing_and_nonsense_is_ignored() {
        assert_eq!(range(&asked("bytes=10-"), 10), Wanted::Missing);
        assert_eq!(range(&asked("bytes=-0"), 10), Wanted::Missing);
        assert_eq!(range(&asked("bytes=18446744073709551615-18446744073709551615"), 10), Wanted::Missing);
        for odd in ["bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,3-4"] {
            assert_eq!(range(&asked(odd), 10), Wanted::All, "{odd}");
        }
    }

    #[test]
    fn nothing_that_runs_is_shown() {
        for kind in
            ["image/svg+xml", "IMAGE/SVG+XML; x=y", "text/html", "application/xhtml+xml", "text/xml", ""]
        {
            assert!(!shows_safely(kind), "{kind}");
        }
        assert!(shows_safely("image/png") && shows_safely("video/mp4") && shows_safely("application/pdf"));
    }

    #[test]
    fn names_cannot_leave_their_header() {
        assert_eq!(
            disposition("attachment", "ü\"\r\n;.txt"),
            "attachment; filename*=UTF-8''%C3%BC%22%0D%0A%3B.txt"
        );
        assert_eq!(disposition("inline", ""), "inline");
    }
}
