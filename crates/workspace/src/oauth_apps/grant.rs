//! The OAuth 2 server: codes and tokens (RFC 6749, 7636). Upstream: `apps/meteor/server/oauth2-server`.
//!
//! Codes and tokens are stored as hashes. A code works once and for five minutes; using it again ends the
//! tokens that it gave, because then somebody else has it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gantry_accounts::hashing::{same, token_hash};
use gantry_kernel::prelude::*;
use gantry_store::vals;
use sha2::{Digest as _, Sha256};

use super::apps::{self, App};

/// How long a code works, in milliseconds.
const CODE_MS: i64 = 5 * 60 * 1000;
/// How long an access token works, in milliseconds.
const ACCESS_MS: i64 = 60 * 60 * 1000;
/// How long a refresh token works, in milliseconds.
const REFRESH_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// A refusal in the words of the standard.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// `invalid_request`, `invalid_client`, `invalid_grant`, ...
    pub error: &'static str,
    /// A sentence for developers.
    pub description: &'static str,
}

const fn refusal(error: &'static str, description: &'static str) -> Refusal {
    Refusal { error, description }
}

/// What a person is asked to allow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Which application.
    pub client_id: String,
    /// Where to go afterwards.
    pub redirect_uri: Option<String>,
    /// Must be `code`.
    pub response_type: String,
    /// Given back as it came.
    pub state: Option<String>,
    /// PKCE.
    pub code_challenge: Option<String>,
    /// Must be `S256` if there is a challenge.
    pub code_challenge_method: Option<String>,
}

/// The application of a request and the address that people go back to. As long as these two are in doubt,
/// nobody may be sent anywhere.
///
/// # Errors
/// `Ok(Err)`: no such application, or an address that is not registered.
pub async fn client(tx: &Tx, request: &Request) -> Result<Result<(App, String), Refusal>> {
    let app = apps::by_client(tx, &request.client_id).await?.filter(|app| app.active);
    let Some(app) = app else { return Ok(Err(refusal("invalid_client", "Invalid client: no such client"))) };
    let uri = request.redirect_uri.as_deref().unwrap_or_else(|| app.first_redirect());
    if !app.redirects_to(uri) {
        return Ok(Err(refusal("invalid_request", "Invalid request: `redirect_uri` is not registered")));
    }
    let uri = uri.to_owned();
    Ok(Ok((app, uri)))
}

impl Request {
    /// Whether the rest of the request is in order.
    ///
    /// # Errors
    /// What the application is told.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.response_type != "code" {
            return Err(refusal("unsupported_response_type", "`response_type` must be `code`"));
        }
        let Some(challenge) = &self.code_challenge else { return Ok(()) };
        if self.code_challenge_method.as_deref() != Some("S256") {
            return Err(refusal("invalid_request", "`code_challenge_method` must be `S256`"));
        }
        if challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        {
            Ok(())
        } else {
            Err(refusal("invalid_request", "`code_challenge` is not a SHA-256 in base64url"))
        }
    }
}

/// Gives out a code for `uid`, who has allowed it.
///
/// # Errors
/// The database's.
pub async fn code(ctx: &Ctx, tx: &Tx, app: &App, uri: &str, uid: &str, request: &Request) -> Result<String> {
    let code = ctx.ids.secret();
    tx.exec("DELETE FROM oauth_codes WHERE expires_at < ?1", &vals![ctx.now.millis() - REFRESH_MS]).await?;
    tx.exec(
        "INSERT INTO oauth_codes (hash, client_id, uid, redirect_uri, challenge, used, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, FALSE, ?6)",
        &vals![
            &token_hash(&code),
            &app.client_id,
            uid,
            uri,
            &request.code_challenge,
            ctx.now.millis() + CODE_MS
        ],
    )
    .await?;
    Ok(code)
}

/// What an application gives for a token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Exchange {
    /// `authorization_code` or `refresh_token`.
    pub grant_type: String,
    /// Which application.
    pub client_id: String,
    /// Its proof.
    pub client_secret: String,
    /// The code.
    pub code: Option<String>,
    /// The address that the code went to.
    pub redirect_uri: Option<String>,
    /// PKCE.
    pub code_verifier: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
}

/// What an application gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// For the next one.
    pub refresh_token: String,
}

/// Gives tokens for a code or a refresh token. What was given works no more afterwards, refused or not.
///
/// # Errors
/// `Ok(Err)`: what the application is told.
pub async fn exchange(ctx: &Ctx, tx: &Tx, given: &Exchange) -> Result<Result<Tokens, Refusal>> {
    let app = apps::by_client(tx, &given.client_id).await?.filter(|app| app.active);
    let known = app.as_ref().and_then(|app| app.client_secret.as_deref());
    if !known.is_some_and(|secret| same(secret, &given.client_secret)) {
        return Ok(Err(refusal("invalid_client", "Invalid client: client is invalid")));
    }
    match given.grant_type.as_str() {
        "authorization_code" => by_code(ctx, tx, given).await,
        "refresh_token" => by_refresh(ctx, tx, given).await,
        "" => Ok(Err(refusal("invalid_request", "Missing parameter: `grant_type`"))),
        _ => Ok(Err(refusal("unsupported_grant_type", "Unsupported grant type: `grant_type` is invalid"))),
    }
}

