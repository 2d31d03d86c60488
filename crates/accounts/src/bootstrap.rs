//! What a workspace needs before anybody can use it.

use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Ctx;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::Environment;
use gantry_store::Tx;
use serde_json::{Map, Value, json};

use crate::Accounts;
use crate::hashing::{digest, token_hash};
use crate::tokens::{self, NewToken};
use crate::users::create::{NewUser, create};
use crate::users::{self, validate};

/// The bot in whose name the server speaks. Its id and username are the same in every workspace.
pub const BOT: &str = "rocket.cat";

/// The administrator of test servers: id, username and password are this.
pub const TEST_ADMIN: &str = "rocketchat.internal.admin.test";

/// Makes the users that the environment asks for, if they are not there yet. Safe to run at every start.
///
/// | variable | what |
/// |---|---|
/// | `ADMIN_USERNAME`, `ADMIN_PASS`, `ADMIN_EMAIL`, `ADMIN_NAME` | the first administrator |
/// | `INITIAL_USER` | `yes`, or JSON of a user that is made if there is none |
/// | `CREATE_TOKENS_FOR_USERS` | `true`: a fixed token for every user, in test mode only |
/// | `MAIL_URL` | the SMTP server, when the settings name none |
/// | `TEST_MODE` | the administrator of tests |
///
/// # Errors
/// If a variable cannot be used, or the database fails.
pub async fn bootstrap(kernel: &Arc<Kernel>, environment: &Environment) -> Result<()> {
    let ctx = Ctx::internal(kernel);
    let accounts = Accounts::of(kernel);
    if let Some(url) = environment.get("MAIL_URL").filter(|url| !url.is_empty()) {
        // A second start of the same kernel would bring the same value.
        let _ = accounts.mail_url.set(url.to_owned());
    }
    let admin = administrator(&ctx, environment).await?;
    let test_admin = match kernel.test_mode {
        true => Some(accounts.hashing.hash(&digest(TEST_ADMIN)).await?),
        false => None,
    };
    let initial = initial_user(environment)?;
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        crate::presence::reset(tx).await?;
        bot(&inner, tx).await?;
        if let Some(admin) = &admin
            && !has_administrator(tx).await?
        {
            make(&inner, tx, admin.clone()).await?;
        }
        if let Some(hash) = &test_admin {
            test_administrator(&inner, tx, hash).await?;
        }
        if let Some(initial) = &initial {
            make(&inner, tx, initial.clone()).await?;
        }
        Ok(())
    })
    .await?;
    if kernel.test_mode && environment.get("CREATE_TOKENS_FOR_USERS") == Some("true") {
        known_tokens(&ctx).await?;
    }
    kernel.events.settle().await;
    Ok(())
}

