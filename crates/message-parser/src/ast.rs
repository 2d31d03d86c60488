//! The tree that a message is parsed into. It serializes to the JSON of the
//! `md` field of a message: every node is `{"type": ..., "value": ...}`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A parsed message: its blocks in order, or one [`Block::BigEmoji`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Root(pub Vec<Block>);

/// The piece of the message that a node stands for, as offsets in UTF-16 code
/// units: start (included) and end (excluded). Clients that do not know the
/// node show this text instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SourceRange(pub usize, pub usize);

/// A node that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Block {
    /// A line of text.
    Paragraph {
        /// What the line holds.
        value: Vec<Inline>,
    },
    /// `# title`
    Heading {
        /// 1 to 4.
        level: u8,
        /// The title.
        value: Vec<Inline>,
    },
    /// A fenced piece of code.
    Code {
        /// What stood after the fence, or `none`.
        language: String,
        /// One [`CodeLine`] a line.
        value: Vec<CodeLine>,
    },
    /// Lines that start with `>`; every one is a paragraph.
    Quote {
        /// The lines.
        value: Vec<Block>,
    },
    /// Lines between two lines of `||`; every one is a paragraph.
    SpoilerBlock {
        /// The lines.
        value: Vec<Block>,
    },
    /// `- item` or `* item`
    UnorderedList {
        /// The items.
        value: Vec<ListItem>,
    },
    /// `1. item`
    OrderedList {
        /// The items.
        value: Vec<ListItem>,
    },
    /// `- [x] task`
    Tasks {
        /// The tasks.
        value: Vec<Task>,
    },
    /// Rows of cells between `|`.
    Table {
        /// Header and rows.
        value: Table,
        /// The table's source.
        fallback: SourceRange,
    },
    /// `---`
    HorizontalRule {
        /// The dashes.
        fallback: SourceRange,
    },
    /// An empty line.
    LineBreak,
    /// `\[ formula \]`
    Katex {
        /// The formula.
        value: String,
    },
    /// A message of one to three emoji and nothing else.
    BigEmoji {
        /// The emoji.
        value: Vec<Inline>,
    },
}

/// A line of code.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "CODE_LINE")]
pub struct CodeLine {
    /// The line without its end.
    pub value: Plain,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "LIST_ITEM")]
pub struct ListItem {
    /// The item's text.
    pub value: Vec<Inline>,
    /// The number as it was written, in ordered lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<ListNumber>,
}

/// A list number as JavaScript reads it: exact up to 2^53, infinite (`null` in
/// JSON) from 309 digits on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListNumber(pub f64);

impl Serialize for ListNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The shortest digits that mean this number, as JavaScript writes them.
        match self.0.to_string().parse() {
            Ok(whole) => serializer.serialize_u64(whole),
            Err(_) => serializer.serialize_f64(self.0),
        }
    }
}

/// An item of a task list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "TASK")]
pub struct Task {
    /// Whether it is done.
    pub status: bool,
    /// The task's text.
    pub value: Vec<Inline>,
}

/// Header and rows of a table; every row has as many cells as the header.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// The first row.
    pub header: Vec<TableCell>,
    /// The rows below the line of dashes.
    pub rows: Vec<TableRow>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "TABLE_ROW")]
pub struct TableRow {
    /// The cells.
    pub value: Vec<TableCell>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "TABLE_CELL")]
pub struct TableCell {
    /// What the line of dashes says about this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
    /// The cell's text without outer blanks.
    pub value: Vec<Inline>,
}

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// `:--`
    Left,
    /// `:-:`
    Center,
    /// `--:`
    Right,
}

/// Text as it is, `{"type": "PLAIN_TEXT", "value": ...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain(pub String);

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", "PLAIN_TEXT")?;
        map.serialize_entry("value", &self.0)?;
        map.end()
    }
}

/// A node inside a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Inline {
    /// Text as it is.
    PlainText {
        /// The text.
        value: String,
    },
    /// `*bold*`
    Bold {
        /// What is bold.
        value: Vec<Inline>,
    },
    /// `_italic_`
    Italic {
        /// What is italic.
        value: Vec<Inline>,
    },
    /// `~strike~`
    Strike {
        /// What is struck through.
        value: Vec<Inline>,
    },
    /// `||spoiler||`
    Spoiler {
        /// What is hidden.
        value: Vec<Inline>,
    },
    /// `` `code` ``
    InlineCode {
        /// The code.
        value: Plain,
    },
    /// `\(formula\)`
    InlineKatex {
        /// The formula.
        value: String,
    },
    /// `[label](src)`, an address or a phone number.
    Link {
        /// Target and label.
        value: Link,
    },
    /// `![label](src)`
    Image {
        /// Source and label.
        value: Image,
    },
    /// `@user`
    MentionUser {
        /// The name without `@`.
        value: Plain,
    },
    /// `#channel`
    MentionChannel {
        /// The name without `#`.
        value: Plain,
    },
    /// `:shortcode:`, `:)` or a Unicode emoji.
    Emoji(Emoji),
    /// `color:#ff0000`
    Color {
        /// Its parts.
        value: Rgba,
    },
    /// `<t:1630360800:R>`
    Timestamp {
        /// When, and how to show it.
        value: Timestamp,
        /// The node's source.
        fallback: SourceRange,
    },
}

/// Target and label of a link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// The target.
    pub src: Plain,
    /// The label; the target when nothing else was given.
    pub label: Vec<Inline>,
}

/// Source and label of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Image {
    /// The address.
    pub src: Plain,
    /// The label; the address when nothing else was given.
    pub label: Plain,
}

/// An emoji.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Emoji {
    /// `:smile:` or an ASCII emoticon.
    #[serde(rename_all = "camelCase")]
    Short {
        /// What was written, without the colons of a short code.
        value: Plain,
        /// The short code without colons.
        short_code: String,
    },
    /// An emoji as such.
    Unicode {
        /// The characters.
        unicode: String,
    },
}

/// Parts of a colour, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rgba {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity, 255 when not given.
    pub a: u8,
}

/// A point in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timestamp {
    /// Seconds since 1970 in decimal digits.
    pub timestamp: String,
    /// `t`, `T`, `d`, `D`, `f`, `F` or `R`.
    pub format: char,
}

impl Inline {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::PlainText { value: text.into() }
    }
}