async fn by_code(ctx: &Ctx, tx: &Tx, given: &Exchange) -> Result<Result<Tokens, Refusal>> {
    let Some(code) = &given.code else {
        return Ok(Err(refusal("invalid_request", "Missing parameter: `code`")));
    };
    let invalid = |description| Ok(Err(refusal("invalid_grant", description)));
    let hash = token_hash(code);
    let row = tx
        .query_opt(
            "SELECT uid, redirect_uri, challenge, used, expires_at FROM oauth_codes WHERE hash = ?1 AND client_id = ?2 \
             FOR UPDATE",
            &vals![&hash, &given.client_id],
        )
        .await?;
    let Some(row) = row else { return invalid("Invalid grant: authorization code is invalid") };
    if row.bool(3)? {
        tx.exec("DELETE FROM oauth_tokens WHERE code_hash = ?1", &vals![&hash]).await?;
        return invalid("Invalid grant: authorization code is invalid");
    }
    tx.exec("UPDATE oauth_codes SET used = TRUE WHERE hash = ?1", &vals![&hash]).await?;
    if row.int(4)? < ctx.now.millis() {
        return invalid("Invalid grant: authorization code has expired");
    }
    if given.redirect_uri.as_deref().is_some_and(|uri| row.str(1).is_ok_and(|known| known != uri))
        || given.redirect_uri.is_none()
    {
        return invalid("Invalid request: `redirect_uri` is invalid");
    }
    if !verified(row.opt_str(2)?, given.code_verifier.as_deref()) {
        return invalid("Invalid grant: `code_verifier` is invalid");
    }
    issue(ctx, tx, &given.client_id, row.str(0)?, &hash).await.map(Ok)
}

/// Whether the verifier fits the challenge that came before (RFC 7636, section 4.6).
fn verified(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            same(&URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), challenge)
        }
        // A verifier without a challenge means that somebody took the challenge away on the way.
        _ => false,
    }
}

async fn by_refresh(ctx: &Ctx, tx: &Tx, given: &Exchange) -> Result<Result<Tokens, Refusal>> {
    let Some(token) = &given.refresh_token else {
        return Ok(Err(refusal("invalid_request", "Missing parameter: `refresh_token`")));
    };
    let gone = tx
        .query_opt(
            "DELETE FROM oauth_tokens WHERE refresh_hash = ?1 AND client_id = ?2 \
             RETURNING uid, code_hash, refresh_expires_at",
            &vals![&token_hash(token), &given.client_id],
        )
        .await?;
    match gone {
        Some(row) if row.int(2)? >= ctx.now.millis() => {
            issue(ctx, tx, &given.client_id, row.str(0)?, row.str(1)?).await.map(Ok)
        }
        _ => Ok(Err(refusal("invalid_grant", "Invalid grant: refresh token is invalid"))),
    }
}

async fn issue(ctx: &Ctx, tx: &Tx, client_id: &str, uid: &str, code_hash: &str) -> Result<Tokens> {
    let (access_token, refresh_token) = (ctx.ids.secret(), ctx.ids.secret());
    let now = ctx.now.millis();
    tx.exec("DELETE FROM oauth_tokens WHERE uid = ?1 AND refresh_expires_at < ?2", &vals![uid, now]).await?;
    tx.exec(
        "INSERT INTO oauth_tokens (hash, refresh_hash, client_id, uid, code_hash, created_at, expires_at, \
         refresh_expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &vals![
            &token_hash(&access_token),
            &token_hash(&refresh_token),
            client_id,
            uid,
            code_hash,
            now,
            now + ACCESS_MS,
            now + REFRESH_MS,
        ],
    )
    .await?;
    Ok(Tokens { access_token, token_type: "Bearer", expires_in: ACCESS_MS / 1000, refresh_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_the_standard_fits_its_challenge() {
        // RFC 7636, appendix B.
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(verified(Some(challenge), Some(verifier)));
        assert!(!verified(Some(challenge), Some(challenge)), "the plain method is not accepted");
        assert!(!verified(Some(challenge), None));
        assert!(!verified(None, Some(verifier)));
    }

    #[test]
    fn only_hashed_challenges_are_taken() {
        let request = |challenge: &str, method: Option<&str>| Request {
            response_type: "code".into(),
            code_challenge: Some(challenge.into()),
            code_challenge_method: method.map(str::to_owned),
            ..Request::default()
        };
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(request(challenge, Some("S256")).check(), Ok(()));
        for (challenge, method) in [(challenge, Some("plain")), (challenge, None), ("short", Some("S256"))] {
            assert_eq!(request(challenge, method).check().unwrap_err().error, "invalid_request");
        }
        let token = Request { response_type: "token".into(), ..Request::default() };
        assert_eq!(token.check().unwrap_err().error, "unsupported_response_type");
    }
}
