//! Passwords and tokens: how they are hashed and compared.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_kernel::error::{Error, Result};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Callers that may wait for a turn; more are told to come back. At ten hashes a second on a small machine
/// nobody would wait longer than a client does.
const QUEUE: usize = 256;

/// Runs bcrypt on few threads, so that logins cannot starve everything else.
pub struct Hashing {
    cost: u32,
    turns: Semaphore,
    waiting: AtomicUsize,
    decoy: String,
}

impl Hashing {
    /// The cost that upstream uses, so that imported and own hashes take the same time.
    pub const COST: u32 = 10;

    pub(crate) fn new(cost: u32) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        Self {
            cost,
            turns: Semaphore::new(threads),
            waiting: AtomicUsize::new(0),
            // A well-formed hash of nothing that anybody knows.
            decoy: format!("$2b${cost:02}${}{}", ".".repeat(22), ".".repeat(31)),
        }
    }

    /// The stored form of a password, given as its [`digest`].
    ///
    /// # Errors
    /// 503 if too many passwords are waiting.
    pub async fn hash(&self, digest: &str) -> Result<String> {
        let (digest, cost) = (digest.to_owned(), self.cost);
        self.turn(move || bcrypt::hash(digest, cost)).await?.map_err(Error::internal)
    }

    /// Whether a password, given as its [`digest`], is the stored one. Takes as long when there is no stored
    /// one: the time does not tell whether a user exists.
    ///
    /// # Errors
    /// 503 if too many passwords are waiting.
    pub async fn verify(&self, digest: &str, stored: Option<&str>) -> Result<bool> {
        let known = stored.is_some();
        let digest = digest.to_ascii_lowercase();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        // A damaged hash fits no password.
        let fits = self.turn(move || bcrypt::verify(digest, &stored).unwrap_or(false)).await?;
        Ok(known && fits)
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = Place::take(&self.waiting)?;
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// A place in the queue; given back also when the caller goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            return Err(Error::new("error-server-busy", "Too many logins at once; try again in a moment")
                .with_status(503));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The lower-case hex SHA-256 of a password: what clients send and what is hashed.
pub fn digest(password: &str) -> String {
    hex::encode(Sha256::digest(password))
}

/// The base64 SHA-256 of a login token: what is stored of it. Upstream: Meteor's `_hashLoginToken`.
pub fn token_hash(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// Compares secrets in a time that does not depend on where they differ.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hashing = Hashing::new(4);
        let stored = hashing.hash(&digest("secret")).await.unwrap();
        assert!(hashing.verify(&digest("secret"), Some(&stored)).await.unwrap());
        assert!(hashing.verify(&digest("secret").to_uppercase(), Some(&stored)).await.unwrap());
        assert!(!hashing.verify(&digest("Secret"), Some(&stored)).await.unwrap());
        assert!(!hashing.verify(&digest("secret"), None).await.unwrap());
        assert!(!hashing.verify(&digest("secret"), Some("damaged")).await.unwrap());
    }

    #[test]
    fn the_decoy_is_worth_a_whole_computation() {
        let hashing = Hashing::new(4);
        assert_eq!(bcrypt::verify("x", &hashing.decoy).ok(), Some(false));
    }

    #[test]
    fn hashes_are_those_of_upstream() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(token_hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert!(same("a", "a") && !same("a", "b") && !same("a", "ab"));
    }
}
