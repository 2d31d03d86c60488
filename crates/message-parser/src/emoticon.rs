//! ASCII emoticons. One counts if a blank, an end or another item follows.

use crate::ast::{Emoji, Inline, Plain};
use crate::memo::{Ask, Content, Open};
use crate::parser::{Parser, Sink};
use crate::source::is_space;

/// What is written and the short code it stands for; the first that matches is
/// taken.
type Emoticons = &'static [(&'static str, &'static str)];

/// The emoticons that start with a byte.
fn starting_with(first: u8) -> Emoticons {
    match first {
        b':' => &[
            (":-D", "smiley"),
            (":D", "smiley"),
            (":')", "joy"),
            (":'-)", "joy"),
            (":-)", "slight_smile"),
            (":)", "slight_smile"),
            (":]", "slight_smile"),
            (":-*", "kissing_heart"),
            (":*", "kissing_heart"),
            (":^*", "kissing_heart"),
            (":-P", "stuck_out_tongue"),
            (":P", "stuck_out_tongue"),
            (":-Þ", "stuck_out_tongue"),
            (":Þ", "stuck_out_tongue"),
            (":-b", "stuck_out_tongue"),
            (":b", "stuck_out_tongue"),
            (":-(", "disappointed"),
            (":(", "disappointed"),
            (":-[", "disappointed"),
            (":[", "disappointed"),
            (":-/", "confused"),
            (":-.", "confused"),
            (":/", "confused"),
            (":\\", "confused"),
            (":L", "confused"),
            (":'(", "cry"),
            (":@", "angry"),
            (":$", "flushed"),
            (":-X", "no_mouth"),
            (":X", "no_mouth"),
            (":-#", "no_mouth"),
            (":#", "no_mouth"),
            (":-O", "open_mouth"),
            (":O", "open_mouth"),
        ],
        b';' => &[
            (";)", "wink"),
            (";-)", "wink"),
            (";-]", "wink"),
            (";]", "wink"),
            (";D", "wink"),
            (";^)", "wink"),
            (";(", "cry"),
            (";-(", "cry"),
        ],
        b'<' => &[("</3", "broken_heart"), ("<3", "heart")],
        b'>' => &[
            (">:)", "laughing"),
            (">;)", "laughing"),
            (">:-)", "laughing"),
            (">=)", "laughing"),
            (">.<", "persevere"),
            (">:P", "stuck_out_tongue_winking_eye"),
            (">:\\", "confused"),
            (">;/", "confused"),
            (">:(", "angry"),
            (">:-(", "angry"),
            (">:[", "disappointed"),
            (">:O", "open_mouth"),
        ],
        b'=' => &[
            ("=D", "smiley"),
            ("=]", "slight_smile"),
            ("=)", "slight_smile"),
            ("=*", "kissing_heart"),
            ("=P", "stuck_out_tongue"),
            ("=(", "disappointed"),
            ("=/", "confused"),
            ("=\\", "confused"),
            ("=L", "confused"),
            ("=$", "flushed"),
            ("=X", "no_mouth"),
            ("=#", "no_mouth"),
        ],
        b'D' => &[("D:", "fearful")],
        b'B' => &[("B-)", "sunglasses"), ("B)", "sunglasses"), ("B-D", "sunglasses")],
        b'8' => &[("8)", "sunglasses"), ("8-)", "sunglasses"), ("8-D", "sunglasses")],
        b'\'' => &[
            ("':)", "sweat_smile"),
            ("':-)", "sweat_smile"),
            ("'=)", "sweat_smile"),
            ("':D", "sweat_smile"),
            ("':-D", "sweat_smile"),
            ("'=D", "sweat_smile"),
            ("':(", "sweat"),
            ("':-(", "sweat"),
            ("'=(", "sweat"),
        ],
        b'O' => &[
            ("O:-)", "innocent"),
            ("O:)", "innocent"),
            ("O;-)", "innocent"),
            ("O=)", "innocent"),
            ("O:-3", "innocent"),
            ("O:3", "innocent"),
            ("O_O", "open_mouth"),
        ],
        b'0' => &[
            ("0:-3", "innocent"),
            ("0:3", "innocent"),
            ("0:-)", "innocent"),
            ("0:)", "innocent"),
            ("0;^)", "innocent"),
            ("0;-)", "innocent"),
        ],
        b'*' => &[
            ("*-)", "wink"),
            ("*)", "wink"),
            ("*\\0/*", "person_gesturing_ok"),
            ("*\\O/*", "person_gesturing_ok"),
        ],
        b'X' => &[("X-P", "stuck_out_tongue_winking_eye"), ("X)", "dizzy_face"), ("X-)", "dizzy_face")],
        b'#' => &[("#-)", "dizzy_face"), ("#)", "dizzy_face")],
        b'%' => &[("%-)", "dizzy_face"), ("%)", "dizzy_face")],
        b'(' => &[("(y)", "thumbsup")],
        b'-' => &[("-___-", "expressionless"), ("-__-", "expressionless"), ("-_-", "expressionless")],
        b'\\' => &[("\\0\\/", "person_gesturing_ok"), ("\\O\\/", "person_gesturing_ok")],
        _ => &[],
    }
}

