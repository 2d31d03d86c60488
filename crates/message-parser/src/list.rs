//! Lists and tasks.

use crate::ast::{Block, Inline, ListItem, ListNumber, Task};
use crate::memo::{Content, Open};
use crate::parser::{Parser, Sink};
use crate::reduce::reduce;
use crate::source::is_blank;

impl Parser<'_> {
    pub(crate) fn tasks(&mut self, pos: usize) -> Option<(Block, usize)> {
        let (value, end) = self.repeated(pos, Self::task)?;
        Some((Block::Tasks { value }, end))
    }

    pub(crate) fn ordered_list(&mut self, pos: usize) -> Option<(Block, usize)> {
        let (value, end) = self.repeated(pos, Self::ordered_item)?;
        Some((Block::OrderedList { value }, end))
    }

    pub(crate) fn unordered_list(&mut self, pos: usize) -> Option<(Block, usize)> {
        let (value, end) = match self.repeated(pos, Self::hyphen_item) {
            Some(list) => list,
            None => self.repeated(pos, Self::asterisk_item)?,
        };
        Some((Block::UnorderedList { value }, end))
    }

    fn repeated<T>(
        &mut self,
        pos: usize,
        item: impl Fn(&mut Self, usize) -> Option<(T, usize)>,
    ) -> Option<(Vec<T>, usize)> {
        let mut items = Vec::new();
        let mut at = pos;
        while let Some((found, end)) = item(self, at) {
            items.push(found);
            at = end;
        }
        (!items.is_empty()).then_some((items, at))
    }

    fn task(&mut self, pos: usize) -> Option<(Task, usize)> {
        let status = if self.src.has(pos, "- [x]") {
            true
        } else if self.src.has(pos, "- [ ]") {
            false
        } else {
            return None;
        };
        let (value, end) = self.line(self.after_blanks(pos + "- [x]".len())?)?;
        Some((Task { status, value }, end))
    }

    fn ordered_item(&mut self, pos: usize) -> Option<(ListItem, usize)> {
        let dot = self.digits(pos)?;
        if !self.src.is(dot, b'.') {
            return None;
        }
        let (value, end) = self.line(self.after_blanks(dot + 1)?)?;
        let number = self.src.slice(pos, dot).parse().map_or(f64::INFINITY, |number: f64| number);
        Some((ListItem { value, number: Some(ListNumber(number)) }, end))
    }

    fn hyphen_item(&mut self, pos: usize) -> Option<(ListItem, usize)> {
        if !self.src.is(pos, b'-') {
            return None;
        }
        let (value, end) = self.line(self.after_blanks(pos + 1)?)?;
        Some((ListItem { value, number: None }, end))
    }

    /// An item with an asterisk ends at an asterisk that starts nothing, and is
    /// no item then.
    fn asterisk_item(&mut self, pos: usize) -> Option<(ListItem, usize)> {
        if !self.src.is(pos, b'*') {
            return None;
        }
        let from = self.after_blanks(pos + 1)?;
        let mut to = from;
        while let Some(next) = self.asterisk_content(to, &mut Sink::nowhere()) {
            to = next;
        }
        if to == from || self.src.is(to, b'*') {
            return None;
        }
        let mut nodes = Vec::new();
        let mut at = from;
        while at < to
            && let Some(next) = self.asterisk_content(at, &mut Sink::into(&mut nodes))
        {
            at = next;
        }
        let end = self.src.line_end(to).unwrap_or(to);
        Some((ListItem { value: reduce(nodes), number: None }, end))
    }

    fn asterisk_content(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if let Some(end) = self.item(Content::Line, Open::NONE, pos, out) {
            return Some(end);
        }
        if self.src.is(pos, b'*') { None } else { self.any_in_line(pos, out) }
    }

    /// A line of at least one item, without its end.
    pub(crate) fn line(&mut self, pos: usize) -> Option<(Vec<Inline>, usize)> {
        let mut nodes = Vec::new();
        let mut at = pos;
        while let Some(next) = self.line_item(at, &mut Sink::into(&mut nodes)) {
            at = next;
        }
        if at == pos {
            return None;
        }
        Some((reduce(nodes), self.src.line_end(at).unwrap_or(at)))
    }

    /// End of one or more blanks.
    pub(crate) fn after_blanks(&self, pos: usize) -> Option<usize> {
        let end = self.src.skip(pos, is_blank);
        (end > pos).then_some(end)
    }
}
