//! The one error type of the store.

/// Why a database operation failed. Messages name statements and constraints, never stored values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A row with the same key exists.
    #[error("a row with the same {constraint} exists")]
    Unique {
        /// The columns as `table.column`, several joined by `", "`; the name of the index when it is on an
        /// expression. The same text on both engines.
        constraint: String,
    },
    /// Another process holds the database's lock (SQLite), for example a backup tool.
    #[error("the database is locked by another process")]
    Busy,
    /// More work is waiting than the configured queue takes.
    #[error("the database has more work waiting than it can take")]
    Overloaded,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// The job waited for something other than its transaction.
    #[error("a database job may wait for its transaction only")]
    Yielded,
    /// Concurrent transactions kept conflicting, although the job was run several times.
    #[error("concurrent changes kept conflicting")]
    Conflict,
    /// The job panicked and was rolled back.
    #[error("a database job panicked")]
    Panicked,
    /// Text to be stored holds U+0000, which PostgreSQL cannot store: a fault of the request.
    #[error("text must not contain the character U+0000")]
    NulCharacter,
    /// A column does not hold what the caller asked for.
    #[error("column {column} is not {wanted}")]
    Decode {
        /// Position in the row, from 0.
        column: usize,
        /// What was asked for.
        wanted: &'static str,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl DbError {
    /// Whether this is a unique violation on exactly these columns, written as in [`DbError::Unique`].
    pub fn is_unique_on(&self, columns: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint == columns)
    }
}
