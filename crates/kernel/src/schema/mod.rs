//! The check of parameters against an operation's JSON schema, in the words that clients know.
//!
//! Rocket.Chat checks parameters with the npm package AJV, and its messages reach clients, which show them
//! and sometimes compare them. [`Conform`] gives the same messages in the same order and converts scalars by
//! the same rules. It understands what `schemars` writes for parameter structs, not all of JSON Schema:
//! keywords that it does not know are no constraint, and what they would have refused is left to serde.

mod check;
mod coerce;
mod compile;
mod number;
mod pattern;

use schemars::Schema;
use serde_json::Value;

use compile::Node;

/// How values of the wrong type are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coerce {
    /// Not at all.
    None,
    /// Scalars into other scalars where nothing is guessed: `"5"` to 5, 5 to `"5"`, `"true"` to true. Objects
    /// and arrays stay what they are.
    Body,
    /// As [`Coerce::Body`], and one value stands for an array of one and the other way round: a query string
    /// cannot tell them apart.
    Query,
}

/// A schema prepared for checking.
#[derive(Debug)]
pub struct Conform {
    /// Nodes name each other by their place here, because schemas can contain themselves.
    nodes: Vec<Node>,
    root: usize,
}

impl Conform {
    /// Prepares a schema. A reference that leads nowhere accepts everything.
    pub fn new(schema: Schema) -> Self {
        compile::compile(schema.as_value())
    }

    /// Checks `value`, converting scalars in place as `coerce` says. Whole numbers written as `5.0` become
    /// integers where the schema asks for one.
    ///
    /// # Errors
    /// The messages of the first violation: one, or for alternatives (`anyOf`, `oneOf`) those of each and a
    /// closing one. `value` may be partly converted then.
    pub fn conform(&self, value: &mut Value, coerce: Coerce) -> Result<(), Vec<String>> {
        check::check(self, value, coerce)
    }
}

#[cfg(test)]
mod tests;
