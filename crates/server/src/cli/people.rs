//! `gantry user` and `gantry token`: what an administrator does when nobody can sign in.
//!
//! The commands go through the same operations as the REST API, as an administrator who exists only here: in the
//! running server if there is one, which acts on them at once, and in this process otherwise.

use std::sync::Arc;

use clap::Subcommand;
use gantry_kernel::Kernel;
use gantry_kernel::ids::Ids;
use serde_json::{Value, json};

use super::serve::Place;
use super::{Failure, Outcome, on_runtime};
use crate::assembly;
use crate::local::{self, Answered, Asked, Reached};
use crate::start::{StartError, lock};

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
            let (password, shown) = self::password(password);
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
            let (password, shown) = self::password(password);
            let user = office.find(&username).await?;
            office
                .post("users.update", json!({ "userId": user["_id"], "data": { "password": password } }))
                .await?;
            println!("{username} has a new password");
            shown.tell();
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

/// Who carries the operations out.
pub(super) enum Office {
    /// The server that works on the data.
    Server(Reached),
    /// This process, since no server does.
    Here(Arc<Kernel>),
}

/// Has the server work, or opens the data, works and closes it again.
pub(super) fn with(place: &Place, work: impl AsyncFnOnce(&Office) -> Outcome) -> Outcome {
    place.must_exist()?;
    let config = place.config();
    on_runtime(async move {
        if let Some(server) = Reached::of(&config.data).await {
            return work(&Office::Server(server)).await;
        }
        // Held while this works, so that no server starts in between and misses it.
        let _lock = match &config.database_url {
            Some(_) => {
                eprintln!(
                    "no server answers in {}; one that runs elsewhere on this database sees this when it starts again",
                    config.data.display()
                );
                None
            }
            None => Some(lock(&config.data).map_err(|error| match error {
                StartError::Locked(folder) => Failure::new(format!(
                    "a server uses {folder} but does not answer: it starts or stops just now, or could not make its \
                     socket there (its log says so). Try again, or stop it first"
                )),
                other => Failure::new(other),
            })?),
        };
        let office = Office::Here(assembly::kernel(&config).await?);
        let done = work(&office).await;
        if let Office::Here(kernel) = office {
            kernel.events.quiesce().await;
            kernel.db.clone().close().await?;
        }
        done
    })
}

impl Office {
    pub(super) async fn post(&self, path: &str, params: Value) -> Outcome<Value> {
        self.call(Asked { changes: true, path: path.to_owned(), params }).await
    }

    pub(super) async fn get(&self, path: &str, params: Value) -> Outcome<Value> {
        self.call(Asked { changes: false, path: path.to_owned(), params }).await
    }

    async fn find(&self, username: &str) -> Outcome<Value> {
        let mut found = self.get("users.info", json!({ "username": username })).await?;
        Ok(found["user"].take())
    }

    async fn call(&self, asked: Asked) -> Outcome<Value> {
        let answered = match self {
            Self::Server(server) => server.ask(&asked).await?,
            Self::Here(kernel) => local::carry_out(kernel, asked).await,
        };
        match answered {
            Answered::Done(value) => Ok(value),
            Answered::Refused(why) => Err(Failure::new(why)),
        }
    }
}

/// The password that was given, or a new one, which has to be shown.
fn password(given: Option<String>) -> (String, Shown) {
    match given {
        Some(password) => (password, Shown(None)),
        None => {
            let ids = Ids::system();
            let made = format!("{}-{}", ids.id(), ids.digits(4));
            (made.clone(), Shown(Some(made)))
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
