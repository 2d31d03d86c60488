//! What clients send to log in, in its many forms.

use serde_json::{Map, Value};

use crate::hashing;

/// The kinds of login that the `login` method understands, as the compatibility ledger names them.
pub const KINDS: &[&str] = &["password", "resume", "totp"];

/// A login as asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum LoginRequest {
    /// With a password.
    Password {
        /// Whose.
        who: Who,
        /// The password.
        password: Password,
    },
    /// With a token from before.
    Resume(String),
    /// Another one together with a second factor.
    WithCode {
        /// The login itself.
        login: Box<LoginRequest>,
        /// The code.
        code: String,
    },
    /// Anything that this server does not know.
    Unknown,
}

/// Who wants to log in.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// By user id.
    Id(String),
    /// By username, in any case.
    Username(String),
    /// By address, in any case.
    Email(String),
}

impl Who {
    /// A name that may be an address.
    fn named(text: &str) -> Self {
        if text.contains('@') { Self::Email(text.to_owned()) } else { Self::Username(text.to_owned()) }
    }
}

/// A password as it came.
#[derive(Clone, PartialEq)]
pub enum Password {
    /// In the clear.
    Plain(String),
    /// As its SHA-256 in hex.
    Digest(String),
}

impl Password {
    /// The lower-case hex SHA-256.
    pub fn digest(&self) -> String {
        match self {
            Self::Plain(text) => hashing::digest(text),
            Self::Digest(digest) => digest.to_ascii_lowercase(),
        }
    }

    /// From text, `{digest, algorithm: "sha-256"}` or, as old clients send it, `{hashed}`.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Plain(text.clone())),
            Value::Object(object) => {
                let digest = object.get("digest").or_else(|| object.get("hashed"))?.as_str()?;
                Some(Self::Digest(digest.to_owned()))
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl LoginRequest {
    /// From the options of the `login` method.
    pub fn from_options(options: &Value) -> Self {
        let Value::Object(options) = options else { return Self::Unknown };
        if let Some(Value::Object(wrapped)) = options.get("totp") {
            let (Some(login), Some(Value::String(code))) = (wrapped.get("login"), wrapped.get("code")) else {
                return Self::Unknown;
            };
            return match Self::from_options(login) {
                // One wrapper is enough; more would only make us recurse.
                Self::Unknown | Self::WithCode { .. } => Self::Unknown,
                login => Self::WithCode { login: Box::new(login), code: code.clone() },
            };
        }
        if let Some(Value::String(token)) = options.get("resume") {
            return Self::Resume(token.clone());
        }
        let who = match options.get("user") {
            Some(Value::Object(user)) if user.len() == 1 => selector(user),
            _ => None,
        };
        match (who, options.get("password").and_then(Password::from_value)) {
            (Some(who), Some(password)) => Self::Password { who, password },
            _ => Self::Unknown,
        }
    }

    /// From the body of `POST /v1/login`: the options above, or flat `user`, `username` or `email` with
    /// `password` and `code`. Upstream: `apps/meteor/app/api/server/ApiClass.ts`.
    pub fn from_body(body: &Map<String, Value>) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let known =
            |name: &String| matches!(name.as_str(), "user" | "username" | "email" | "password" | "code");
        let who = text("user")
            .map(Who::named)
            .or_else(|| text("username").map(|name| Who::Username(name.to_owned())))
            .or_else(|| text("email").map(|address| Who::Email(address.to_owned())));
        let password = body.get("password").and_then(Password::from_value);
        match (who, password) {
            (Some(who), Some(password)) if body.keys().all(known) => {
                let login = Self::Password { who, password };
                match text("code") {
                    Some(code) => Self::WithCode { login: Box::new(login), code: code.to_owned() },
                    None => login,
                }
            }
            _ => Self::from_options(&Value::Object(body.clone())),
        }
    }
}

fn selector(user: &Map<String, Value>) -> Option<Who> {
    let (key, value) = user.iter().next()?;
    let value = value.as_str()?.to_owned();
    match key.as_str() {
        "id" => Some(Who::Id(value)),
        "username" => Some(Who::Username(value)),
        "email" => Some(Who::Email(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: Value) -> LoginRequest {
        LoginRequest::from_body(value.as_object().unwrap())
    }

    fn ann(password: Password) -> LoginRequest {
        LoginRequest::Password { who: Who::Username("ann".into()), password }
    }

    #[test]
    fn flat_bodies_name_a_user_or_an_address() {
        assert_eq!(body(json!({ "user": "ann", "password": "p" })), ann(Password::Plain("p".into())));
        assert_eq!(body(json!({ "username": "ann", "password": "p" })), ann(Password::Plain("p".into())));
        let LoginRequest::Password { who, .. } = body(json!({ "user": "ann@example.com", "password": "p" }))
        else {
            panic!("a login with a password")
        };
        assert_eq!(who, Who::Email("ann@example.com".into()));
    }

    #[test]
    fn a_digest_is_taken_as_it_is_and_a_password_is_digested() {
        let digest = hashing::digest("p");
        let sent = json!({ "user": { "username": "ann" }, "password": { "digest": digest.to_uppercase(), "algorithm": "sha-256" } });
        let LoginRequest::Password { password, .. } = LoginRequest::from_options(&sent) else {
            panic!("a login with a password")
        };
        assert_eq!(password.digest(), digest);
        assert_eq!(Password::Plain("p".into()).digest(), digest);
    }

    #[test]
    fn a_code_wraps_a_login_once() {
        let inner = json!({ "user": { "username": "ann" }, "password": "p" });
        let wrapped = LoginRequest::from_options(&json!({ "totp": { "login": inner, "code": "123456" } }));
        let expected = LoginRequest::WithCode {
            login: Box::new(ann(Password::Plain("p".into()))),
            code: "123456".into(),
        };
        assert_eq!(wrapped, expected);
        assert_eq!(body(json!({ "user": "ann", "password": "p", "code": "123456" })), expected);
        let twice = json!({ "totp": { "login": { "totp": { "login": inner, "code": "1" } }, "code": "2" } });
        assert_eq!(LoginRequest::from_options(&twice), LoginRequest::Unknown);
    }

    #[test]
    fn operators_and_ambiguous_users_are_not_understood() {
        for options in [
            json!({}),
            json!([]),
            json!({ "user": { "username": { "$ne": null } }, "password": "p" }),
            json!({ "user": { "username": "ann", "id": "1" }, "password": "p" }),
            json!({ "user": { "username": "ann" }, "password": { "$ne": "" } }),
            json!({ "resume": { "$gt": "" } }),
        ] {
            assert_eq!(LoginRequest::from_options(&options), LoginRequest::Unknown, "{options}");
        }
    }

    #[test]
    fn passwords_are_not_printed() {
        assert!(!format!("{:?}", ann(Password::Plain("secret".into()))).contains("secret"));
    }
}
