//! Pictures that lie elsewhere: at an address that somebody gives, or with the services that a user is
//! known to. All are fetched by the client that reaches no private address.

use gantry_kernel::percent;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::join_all;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::media::MAX_BYTES;
use gantry_kernel::outgoing::{Fetched, Policy, Request, fetch};
use gantry_protocol::objects::User;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Accounts;

/// Where Gravatar has the picture of an address, by the address's SHA-256.
const GRAVATAR: &str = "https://gravatar.com/avatar";

/// How long a service may take that offers a picture.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fetches a picture from an address that a user gave.
/// Upstream: `apps/meteor/app/lib/server/functions/setUserAvatar.ts`.
///
/// # Errors
/// `error-avatar-invalid-url`, `error-avatar-url-handling`.
pub async fn from_url(url: &str, username: &str) -> Result<Bytes> {
    let shown = percent::address(url);
    let invalid = || {
        Error::new("error-avatar-invalid-url", format!("Invalid avatar URL: {shown}"))
            .with_details(json!({ "function": "setUserAvatar", "url": url }))
    };
    let request = Request { max_bytes: MAX_BYTES + 1, redirects: 0, ..Request::get(url) };
    let answer = fetch(request, &Policy::default()).await.map_err(|_| invalid())?;
    match answer.status {
        StatusCode::OK if kind(&answer).starts_with("image/") => Ok(answer.body.into()),
        StatusCode::OK | StatusCode::NOT_FOUND => Err(invalid()),
        _ => Err(Error::new(
            "error-avatar-url-handling",
            format!("Error while handling avatar setting from a URL ({shown}) for {username}"),
        )
        .with_details(json!({ "function": "RocketChat.setUserAvatar", "url": url, "username": username }))),
    }
}

fn kind(answer: &Fetched) -> String {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase()
}

/// A picture that a service has of the user.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Suggestion {
    /// The service.
    #[serde(skip)]
    pub(super) service: &'static str,
    /// Where it is.
    pub(super) url: String,
    /// The picture as a `data:` address.
    pub(super) blob: String,
    /// Its media type.
    pub(super) content_type: String,
}

/// Where services may have a picture of the user. Upstream:
/// `apps/meteor/app/lib/server/functions/getAvatarSuggestionForUser.ts`.
fn candidates(ctx: &Ctx, user: &User, gravatar: &str) -> Vec<(&'static str, String)> {
    let services = user.services.as_ref().map(|services| json!(services)).unwrap_or_default();
    let text = |service: &str, field: &str| services[service][field].as_str().map(str::to_owned);
    let mut found: Vec<(&'static str, String)> = Vec::new();
    let mut add = |service: &'static str, setting: &str, url: Option<String>| {
        if ctx.settings.flag_by_id(setting) {
            found.extend(url.map(|url| (service, url)));
        }
    };
    add(
        "facebook",
        "Accounts_OAuth_Facebook",
        text("facebook", "id")
            .map(|id| format!("https://graph.facebook.com/{}/picture?type=large", percent::value(&id))),
    );
    add("google", "Accounts_OAuth_Google", text("google", "picture"));
    add(
        "github",
        "Accounts_OAuth_Github",
        text("github", "username")
            .map(|name| format!("https://avatars.githubusercontent.com/{}?s=200", percent::value(&name))),
    );
    let linkedin = services["linkedin"]["profilePicture"]["identifiersUrl"].as_array();
    let linkedin = linkedin.and_then(|urls| urls.last()).and_then(Value::as_str).map(str::to_owned);
    add("linkedin", "Accounts_OAuth_Linkedin", linkedin);
    let twitter = text("twitter", "profile_image_url_https");
    add(
        "twitter",
        "Accounts_OAuth_Twitter",
        twitter.map(|url| url.replacen("_normal", "", 1).replacen("_bigger", "", 1)),
    );
    add("gitlab", "Accounts_OAuth_Gitlab", text("gitlab", "avatar_url"));
    for email in user.emails.iter().flatten() {
        let hash = hex::encode(Sha256::digest(email.address.trim().to_lowercase()));
        found.push(("gravatar", format!("{gravatar}/{hash}?d=404&s=200")));
    }
    found
}

/// The pictures that services have of the user, all asked at once; those that do not answer have none.
pub(super) async fn suggestions(ctx: &Ctx, user: &User) -> Vec<Suggestion> {
    let accounts = Accounts::of(ctx);
    let usual = (GRAVATAR.to_owned(), Policy::default());
    let (gravatar, policy) = accounts.gravatar.get().unwrap_or(&usual);
    let asked = candidates(ctx, user, gravatar).into_iter().map(|(service, url)| async move {
        let request = Request { max_bytes: MAX_BYTES, timeout: PATIENCE, ..Request::get(url.clone()) };
        let answer = fetch(request, policy).await.ok()?;
        let content_type = kind(&answer);
        if answer.status != StatusCode::OK || !content_type.starts_with("image/") {
            return None;
        }
        let blob = format!("data:{content_type};base64,{}", STANDARD.encode(&answer.body));
        Some(Suggestion { service, url, blob, content_type })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_private_address_is_asked() {
        for url in ["http://169.254.169.254/", "http://localhost/", "file:///etc/passwd", "nonsense"] {
            let error = from_url(url, "alice").await.unwrap_err();
            assert!(error.is("error-avatar-invalid-url"), "{url}: {error}");
        }
    }

    #[test]
    fn addresses_are_shown_without_markup() {
        assert_eq!(percent::address("http://a/<b> \"ü?x=1"), "http://a/%3Cb%3E%20%22%C3%BC?x=1");
    }
}
