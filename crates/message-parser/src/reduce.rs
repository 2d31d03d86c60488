//! Joins neighbouring texts, and turns emoji that touch text back into text.

use crate::ast::{Emoji, Inline};

pub(crate) fn reduce(nodes: Vec<Inline>) -> Vec<Inline> {
    let keep: Vec<bool> = (0..nodes.len()).map(|at| !touches_text(&nodes, at)).collect();
    let mut reduced: Vec<Inline> = Vec::with_capacity(nodes.len());
    for (node, keep) in nodes.into_iter().zip(keep) {
        let node = if keep { node } else { written(node) };
        match (reduced.last_mut(), node) {
            (Some(Inline::PlainText { value }), Inline::PlainText { value: more }) => value.push_str(&more),
            (_, node) => reduced.push(node),
        }
    }
    reduced
}

/// Whether the node is a short code or an emoticon beside another emoji or text.
fn touches_text(nodes: &[Inline], at: usize) -> bool {
    if !matches!(nodes[at], Inline::Emoji(Emoji::Short { .. })) {
        return false;
    }
    let before = at.checked_sub(1).and_then(|before| nodes.get(before));
    [before, nodes.get(at + 1)].into_iter().flatten().any(|neighbour| match neighbour {
        Inline::Emoji(_) => true,
        Inline::PlainText { value } => !value.chars().all(is_script_space),
        _ => false,
    })
}

/// The emoji as it was written.
fn written(node: Inline) -> Inline {
    match node {
        Inline::Emoji(Emoji::Short { value, short_code }) if value.0 == short_code => {
            Inline::plain(format!(":{short_code}:"))
        }
        Inline::Emoji(Emoji::Short { value, .. }) => Inline::PlainText { value: value.0 },
        node => node,
    }
}

/// White space as JavaScript's `trim` and `\s` have it.
pub(crate) fn is_script_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}