async fn bot(ctx: &Ctx, tx: &Tx) -> Result<()> {
    if users::by_id(tx, BOT).await?.is_some() {
        return Ok(());
    }
    let rest = json!({ "utcOffset": 0, "avatarOrigin": "local" });
    let new = NewUser {
        id: Some(BOT.to_owned()),
        username: Some(BOT.to_owned()),
        name: Some("Rocket.Cat".to_owned()),
        roles: vec!["bot".to_owned()],
        kind: "bot",
        join_default_channels: true,
        may_become_admin: false,
        rest: object(rest),
        ..NewUser::default()
    };
    create(ctx, tx, new).await?;
    tx.exec(
        "UPDATE users SET status = 'online', avatar_etag = ?2 WHERE id = ?1",
        &gantry_store::vals![BOT, &ctx.ids.id()],
    )
    .await?;
    Ok(())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

async fn has_administrator(tx: &Tx) -> Result<bool> {
    let found =
        tx.query_opt("SELECT 1 FROM user_roles WHERE role = 'admin' LIMIT 1", &gantry_store::vals![]).await?;
    Ok(found.is_some())
}

/// The administrator that the environment describes.
async fn administrator(ctx: &Ctx, environment: &Environment) -> Result<Option<NewUser>> {
    let Some(password) = environment.get("ADMIN_PASS").filter(|password| !password.is_empty()) else {
        return Ok(None);
    };
    let username = environment.get("ADMIN_USERNAME").filter(|name| !name.is_empty()).unwrap_or("admin");
    if !validate::username_fits(&ctx.settings, username) {
        return Err(Error::new(
            "error-invalid-username",
            format!("ADMIN_USERNAME: {username} is not a valid username"),
        ));
    }
    let email = environment.get("ADMIN_EMAIL").filter(|email| !email.is_empty());
    if let Some(email) = email {
        validate::email(&ctx.settings, email)?;
    }
    Ok(Some(NewUser {
        username: Some(username.to_owned()),
        name: Some(environment.get("ADMIN_NAME").unwrap_or("Administrator").to_owned()),
        email: email.map(str::to_owned),
        verified: true,
        password_hash: Some(Accounts::of(ctx).hashing.hash(&digest(password)).await?),
        roles: vec!["admin".to_owned()],
        ..NewUser::default()
    }))
}

/// Makes a user unless the id, the name or the address is taken.
async fn make(ctx: &Ctx, tx: &Tx, new: NewUser) -> Result<()> {
    let taken = match (&new.id, &new.username, &new.email) {
        (Some(id), ..) if users::by_id(tx, id).await?.is_some() => true,
        (_, Some(name), _) if users::by_username(tx, name).await?.is_some() => true,
        (_, _, Some(email)) if users::by_email(tx, email).await?.is_some() => true,
        _ => false,
    };
    if taken {
        tracing::warn!(
            username = new.username,
            "not made: the user, its name or its address is there already"
        );
        return Ok(());
    }
    create(ctx, tx, new).await.map(drop)
}

async fn test_administrator(ctx: &Ctx, tx: &Tx, hash: &str) -> Result<()> {
    if users::by_id(tx, TEST_ADMIN).await?.is_some() {
        return Ok(());
    }
    tracing::warn!("test mode: the user {TEST_ADMIN} with a known password is administrator of this server");
    let new = NewUser {
        id: Some(TEST_ADMIN.to_owned()),
        username: Some(TEST_ADMIN.to_owned()),
        name: Some("RocketChat Internal Admin Test".to_owned()),
        email: Some(format!("{TEST_ADMIN}@rocket.chat")),
        password_hash: Some(hash.to_owned()),
        roles: vec!["admin".to_owned()],
        ..NewUser::default()
    };
    make(ctx, tx, new).await
}

/// The user of `INITIAL_USER`. Upstream: `apps/meteor/server/startup/initialData.js`.
fn initial_user(environment: &Environment) -> Result<Option<NewUser>> {
    let Some(text) = environment.get("INITIAL_USER").filter(|text| !text.is_empty()) else { return Ok(None) };
    let given = if text == "yes" {
        json!({})
    } else {
        serde_json::from_str(text).map_err(|error| {
            Error::new("error-invalid-params", format!("INITIAL_USER is neither \"yes\" nor JSON: {error}"))
        })?
    };
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let roles = given.get("roles").and_then(Value::as_array);
    let roles = roles.map(|roles| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    Ok(Some(NewUser {
        id: text("_id"),
        username: text("username").or_else(|| Some("admin".to_owned())),
        name: text("name"),
        email: text("email"),
        verified: true,
        password_hash: text("passwordHash"),
        roles: roles.unwrap_or_else(|| vec!["admin".to_owned()]),
        ..NewUser::default()
    }))
}

/// Tokens that load testers know: the user's id is the token.
async fn known_tokens(ctx: &Ctx) -> Result<()> {
    let inner = ctx.clone();
    ctx.write(async move |tx| {
        let rows =
            tx.query("SELECT id FROM users WHERE type = 'user' ORDER BY id", &gantry_store::vals![]).await?;
        for row in rows {
            let uid = row.text(0)?;
            let hash = token_hash(&uid);
            let known = tx
                .query_opt("SELECT 1 FROM login_tokens WHERE hash = ?1", &gantry_store::vals![&hash])
                .await?;
            if known.is_none() {
                tokens::insert(tx, &NewToken::login(&hash, &uid, inner.now)).await?;
            }
        }
        Ok(())
    })
    .await
}
