//! Formulas.

use crate::ast::{Block, Inline};
use crate::options::Katex;
use crate::parser::{Parser, Sink};

/// Where formulas may end, in order: looked up once per message.
#[derive(Default)]
pub(crate) struct Ends {
    inline: Option<Vec<u32>>,
    block: Option<Vec<u32>>,
}

impl Parser<'_> {
    pub(crate) fn inline_formula(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        let katex = self.options.katex?;
        let from = match self.src.byte(pos)? {
            b'\\' if katex.parenthesis_syntax && self.src.is(pos + 1, b'(') => pos + 2,
            b'$' if katex.dollar_syntax => pos + 1,
            _ => return None,
        };
        let bytes = self.src.bytes;
        let ends = self.formulas.inline.get_or_insert_with(|| ends(bytes, katex, b"\\)", b"$"));
        let to = first_from(ends, from)?;
        out.push(|| Inline::InlineKatex { value: self.src.slice(from, to).to_owned() });
        Some(to + if self.src.is(to, b'$') { 1 } else { 2 })
    }

    pub(crate) fn formula(&mut self, pos: usize) -> Option<(Block, usize)> {
        let katex = self.options.katex?;
        match self.src.byte(pos)? {
            b'\\' if katex.parenthesis_syntax && self.src.is(pos + 1, b'[') => {}
            b'$' if katex.dollar_syntax && self.src.is(pos + 1, b'$') => {}
            _ => return None,
        }
        let from = pos + 2;
        let bytes = self.src.bytes;
        let ends = self.formulas.block.get_or_insert_with(|| ends(bytes, katex, b"\\]", b"$$"));
        let to = first_from(ends, from)?;
        Some((Block::Katex { value: self.src.slice(from, to).to_owned() }, to + 2))
    }
}

fn ends(bytes: &[u8], katex: Katex, parenthesis: &[u8], dollar: &[u8]) -> Vec<u32> {
    (0..bytes.len())
        .filter(|&at| {
            (katex.parenthesis_syntax && bytes[at..].starts_with(parenthesis))
                || (katex.dollar_syntax && bytes[at..].starts_with(dollar))
        })
        .map(|at| at as u32)
        .collect()
}

fn first_from(ends: &[u32], from: usize) -> Option<usize> {
    ends.get(ends.partition_point(|&end| (end as usize) < from)).map(|&end| end as usize)
}
