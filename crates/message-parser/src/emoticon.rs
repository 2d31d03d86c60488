//! ASCII emoticons. One counts if a blank, an end or another item follows.

use crate::ast::{Emoji, Inline, Plain};
use crate::memo::{Ask, Content, Open};
use crate::parser::{Parser, Sink};
use crate::source::is_space;

/// What is written and the short code it stands for. The first that matches
/// is taken.
const EMOTICONS: &[(&str, &str)] = &[
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
    (";)", "wink"),
    (";-)", "wink"),
    (";-]", "wink"),
    (";]", "wink"),
    (";D", "wink"),
    (";^)", "wink"),
    (";(", "cry"),
    (";-(", "cry"),
    ("</3", "broken_heart"),
    ("<3", "heart"),
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
    ("D:", "fearful"),
    ("B-)", "sunglasses"),
    ("B)", "sunglasses"),
    ("B-D", "sunglasses"),
    ("8)", "sunglasses"),
    ("8-)", "sunglasses"),
    ("8-D", "sunglasses"),
    ("':)", "sweat_smile"),
    ("':-)", "sweat_smile"),
    ("'=)", "sweat_smile"),
    ("':D", "sweat_smile"),
    ("':-D", "sweat_smile"),
    ("'=D", "sweat_smile"),
    ("':(", "sweat"),
    ("':-(", "sweat"),
    ("'=(", "sweat"),
    ("O:-)", "innocent"),
    ("O:)", "innocent"),
    ("O;-)", "innocent"),
    ("O=)", "innocent"),
    ("O:-3", "innocent"),
    ("O:3", "innocent"),
    ("O_O", "open_mouth"),
    ("0:-3", "innocent"),
    ("0:3", "innocent"),
    ("0:-)", "innocent"),
    ("0:)", "innocent"),
    ("0;^)", "innocent"),
    ("0;-)", "innocent"),
    ("*-)", "wink"),
    ("*)", "wink"),
    ("*\\0/*", "person_gesturing_ok"),
    ("*\\O/*", "person_gesturing_ok"),
    ("X-P", "stuck_out_tongue_winking_eye"),
    ("X)", "dizzy_face"),
    ("X-)", "dizzy_face"),
    ("#-)", "dizzy_face"),
    ("#)", "dizzy_face"),
    ("%-)", "dizzy_face"),
    ("%)", "dizzy_face"),
    ("(y)", "thumbsup"),
    ("-___-", "expressionless"),
    ("-__-", "expressionless"),
    ("-_-", "expressionless"),
    ("\\0\\/", "person_gesturing_ok"),
    ("\\O\\/", "person_gesturing_ok"),
];

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
        let first = self.src.byte(pos)?;
        if !b":;<>=DB8'O0*X#%(-\\".contains(&first) {
            return None;
        }
        let rest = &self.src.bytes[pos..];
        EMOTICONS.iter().copied().find(|(written, _)| rest.starts_with(written.as_bytes()))
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
