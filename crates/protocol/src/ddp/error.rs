//! The error object of the Realtime API.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A short code: nearly always a word such as `error-not-allowed`, a number in what stems from Meteor (401, 404).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ErrorCode {
    /// A number.
    Number(i64),
    /// A word.
    Text(String),
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.pad(text),
        }
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ErrorCode {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The error in a `result` or `nosub` frame (upstream: `Meteor.Error`).
///
/// On the wire it also has `isClientSafe: true`, `errorType: "Meteor.Error"` and `message`, which is made of
/// reason and code and so is not kept here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
pub struct DdpError {
    /// Code for programs.
    pub error: ErrorCode,
    /// Sentence for people.
    pub reason: Option<String>,
    /// More for programs, such as `{"method": "..."}`.
    pub details: Option<Value>,
}

impl DdpError {
    /// An error with a code alone.
    pub fn new(error: impl Into<ErrorCode>) -> Self {
        Self { error: error.into(), reason: None, details: None }
    }

    /// The same error with a sentence for people.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The same error with details for programs.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Reason and code in one line, as clients show it: `Not allowed [error-not-allowed]`.
    pub fn message(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{reason} [{}]", self.error),
            None => format!("[{}]", self.error),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outgoing<'a> {
    is_client_safe: bool,
    error: &'a ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
    error_type: &'static str,
}

impl Serialize for DdpError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Outgoing {
            is_client_safe: true,
            error: &self.error,
            reason: self.reason.as_deref(),
            message: self.message(),
            details: self.details.as_ref(),
            error_type: "Meteor.Error",
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Incoming {
    error: ErrorCode,
    reason: Option<String>,
    details: Option<Value>,
}

impl<'de> Deserialize<'de> for DdpError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Incoming { error, reason, details } = Incoming::deserialize(deserializer)?;
        Ok(Self { error, reason, details })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn has_the_shape_that_clients_expect() {
        let error = DdpError::new("error-not-allowed")
            .with_reason("Not allowed")
            .with_details(json!({ "method": "deleteMessage" }));
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"isClientSafe":true,"error":"error-not-allowed","reason":"Not allowed","message":"Not allowed [error-not-allowed]","details":{"method":"deleteMessage"},"errorType":"Meteor.Error"}"#
        );
        assert_eq!(
            serde_json::to_string(&DdpError::new(404)).unwrap(),
            r#"{"isClientSafe":true,"error":404,"message":"[404]","errorType":"Meteor.Error"}"#
        );
    }
}
