//! A second factor after a login by another service: the browser is sent back with the id of a challenge and
//! answers it here. Upstream: OpenAPI `authentication.yaml`, `twoFactorChallenges.*`.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;
use gantry_store::vals;

use super::{Way, email, totp};
use crate::{login, users};

/// How long an answer is waited for, in milliseconds.
const LIFETIME: i64 = 5 * 60 * 1000;

/// A second factor that is waited for.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Names it to the client.
    pub id: String,
    /// `totp` or `email`.
    pub method: &'static str,
}

/// Asks for a second factor of somebody for whom another service has vouched; `None` if they have switched
/// on none. A code by mail is sent at once.
///
/// # Errors
/// If the database fails.
pub async fn begin(ctx: &Ctx, user: &User) -> Result<Option<Challenge>> {
    if !ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Enabled) {
        return Ok(None);
    }
    let Some(way) = Way::active(ctx, user).first().copied() else { return Ok(None) };
    let challenge = Challenge { id: ctx.ids.secret(), method: way.name() };
    let (stored, uid, now) = (challenge.clone(), user.id.clone(), ctx.now.millis());
    ctx.write(async move |tx| {
        tx.exec("DELETE FROM two_factor_challenges WHERE expires_at < ?1", &vals![now - LIFETIME]).await?;
        tx.exec(
            "INSERT INTO two_factor_challenges (id, uid, method, expires_at, attempts) VALUES (?1, ?2, ?3, ?4, 0)",
            &vals![&stored.id, &uid, stored.method, now + LIFETIME],
        )
        .await?;
        Ok(())
    })
    .await?;
    if way == Way::Email {
        email::send(ctx, user).await?;
    }
    Ok(Some(challenge))
}

/// The user and the way of a challenge that is still open.
async fn open(ctx: &Ctx, id: &str) -> Result<(User, Way)> {
    let id = id.to_owned();
    let found = ctx
        .read(async move |tx| {
            let Some(row) = tx
                .query_opt(
                    "SELECT uid, method, expires_at FROM two_factor_challenges WHERE id = ?1",
                    &vals![&id],
                )
                .await?
            else {
                return Ok(None);
            };
            let way = if row.str(1)? == "totp" { Way::Totp } else { Way::Email };
            Ok(Some((users::by_id(tx, row.str(0)?).await?, way, row.int(2)?)))
        })
        .await?;
    let (user, way, expires_at) =
        found.ok_or_else(|| Error::plain("error-challenge-not-found", "challenge not found"))?;
    if expires_at < ctx.now.millis() {
        return Err(Error::plain("error-challenge-expired", "challenge expired"));
    }
    Ok((user.ok_or_else(|| Error::plain("error-user-not-found", "user not found"))?, way))
}

async fn close(ctx: &Ctx, id: &str) -> Result<()> {
    let id = id.to_owned();
    ctx.write(async move |tx| {
        tx.exec("DELETE FROM two_factor_challenges WHERE id = ?1", &vals![&id]).await?;
        Ok(())
    })
    .await
}

/// Counts a wrong answer; too many close the challenge.
async fn count_failure(ctx: &Ctx, id: &str) -> Result<Error> {
    let max = ctx.settings.get(keys::Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts);
    let sought = id.to_owned();
    let attempts = ctx
        .write(async move |tx| {
            let row = tx
                .query_opt(
                    "UPDATE two_factor_challenges SET attempts = attempts + 1 WHERE id = ?1 RETURNING attempts",
                    &vals![&sought],
                )
                .await?;
            Ok(row.map(|row| row.int(0)).transpose()?)
        })
        .await?;
    if attempts.is_some_and(|attempts| attempts < max) {
        return Ok(Error::plain("error-invalid-code", "Invalid code"));
    }
    close(ctx, id).await?;
    Ok(Error::plain("totp-max-attempts", "TOTP Maximun Failed Attempts Reached"))
}

/// Sends another code by mail to somebody who logs in through another service and is asked for one.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendChallengeCode {
    /// Id of the challenge.
    challenge_id: Option<String>,
}

impl Endpoint for SendChallengeCode {
    const SPEC: Spec = Spec::post("twoFactorChallenges.sendEmailCode", "authentication").rate(5, 60_000);
    type Guard = Anyone;
    type Reply = ();

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<()> {
        let id = self.challenge_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Error::plain("error-parameter-required", "challengeId is required"))?;
        let (user, way) = open(ctx, &id).await?;
        if way != Way::Email {
            return Err(Error::plain("error-invalid-challenge-method", "invalid challenge method"));
        }
        email::send(ctx, &user).await
    }
}

/// Answers the demand for a second factor with a code, and logs in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifyChallenge {
    /// Id of the challenge.
    challenge_id: Option<String>,
    /// The code.
    code: Option<String>,
}

/// A login.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginReply {
    pub(crate) login_token: String,
    pub(crate) user_id: String,
}

impl Endpoint for VerifyChallenge {
    const SPEC: Spec = Spec::post("twoFactorChallenges.verifyChallenge", "authentication").rate(5, 60_000);
    type Guard = Anyone;
    type Reply = LoginReply;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<LoginReply> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (Some(id), Some(code)) = (given(self.challenge_id), given(self.code)) else {
            return Err(Error::plain("error-parameter-required", "challengeId and code are required"));
        };
        let (user, way) = open(ctx, &id).await?;
        let fits = match way {
            Way::Totp => totp::take(ctx, &user, &code).await?,
            _ => email::take(ctx, &user, &code).await?,
        };
        if !fits {
            return Err(count_failure(ctx, &id).await?);
        }
        close(ctx, &id).await?;
        let session = login::start_if_admitted(ctx, &user).await?;
        Ok(LoginReply { login_token: session.token, user_id: session.uid })
    }
}
