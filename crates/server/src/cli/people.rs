//! `gantry user` and `gantry token`: what an administrator does when nobody can sign in.
//!
//! The commands go through the same operations as the REST API, as an administrator who exists only here.

use std::sync::Arc;

use clap::Subcommand;
use gantry_kernel::Kernel;
use gantry_kernel::caller::{Caller, Ctx};
use gantry_kernel::spec::Verb;
use serde_json::{Value, json};

use super::serve::Place;
use super::{Failure, Outcome, on_runtime};
use crate::assembly;

/// `gantry user …`
#[derive(Subcommand)]
pub(super) enum User {
    /// Makes a user
    Create {
        #[command(flatten)]
        place: Place,
        /// Name that the user signs in with
        username: String,
        /// Mail address
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Real name; the username if it is left out
        #[arg(long)]
        name: Option<String>,
        /// Password; a new one is made and shown if it is left out
        #[arg(long, env = "GANTRY_USER_PASSWORD", hide_env_values = true)]
        password: Option<String>,
        /// Role, for example admin; may be repeated
        #[arg(long = "role", default_value = "user", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Gives a user a new password and ends all sessions
    Password {
        #[command(flatten)]
        place: Place,
        /// Whose
        username: String,
        /// Password; a new one is made and shown if it is left out
        #[arg(long, env = "GANTRY_USER_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
    /// Gives a user a role, or takes it away
    Role {
        #[command(flatten)]
        place: Place,
        /// Whose
        username: String,
        /// Role, for example admin
        role: String,
        /// Take it away
        #[arg(long)]
        remove: bool,
    },
}

/// `gantry token …`
#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a login token, for scripts that act as the user
    Create {
        #[command(flatten)]
        place: Place,
        /// Whose
        username: String,
    },
}

pub(super) fn user(command: User) -> Outcome {
    match command {
        User::Create { place, username, email, name, password, roles } => with(&place, async move |office| {
            let (password, shown) = office.password(password);
            let name = name.unwrap_or_else(|| username.clone());
            let user = json!({
                "username": username, "email": email, "name": name, "password": password, "roles": roles,
                "verified": true, "joinDefaultChannels": true,
            });
            let created = office.post("users.create", user).await?;
            println!("made {username} ({})", created["user"]["_id"].as_str().unwrap_or_default());
            shown.tell();
            Ok(())
        }),
        User::Password { place, username, password } => with(&place, async move |office| {
            let (password, shown) = office.password(password);
            let user = office.find(&username).await?;
            office
                .post("users.update", json!({ "userId": user["_id"], "data": { "password": password } }))
                .await?;
            println!("{username} has a new password");
            shown.tell();
            office.remind();
            Ok(())
        }),
        User::Role { place, username, role, remove } => with(&place, async move |office| {
            let user = office.find(&username).await?;
            let mut roles: Vec<String> = serde_json::from_value(user["roles"].clone()).unwrap_or_default();
            roles.retain(|held| *held != role);
            if !remove {
                roles.push(role.clone());
            }
            office.post("users.update", json!({ "userId": user["_id"], "data": { "roles": roles } })).await?;
            println!("{username}: {}", roles.join(", "));
            office.remind();
            Ok(())
        }),
    }
}

pub(super) fn token(command: Token) -> Outcome {
    match command {
        Token::Create { place, username } => with(&place, async move |office| {
            let user = office.find(&username).await?;
            let issued = office.post("users.createToken", json!({ "userId": user["_id"] })).await?;
            println!("X-User-Id: {}", user["_id"].as_str().unwrap_or_default());
            println!("X-Auth-Token: {}", issued["data"]["authToken"].as_str().unwrap_or_default());
            Ok(())
        }),
    }
}

/// The operations, without a server around them.
struct Office {
    ctx: Ctx,
    /// A server works on the same data.
    served: bool,
}

/// Opens the data, works and closes it again.
fn with(place: &Place, work: impl AsyncFnOnce(&Office) -> Outcome) -> Outcome {
    place.must_exist()?;
    let config = place.config();
    let served = config.database_url.is_some() || crate::start::lock(&config.data).is_err();
    on_runtime(async move {
        let kernel = assembly::kernel(&config).await?;
        let office = Office { ctx: administrator(&kernel), served };
        let done = work(&office).await;
        kernel.events.quiesce().await;
        kernel.db.clone().close().await?;
        done
    })
}

fn administrator(kernel: &Arc<Kernel>) -> Ctx {
    let caller = Caller {
        uid: gantry_accounts::bootstrap::BOT.to_owned(),
        username: gantry_accounts::bootstrap::BOT.to_owned(),
        roles: vec!["admin".to_owned()],
        kind: "bot".to_owned(),
        bypass_two_factor: true,
        ..Caller::default()
    };
    Ctx { caller: Some(Arc::new(caller)), ..Ctx::internal(kernel) }
}

impl Office {
    async fn post(&self, path: &str, params: Value) -> Outcome<Value> {
        self.call(Verb::Post, path, params).await
    }

    async fn find(&self, username: &str) -> Outcome<Value> {
        let mut found = self.call(Verb::Get, "users.info", json!({ "username": username })).await?;
        Ok(found["user"].take())
    }

    async fn call(&self, verb: Verb, path: &str, params: Value) -> Outcome<Value> {
        let registry = &self.ctx.kernel.registry;
        let route =
            registry.route(verb, path).ok_or_else(|| Failure::new(format!("{path} is not there yet")))?;
        let answer = route.entry.call(params, &self.ctx).await.map_err(Failure::new)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// The password that was given, or a new one, which has to be shown.
    fn password(&self, given: Option<String>) -> (String, Shown) {
        match given {
            Some(password) => (password, Shown(None)),
            None => {
                let made = format!("{}-{}", self.ctx.ids.id(), self.ctx.ids.digits(4));
                (made.clone(), Shown(Some(made)))
            }
        }
    }

    /// A server keeps sessions and roles in memory.
    fn remind(&self) {
        if self.served {
            eprintln!("a server that runs on this data acts on it when it starts again");
        }
    }
}

/// A password that nobody knows yet.
struct Shown(Option<String>);

impl Shown {
    fn tell(&self) {
        if let Some(password) = &self.0 {
            println!("password: {password}");
        }
    }
}
