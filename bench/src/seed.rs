//! A workspace to measure: people, tokens and rooms, written into the database before the server starts.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_kernel::clock::Clock;
use gantry_kernel::error::Error;
use gantry_messaging::subscriptions::rows::Beginning;
use gantry_protocol::objects::{Message, Room, RoomType, User, UserRef};
use gantry_store::search::catch_up;
use gantry_store::{Db, DbConfig, vals};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::process::Process;
use crate::{Options, Outcome};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "bench-password";

/// Rows per transaction.
const CHUNK: usize = 2000;

/// A data folder, removed with this value.
pub(crate) struct Workspace {
    folder: TempDir,
    pub(crate) people: Vec<Person>,
    pub(crate) rooms: Vec<String>,
}

/// Somebody who can sign in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) uid: String,
    pub(crate) username: String,
    pub(crate) token: String,
}

impl Workspace {
    /// An empty data folder on the disk that is measured.
    pub(crate) fn empty(options: &Options) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("data-").tempdir_in(&options.scratch)?;
        Ok(Self { folder, people: Vec::new(), rooms: Vec::new() })
    }

    /// `people` users, and one channel for each entry of `rooms` with that many of them, the first ones first.
    pub(crate) async fn seeded(options: &Options, people: usize, rooms: &[usize]) -> Outcome<Self> {
        let mut workspace = Self::empty(options)?;
        // The server itself makes the tables and what every workspace has.
        Process::gantry(&options.server, workspace.path()).await?.stop().await?;
        workspace.people = (0..people).map(Person::number).collect();
        workspace.rooms = (0..rooms.len()).map(|i| format!("benchroom{i:08}")).collect();
        let db = workspace.open().await?;
        // One hash for all: making one takes as long as a sign-in.
        let hash = bcrypt::hash(hex::encode(Sha256::digest(PASSWORD)), 10)?;
        for chunk in workspace.people.chunks(CHUNK) {
            write_people(&db, chunk.to_vec(), hash.clone()).await?;
        }
        for (i, (rid, members)) in workspace.rooms.iter().zip(rooms).enumerate() {
            let room = Room {
                id: rid.clone(),
                t: RoomType::Channel,
                name: Some(format!("bench-{i}")),
                fname: Some(format!("bench-{i}")),
                ts: Some(Clock::system().now()),
                updated_at: Clock::system().now(),
                users_count: i64::try_from(*members)?,
                ..Room::default()
            };
            let members = workspace.people.get(..*members).ok_or("a room larger than the workspace")?;
            let new = room.clone();
            db.write(async move |tx| gantry_messaging::rooms::rows::insert(tx, &new).await)
                .await
                .map_err(explain)?;
            for chunk in members.chunks(CHUNK) {
                write_members(&db, room.clone(), chunk.to_vec()).await?;
            }
        }
        db.close().await?;
        Ok(workspace)
    }

    /// Writes `count` messages into a room, a second apart, the last one now. `text` gives the nth text.
    pub(crate) async fn talk(&self, rid: &str, count: usize, text: impl Fn(usize) -> String) -> Outcome {
        let db = self.open().await?;
        let (now, author) = (Clock::system().now(), self.people[0].clone());
        let mut done = 0;
        while done < count {
            let chunk = CHUNK.min(count - done);
            let messages: Vec<Message> = (done..done + chunk)
                .map(|n| {
                    let ts = now.plus_millis(-1000 * i64::try_from(count - n).unwrap_or(i64::MAX));
                    Message {
                        id: format!("{rid}-{n:09}"),
                        rid: rid.to_owned(),
                        msg: text(n),
                        ts,
                        updated_at: ts,
                        u: author.reference(),
                        ..Message::default()
                    }
                })
                .collect();
            write_messages(&db, messages).await?;
            done += chunk;
        }
        let (rid, count) = (rid.to_owned(), i64::try_from(count)?);
        db.write(async move |tx| -> Result<(), Error> {
            tx.exec("UPDATE rooms SET msgs = ?2, lm = ?3 WHERE id = ?1", &vals![&rid, count, now.millis()])
                .await?;
            Ok(())
        })
        .await
        .map_err(explain)?;
        Ok(db.close().await?)
    }

    /// Takes all messages into the search index, as the server does by the clock.
    pub(crate) async fn index(&self) -> Outcome {
        let db = self.open().await?;
        while db
            .write(async |tx| -> Result<u64, Error> { Ok(catch_up(tx, 2000).await?) })
            .await
            .map_err(explain)?
            > 0
        {}
        Ok(db.close().await?)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn database(&self) -> PathBuf {
        self.path().join("gantry.db")
    }

    /// The database, for use while no server runs.
    pub(crate) async fn open(&self) -> Outcome<Db> {
        Ok(Db::open(DbConfig::new(format!("sqlite:{}", self.database().display()))).await?)
    }
}

impl Person {
    fn number(i: usize) -> Self {
        Self {
            uid: format!("benchuser{i:08}"),
            username: format!("bench-{i}"),
            token: format!("bench-token-{i:031}"),
        }
    }

    fn reference(&self) -> UserRef {
        UserRef { id: self.uid.clone(), username: Some(self.username.clone()), ..UserRef::default() }
    }

    fn user(&self) -> User {
        let now = Clock::system().now();
        User {
            id: self.uid.clone(),
            username: Some(self.username.clone()),
            name: Some(format!("Bench {}", self.username)),
            kind: "user".to_owned(),
            active: true,
            roles: vec!["user".to_owned()],
            created_at: now,
            updated_at: now,
            ..User::default()
        }
    }
}

async fn write_people(db: &Db, people: Vec<Person>, hash: String) -> Outcome {
    let now = Clock::system().now().millis();
    db.write(async move |tx| -> Result<(), Error> {
        for person in &people {
            gantry_accounts::users::insert(tx, &person.user()).await?;
            tx.exec("UPDATE users SET password_hash = ?2 WHERE id = ?1", &vals![&person.uid, &hash]).await?;
            tx.exec(
                "INSERT INTO login_tokens (hash, uid, kind, bypass_two_factor, created_at) VALUES (?1, ?2, 'login', FALSE, ?3)",
                &vals![&STANDARD.encode(Sha256::digest(&person.token)), &person.uid, now],
            )
            .await?;
        }
        Ok(())
    })
    .await
    .map_err(explain)
}

async fn write_messages(db: &Db, messages: Vec<Message>) -> Outcome {
    db.write(async move |tx| -> Result<(), Error> {
        for message in &messages {
            let doc = serde_json::to_string(message).map_err(Error::internal)?;
            gantry_messaging::messages::rows::insert(tx, message, &doc).await?;
        }
        Ok(())
    })
    .await
    .map_err(explain)
}

async fn write_members(db: &Db, room: Room, people: Vec<Person>) -> Outcome {
    let now = Clock::system().now();
    db.write(async move |tx| -> Result<(), Error> {
        for person in &people {
            let id = format!("{}-{}", room.id, person.uid);
            let begin = Beginning { id, open: true, ..Beginning::default() };
            gantry_messaging::subscriptions::rows::insert(tx, &room, &person.user(), &begin, now).await?;
        }
        Ok(())
    })
    .await
    .map_err(explain)
}

fn explain(error: Error) -> crate::Failure {
    format!("{error:?}").into()
}
