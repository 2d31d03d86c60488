//! Tables: a header, a line of dashes, rows.

use crate::ast::{Align, Block, Inline, SourceRange, Table, TableCell, TableRow};
use crate::parser::{Parser, Sink};
use crate::reduce::{is_script_space, reduce};
use crate::source::is_blank;

/// Most cells that a table's rows may lack. A row that would go beyond starts
/// something new: a broad header must not multiply with the rows below.
const MAX_MISSING: usize = 10_000;

/// Where a cell's text starts and ends.
type Cell = (usize, usize);

impl Parser<'_> {
    pub(crate) fn table(&mut self, pos: usize) -> Option<(Block, usize)> {
        let (header, dashes) = self.row(pos)?;
        let (aligns, body) = self.dashes(dashes)?;
        let mut rows = Vec::new();
        let mut end = body;
        let columns = header.len();
        let mut missing = 0;
        while let Some((cells, next)) = self.row(end) {
            missing += columns.saturating_sub(cells.len());
            if missing > MAX_MISSING {
                break;
            }
            rows.push(cells);
            end = next;
        }
        let rows = rows.iter().map(|cells| TableRow { value: self.cells(cells, columns, &aligns) }).collect();
        let value = Table { header: self.cells(&header, columns, &aligns), rows };
        let fallback = SourceRange(self.src.utf16(pos), self.src.utf16(end));
        Some((Block::Table { value, fallback }, end))
    }

    /// `|` and one or more cells that end with `|`.
    fn row(&mut self, pos: usize) -> Option<(Vec<Cell>, usize)> {
        if !self.src.is(pos, b'|') {
            return None;
        }
        let mut cells = Vec::new();
        let mut from = pos + 1;
        loop {
            let mut to = from;
            while let Some(next) = self.cell_item(to, &mut Sink::nowhere()) {
                to = next;
            }
            if !self.src.is(to, b'|') {
                break;
            }
            cells.push((from, to));
            from = to + 1;
        }
        let end = self.src.line_end(from).unwrap_or(from);
        (!cells.is_empty()).then_some((cells, end))
    }

    fn cell_item(&mut self, pos: usize, out: &mut Sink) -> Option<usize> {
        if self.src.has(pos, "\\|") {
            out.text("|");
            return Some(pos + 2);
        }
        if self.src.is(pos, b'|') || self.at_line_break(pos) {
            return None;
        }
        self.line_item(pos, out)
    }

    /// `|---|:-:|`
    fn dashes(&self, pos: usize) -> Option<(Vec<Option<Align>>, usize)> {
        if !self.src.is(pos, b'|') {
            return None;
        }
        let mut aligns = Vec::new();
        let mut at = pos + 1;
        while let Some((align, end)) = self.dashes_cell(at) {
            aligns.push(align);
            at = end;
        }
        (!aligns.is_empty()).then(|| (aligns, self.src.line_end(at).unwrap_or(at)))
    }

    fn dashes_cell(&self, pos: usize) -> Option<(Option<Align>, usize)> {
        let mut at = self.src.skip(pos, is_blank);
        let left = self.src.is(at, b':');
        at += usize::from(left);
        let dashes = self.src.skip(at, |byte| byte == b'-');
        if dashes == at {
            return None;
        }
        let right = self.src.is(dashes, b':');
        let end = self.src.skip(dashes + usize::from(right), is_blank);
        let align = match (left, right) {
            (true, true) => Some(Align::Center),
            (false, true) => Some(Align::Right),
            (true, false) => Some(Align::Left),
            (false, false) => None,
        };
        self.src.is(end, b'|').then_some((align, end + 1))
    }

    /// As many cells as there are columns: missing ones are empty.
    fn cells(&mut self, cells: &[Cell], columns: usize, aligns: &[Option<Align>]) -> Vec<TableCell> {
        (0..columns)
            .map(|at| {
                let value = cells.get(at).map(|&cell| self.cell(cell)).unwrap_or_default();
                TableCell { align: aligns.get(at).copied().flatten(), value }
            })
            .collect()
    }

    fn cell(&mut self, (from, to): Cell) -> Vec<Inline> {
        let mut nodes = Vec::new();
        let mut at = from;
        while at < to
            && let Some(next) = self.cell_item(at, &mut Sink::into(&mut nodes))
        {
            at = next;
        }
        trimmed(reduce(nodes))
    }
}

/// Without blanks at either end, and without a text of nothing but blanks.
fn trimmed(mut nodes: Vec<Inline>) -> Vec<Inline> {
    if let Some(Inline::PlainText { value }) = nodes.first_mut() {
        *value = value.trim_start_matches(is_script_space).to_owned();
        if value.is_empty() {
            nodes.remove(0);
        }
    }
    if let Some(Inline::PlainText { value }) = nodes.last_mut() {
        value.truncate(value.trim_end_matches(is_script_space).len());
        if value.is_empty() {
            nodes.pop();
        }
    }
    nodes
}
