//! The three addresses of the OAuth 2 server and its page.
//! Upstream: `apps/meteor/app/oauth2-server-config/server/oauth/oauth2-server.ts`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_accounts::{hashing::token_hash, tokens, users};
use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_kernel::spec::Verb;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, PRAGMA, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use serde_json::Map;
use sha2::{Digest as _, Sha256};

use super::apps::App;
use super::grant::{self, Exchange, Refusal, Request};

const TAG: &str = "oauth-apps";
/// No form of these addresses is longer, in bytes.
const FORM: usize = 64 * 1024;

pub(super) fn register(registry: &mut Registry) {
    registry.resource::<Authorize>().resource::<Token>().resource::<UserInfo>();
}

/// JSON as the standard wants it: kept by nobody on the way.
fn json_answer(status: u16, body: &Value) -> Answer {
    Answer::bytes(status, "application/json; charset=utf-8", body.to_string())
        .with(CACHE_CONTROL, "no-store")
        .with(PRAGMA, "no-cache")
}

fn refused(status: u16, refusal: &Refusal) -> Answer {
    json_answer(status, &json!({ "error": refusal.error, "error_description": refusal.description }))
}

/// The values of a form over those of the query string.
fn over(mut below: Map<String, Value>, above: Map<String, Value>) -> Map<String, Value> {
    below.extend(above);
    below
}

/// Asks a person whether an application may act for them, and takes the answer.
///
/// GET shows the page; the page sends the person's answer as a form with the fields `allow` (`yes`) and
/// `token`, a login token. Then the person is sent to the application with a code.
#[derive(Deserialize, JsonSchema)]
struct Authorize {
    /// Which application.
    client_id: Option<String>,
    /// Where to go afterwards; the first registered address without it.
    redirect_uri: Option<String>,
    /// `code`.
    response_type: Option<String>,
    /// Given back as it came.
    state: Option<String>,
    /// PKCE.
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
}

impl Authorize {
    fn fields(self) -> Map<String, Value> {
        [
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("response_type", self.response_type),
            ("state", self.state),
            ("code_challenge", self.code_challenge),
            ("code_challenge_method", self.code_challenge_method),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect()
    }
}

impl Resource for Authorize {
    const SPEC: ResourceSpec = ResourceSpec::new(&[Verb::Get, Verb::Post], "/oauth/authorize", TAG);
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let query = self.fields();
        if asked.verb == Verb::Get {
            let Some(request) = parsed::<Request>(query) else { return Ok(Answer::text(400, "Bad request")) };
            let found = ctx.read(async move |tx| grant::client(tx, &request).await).await?;
            return Ok(match found {
                Ok((app, uri)) => page(ctx, &app, &uri),
                Err(refusal) => refused(400, &refusal),
            });
        }
        decide(ctx, over(query, asked.object(FORM).await?)).await
    }
}

fn parsed<T: serde::de::DeserializeOwned>(fields: Map<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(fields)).ok()
}

/// The page on which a person decides. It loads nothing and is shown in no frame.
fn page(ctx: &Ctx, app: &App, uri: &str) -> Answer {
    let (style, script) = (include_str!("pages/consent.css"), include_str!("pages/consent.js"));
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        hash(script),
        hash(style)
    );
    let values = [
        ("{{site}}", escape(&ctx.settings.get(keys::Site_Name))),
        ("{{app}}", escape(&app.name)),
        ("{{target}}", escape(uri)),
        ("{{style}}", style.to_owned()),
        ("{{script}}", script.to_owned()),
    ];
    Answer::bytes(200, "text/html; charset=utf-8", fill(include_str!("pages/consent.html"), &values))
        .with(CONTENT_SECURITY_POLICY, policy)
        .with(X_FRAME_OPTIONS, "DENY")
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(REFERRER_POLICY, "no-referrer")
        .with(CACHE_CONTROL, "no-store")
}

/// Fills a page in one pass, so that what one value says is not taken for a place of another.
fn fill(page: &str, values: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(page.len() + 4096);
    let mut rest = page;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = &rest[name.len()..];
            }
            None => {
                out.push_str("{{");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// What a person decided.
#[derive(Deserialize)]
struct Decision {
    allow: Option<String>,
    token: Option<String>,
    access_token: Option<String>,
    /// The login was made for this decision alone and ends with it.
    fresh: Option<String>,
}

async fn decide(ctx: &Ctx, fields: Map<String, Value>) -> Result<Answer> {
    let (request, decision) = (parsed::<Request>(fields.clone()), parsed::<Decision>(fields));
    let (Some(request), Some(decision)) = (request, decision) else {
        return Ok(Answer::text(400, "Bad request"));
    };
    let asked = request.clone();
    let (app, uri) = match ctx.read(async move |tx| grant::client(tx, &asked).await).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(refused(400, &refusal)),
    };
    // Who decides proves it with the token itself, never with a cookie: no other site can decide for them.
    let token = decision.token.or(decision.access_token).filter(|token| !token.is_empty());
    let Some(token) = token else { return Ok(Answer::text(401, "No token")) };
    let caller = ctx.kernel.identity().authenticate(&ctx.kernel, None, &token).await?;
    let Some(caller) = caller.filter(|caller| caller.is_login()) else {
        return Ok(Answer::text(401, "Invalid token"));
    };
    let allowed = decision.allow.as_deref() == Some("yes");
    let refusal = match request.check() {
        _ if !allowed => Some(("access_denied", "The user denied access to your application")),
        Ok(()) => None,
        Err(refusal) => Some((refusal.error, refusal.description)),
    };
    let fresh = decision.fresh.as_deref() == Some("yes");
    let state = request.state.clone();
    let (inner, target, refuse) = (ctx.clone(), uri.clone(), refusal.is_some());
    let code = ctx
        .write(async move |tx| {
            let code = if refuse {
                None
            } else {
                Some(grant::code(&inner, tx, &app, &target, &caller.uid, &request).await?)
            };
            if fresh {
                tokens::end_one(tx, &caller.uid, &token_hash(&token), "the login was for one decision", None)
                    .await?;
            }
            Ok(code)
        })
        .await?;
    let mut answer = match (&code, refusal) {
        (Some(code), _) => vec![("code", code.as_str())],
        (None, Some((error, description))) => vec![("error", error), ("error_description", description)],
        (None, None) => Vec::new(),
    };
    if let Some(state) = &state {
        answer.push(("state", state));
    }
    Ok(Answer::redirect(&with_query(&uri, &answer))
        .with(CACHE_CONTROL, "no-store")
        .with(REFERRER_POLICY, "no-referrer"))
}

