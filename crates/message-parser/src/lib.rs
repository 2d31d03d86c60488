//! Message text to the `md` tree, with the same answers as the npm package
//! `@rocket.chat/message-parser` (0.32), which Rocket.Chat's clients render.
//!
//! [`parse`] takes time and memory in proportion to the text, nests no deeper
//! than the kinds of emphasis there are, and accepts every string.
//!
//! How that is done: recognizing is kept apart from building. A construct is
//! first recognized, which only yields where it ends; ends are remembered per
//! position and context (which emphasis is open), so that text is not scanned
//! again however often an attempt fails around it. Nodes are built once, when
//! nothing can fail any more.

mod ast;
mod autolink;
mod block;
mod code;
mod emoji;
mod emoticon;
mod emphasis;
mod host;
mod inline;
mod katex;
mod link;
mod list;
mod memo;
mod mention;
mod options;
mod parser;
mod phone;
mod reduce;
mod source;
mod table;
mod tables;
mod timestamp;

pub use ast::{
    Align, Block, CodeLine, Emoji, Image, Inline, Link, ListItem, ListNumber, Plain, Rgba, Root, SourceRange,
    Table, TableCell, TableRow, Task, Timestamp,
};
pub use options::{Katex, Options};

/// Parses a message. An empty message has an empty tree.
///
/// ```
/// use gantry_message_parser::{Options, parse};
///
/// let tree = parse("*hi* @alice", &Options::default());
/// assert_eq!(
///     serde_json::to_string(&tree).expect("a tree is valid JSON"),
///     r#"[{"type":"PARAGRAPH","value":[{"type":"BOLD","value":[{"type":"PLAIN_TEXT","value":"hi"}]},{"type":"PLAIN_TEXT","value":" "},{"type":"MENTION_USER","value":{"type":"PLAIN_TEXT","value":"alice"}}]}]"#
/// );
/// ```
pub fn parse(text: &str, options: &Options) -> Root {
    parser::Parser::new(text, options).root()
}