impl Parser<'_> {
    /// An emoticon, whatever follows.
    pub(crate) fn bare_emoticon(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let (written, short_code) = self.emoticon_at(pos)?;
        out.push(|| {
            Inline::Emoji(Emoji::Short {
                value: Plain(written.to_owned()),
                short_code: short_code.to_owned(),
            })
        });
        Some(pos + written.len())
    }

    pub(crate) fn emoticon(
        &mut self,
        content: Content,
        open: Open,
        pos: usize,
        out: &mut Sink,
    ) -> Option<usize> {
        self.emoticon_at(pos)?;
        if !self.emoticon_counts(content, open, pos) {
            return None;
        }
        self.bare_emoticon(pos, out)
    }

    fn emoticon_at(&self, pos: usize) -> Option<(&'static str, &'static str)> {
        if !self.options.emoticons {
            return None;
        }
        let group = starting_with(self.src.byte(pos)?);
        let second = if group.is_empty() { return None } else { self.src.byte(pos + 1)? };
        let rest = &self.src.bytes[pos..];
        group.iter().copied().find(|(written, _)| {
            let written = written.as_bytes();
            written[1] == second && rest.starts_with(written)
        })
    }

    /// An emoticon may be followed by an emoticon, which counts only if
    /// something follows it: a row of them is looked at from its end.
    fn emoticon_counts(&mut self, content: Content, open: Open, pos: usize) -> bool {
        let ask = Ask::Emoticon(content, open);
        let mut row = Vec::new();
        let mut at = pos;
        while self.memo.get(ask, at).is_none()
            && let Some((written, _)) = self.emoticon_at(at)
        {
            row.push((at, at + written.len()));
            at += written.len();
        }
        for (start, end) in row.into_iter().rev() {
            let counts = self.may_follow_emoticon(content, open, end);
            self.memo.set(ask, start, counts.then_some(end));
        }
        matches!(self.memo.get(ask, pos), Some(Some(_)))
    }

    fn may_follow_emoticon(&mut self, content: Content, open: Open, pos: usize) -> bool {
        match self.src.byte(pos) {
            None | Some(b'*') => return true,
            Some(byte) if is_space(byte) => return true,
            Some(b'_') if content == Content::Italic => return true,
            Some(_) => {}
        }
        let mut nowhere = Sink::nowhere();
        match content {
            Content::Bold => self.bold_preferred(open, pos, &mut nowhere),
            Content::Italic => self.italic_preferred(open, pos, &mut nowhere),
            _ => self.inline_item(pos, &mut nowhere),
        }
        .is_some()
    }
}
