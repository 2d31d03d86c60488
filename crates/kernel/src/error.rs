//! The one error type of operations, and its two shapes on the wire.

use std::borrow::Cow;

use gantry_store::DbError;
use serde_json::{Map, Value, json};

/// What an operation answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation was refused or failed.
///
/// `code` is the stable name that clients test for (`error-invalid-room`), `reason` the sentence for
/// people. Both transports are made from it: see [`Error::rest_body`] and [`Error::ddp_body`].
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// HTTP status of the REST answer. Realtime answers have none.
    pub status: u16,
    /// Stable code; absent where upstream sends only a sentence.
    pub code: Option<Cow<'static, str>>,
    /// Sentence for people.
    pub reason: Option<Cow<'static, str>>,
    /// Anything more that a client can use.
    pub details: Option<Value>,
    shape: Shape,
}

/// Which keys the REST body has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// `{success:false, error, errorType?, details?}`
    Failure,
    /// `{success:false, error, errorType, details?}` with the sentence alone in `error`.
    Plain,
    /// `{success:false, status:"error", message}`: nobody is signed in.
    SignIn,
    /// `{success:false, status:"error", error, message, details?}`: sign-in was refused.
    SignInRefused,
}

impl Error {
    /// A refusal with a code and a sentence; answers 400.
    pub fn new(code: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: 400,
            code: Some(code.into()),
            reason: Some(reason.into()),
            details: None,
            shape: Shape::Failure,
        }
    }

    /// A refusal with a code and no sentence: REST shows `[code]`.
    pub fn code(code: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: None, ..Self::new(code, "") }
    }

    /// A refusal with a sentence and no code, as some older endpoints answer.
    pub fn message(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code: None, ..Self::new("", reason) }
    }

    /// A refusal whose sentence stands alone in `error`, without the code behind it, as the endpoints answer
    /// that fail without an exception.
    pub fn plain(code: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { shape: Shape::Plain, ..Self::new(code, reason) }
    }

    /// The parameters do not fit their schema; `reason` is AJV's wording.
    pub fn invalid_params(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid-params", reason)
    }

    /// A method's parameters do not fit: upstream's `check()` failed.
    pub fn match_failed() -> Self {
        Self::new("400", "Match failed")
    }

    /// Nobody is signed in and the operation wants somebody.
    pub fn unauthenticated() -> Self {
        Self {
            status: 401,
            code: None,
            reason: Some("You must be logged in to do this.".into()),
            details: None,
            shape: Shape::SignIn,
        }
    }

    /// Sign-in was refused; REST answers in the shape of the login route.
    pub fn sign_in_refused(code: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 401, shape: Shape::SignInRefused, ..Self::new(code, reason) }
    }

    /// The caller lacks a permission that the operation names.
    pub fn missing_permission(permissions: &[&str]) -> Self {
        let mut error =
            Self::new("error-unauthorized", "User does not have the permissions required for this action");
        error.status = 403;
        error.details = Some(json!({ "permissions": permissions }));
        error
    }

    /// A 403 with nothing but `unauthorized`, as older endpoints answer.
    pub fn unauthorized() -> Self {
        Self { status: 403, ..Self::message("unauthorized") }
    }

    /// A refusal that says nothing: `{"success": false}`, as older endpoints answer for what is not there.
    pub fn nothing() -> Self {
        Self { code: None, reason: None, ..Self::new("", "") }
    }

    /// The thing asked for does not exist.
    pub fn not_found(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 404, ..Self::message(reason) }
    }

    /// The caller has used up a rate limit that opens again after `seconds`.
    pub fn too_many_requests(reset_ms: i64) -> Self {
        let seconds = (reset_ms + 999) / 1000;
        let mut error = Self::new(
            "error-too-many-requests",
            format!(
                "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying this endpoint again."
            ),
        );
        error.status = 429;
        error.details = Some(json!({ "timeToReset": reset_ms }));
        error
    }

    /// A documented operation that this version does not have.
    pub fn not_implemented(operation: &str) -> Self {
        Self {
            status: 501,
            ..Self::new(
                "error-not-implemented",
                format!("{operation} is planned and not available in this version"),
            )
        }
    }

    /// Something broke on our side. The cause goes to the log, not to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "operation failed");
        Self { status: 500, ..Self::new("500", "Internal server error") }
    }

    /// The same error with details for the client.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Whether this error has the given code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The sentence as clients show it: `reason [code]`.
    pub fn text(&self) -> String {
        match (&self.reason, &self.code) {
            (Some(reason), Some(code)) => format!("{reason} [{code}]"),
            (Some(reason), None) => reason.to_string(),
            (None, Some(code)) => format!("[{code}]"),
            (None, None) => "Internal server error".to_owned(),
        }
    }

    /// The REST body. Upstream: `apps/meteor/app/api/server/ApiClass.ts`.
    pub fn rest_body(&self) -> Value {
        let mut body = Map::new();
        body.insert("success".into(), false.into());
        match self.shape {
            Shape::SignIn => {
                body.insert("status".into(), "error".into());
                body.insert("message".into(), self.reason.as_deref().unwrap_or_default().into());
                return Value::Object(body);
            }
            Shape::SignInRefused => {
                body.insert("status".into(), "error".into());
                body.insert("error".into(), self.code.as_deref().unwrap_or_default().into());
                body.insert("message".into(), self.reason.as_deref().unwrap_or_default().into());
            }
            Shape::Plain => {
                body.insert("error".into(), self.reason.as_deref().unwrap_or_default().into());
                body.insert("errorType".into(), self.code.as_deref().unwrap_or_default().into());
            }
            Shape::Failure if self.reason.is_none() && self.code.is_none() => {}
            Shape::Failure => {
                body.insert("error".into(), self.text().into());
                if let Some(code) = &self.code {
                    body.insert("errorType".into(), code.as_ref().into());
                }
            }
        }
        if let Some(details) = &self.details {
            body.insert("details".into(), details.clone());
        }
        Value::Object(body)
    }

    /// The error object of a DDP `result` or `nosub`. Upstream: Meteor's `Meteor.Error`.
    pub fn ddp_body(&self) -> Value {
        let code =
            self.code.as_deref().unwrap_or(if self.status == 401 { "error-invalid-user" } else { "error" });
        let mut body = Map::new();
        body.insert("isClientSafe".into(), true.into());
        body.insert("error".into(), code.parse::<i64>().map_or_else(|_| code.into(), Value::from));
        if let Some(reason) = &self.reason {
            body.insert("reason".into(), reason.as_ref().into());
        }
        let message = match &self.reason {
            Some(reason) => format!("{reason} [{code}]"),
            None => format!("[{code}]"),
        };
        body.insert("message".into(), message.into());
        if let Some(details) = &self.details {
            body.insert("details".into(), details.clone());
        }
        body.insert("errorType".into(), "Meteor.Error".into());
        Value::Object(body)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl std::error::Error for Error {}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Overloaded | DbError::Busy => Self {
                status: 503,
                ..Self::new(
                    "error-server-busy",
                    "The server has more to write than it can; nothing was saved, try again",
                )
            },
            DbError::NulCharacter => {
                Self::new("error-invalid-params", "Text must not contain the NUL character")
            }
            other => Self::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_shows_reason_and_code_together() {
        let body = Error::new("error-invalid-room", "Invalid room").rest_body();
        assert_eq!(
            body,
            json!({ "success": false, "error": "Invalid room [error-invalid-room]", "errorType": "error-invalid-room" })
        );
    }

    #[test]
    fn a_plain_refusal_shows_the_sentence_alone() {
        let body = Error::plain("error-invalid-role", "Invalid role").rest_body();
        assert_eq!(
            body,
            json!({ "success": false, "error": "Invalid role", "errorType": "error-invalid-role" })
        );
    }

    #[test]
    fn a_numeric_code_is_a_number_on_the_socket() {
        let body = Error::match_failed().ddp_body();
        assert_eq!(body["error"], json!(400));
        assert_eq!(body["message"], json!("Match failed [400]"));
        assert_eq!(body["errorType"], json!("Meteor.Error"));
    }

    #[test]
    fn a_missing_login_names_no_code() {
        let body = Error::unauthenticated().rest_body();
        assert_eq!(
            body,
            json!({ "success": false, "status": "error", "message": "You must be logged in to do this." })
        );
    }
}