/// An address with further parameters.
fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = uri.to_owned();
    for (name, value) in parameters {
        let separator = if out.contains('?') { '&' } else { '?' };
        out.push_str(&format!("{separator}{name}={}", percent::value(value)));
    }
    out
}

/// Gives an application tokens for a code or a refresh token.
///
/// The application proves itself with `client_id` and `client_secret` in the form, or with HTTP Basic.
#[derive(Deserialize, JsonSchema)]
struct Token {}

impl Resource for Token {
    const SPEC: ResourceSpec = ResourceSpec::new(&[Verb::Get, Verb::Post], "/oauth/token", TAG);
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        if asked.verb != Verb::Post {
            let description = "Invalid request: method must be POST";
            return Ok(refused(400, &Refusal { error: "invalid_request", description }));
        }
        let basic = asked.header(AUTHORIZATION.as_str()).and_then(basic);
        let form = asked
            .header(CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.starts_with("application/x-www-form"));
        // Applications that send no form may say everything in the query string.
        let query = if form { Map::new() } else { gantry_kernel::params::from_form(&asked.query)? };
        let fields = over(query, asked.object(FORM).await?);
        let Some(mut given) = parsed::<Exchange>(fields) else {
            return Ok(refused(
                400,
                &Refusal { error: "invalid_request", description: "Invalid request: a parameter is no text" },
            ));
        };
        let by_header = basic.is_some();
        if let Some((id, secret)) = basic {
            (given.client_id, given.client_secret) = (id, secret);
        }
        let inner = ctx.clone();
        Ok(match ctx.write(async move |tx| grant::exchange(&inner, tx, &given).await).await? {
            Ok(tokens) => json_answer(200, &json!(tokens)),
            Err(refusal) if by_header && refusal.error == "invalid_client" => {
                refused(401, &refusal).with(WWW_AUTHENTICATE, "Basic realm=\"Service\"")
            }
            Err(refusal) => refused(400, &refusal),
        })
    }
}

/// Name and secret of HTTP Basic, which an application encodes like a form (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let fields = gantry_kernel::params::from_form(&format!("id={id}&secret={secret}")).ok()?;
    let field = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((field("id")?, field("secret")?))
}

/// Tells an application for whom it acts.
#[derive(Deserialize, JsonSchema)]
struct UserInfo {}

impl Resource for UserInfo {
    const SPEC: ResourceSpec = ResourceSpec::get("/oauth/userinfo", TAG);
    type Guard = Anyone;

    async fn answer(self, asked: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let unknown = |text: &str| Answer::text(401, text).with(WWW_AUTHENTICATE, "Bearer");
        let Some(header) = asked.header(AUTHORIZATION.as_str()) else { return Ok(unknown("No token")) };
        let token = header.strip_prefix("Bearer ").unwrap_or(header).trim().to_owned();
        let Some(caller) = ctx.kernel.identity().bearer(&ctx.kernel, &token).await? else {
            return Ok(unknown("Invalid Token"));
        };
        let user = ctx.read(async move |tx| users::by_id(tx, &caller.uid).await).await?;
        let Some(user) = user else { return Ok(unknown("Invalid Token")) };
        let email = user.emails.iter().flatten().next();
        let username = user.username.clone().unwrap_or_default();
        Ok(json_answer(
            200,
            &json!({
                "sub": user.id,
                "name": user.name,
                "email": email.map(|email| &email.address),
                "email_verified": email.map(|email| email.verified),
                "department": "",
                "birthdate": "",
                // The first is how upstream spells it, the second how the standard does.
                "preffered_username": username,
                "preferred_username": username,
                "updated_at": user.updated_at.to_iso(),
                "picture": users::view::avatar_url(&ctx.kernel, &username),
            }),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_and_encoded() {
        assert_eq!(
            with_query("http://a", &[("code", "x"), ("state", "a b&c")]),
            "http://a?code=x&state=a%20b%26c"
        );
        assert_eq!(with_query("http://a?b=c", &[("code", "x")]), "http://a?b=c&code=x");
    }

    #[test]
    fn a_value_does_not_open_a_place_for_another() {
        let values = [("{{a}}", "{{b}}".to_owned()), ("{{b}}", "secret".to_owned())];
        assert_eq!(fill("<p>{{a}} {{b}} {{c}}</p>", &values), "<p>{{b}} secret {{c}}</p>");
        assert_eq!(escape("<script>'\""), "&lt;script&gt;&#39;&quot;");
    }

    #[test]
    fn basic_is_decoded_like_a_form() {
        let header = format!("Basic {}", STANDARD.encode("id%3A1:se+cret"));
        assert_eq!(basic(&header), Some(("id:1".into(), "se cret".into())));
        assert_eq!(basic("Basic ???"), None);
    }
}
