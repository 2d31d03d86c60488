//! Ids and secrets, from one source that tests can seed.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gantry_protocol::ids::{ALPHABET, ID_LENGTH};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _, TryRngCore as _};

/// Makes document ids, login tokens and codes.
///
/// Clones of a seeded generator continue the same sequence. The default is the operating system's generator.
#[derive(Clone, Default)]
pub struct Ids {
    /// A predictable generator for tests; `None` for the operating system's.
    seeded: Option<Arc<Mutex<StdRng>>>,
}

impl Ids {
    /// Ids that nobody can guess, from the operating system's secure generator.
    pub fn system() -> Self {
        Self { seeded: None }
    }

    /// The same ids on every run. For tests: whoever knows the seed knows all secrets.
    pub fn seeded(seed: u64) -> Self {
        Self { seeded: Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))) }
    }

    /// A document id: 17 characters of the unmistakable alphabet (98 bits).
    pub fn id(&self) -> String {
        self.draw(ID_LENGTH, |byte| ALPHABET.get(usize::from(byte & 63)).copied())
    }

    /// A secret for login tokens and the like: 32 random bytes as 43 characters of base64url.
    pub fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A code of `length` decimal digits, each equally likely.
    pub fn digits(&self, length: usize) -> String {
        // 250 is the largest multiple of ten that fits: the bytes above it would favour the low digits.
        self.draw(length, |byte| (byte < 250).then_some(b'0' + byte % 10))
    }

    /// Fills `bytes` with random bytes.
    ///
    /// # Panics
    /// If the operating system has no randomness to give: no secret could be made safely.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.seeded {
            Some(rng) => rng.lock().fill_bytes(bytes),
            None => fill_from_system(bytes),
        }
    }

    /// `length` ASCII characters, each from a random byte. `pick` answers `None` to have another byte, so
    /// that every character stays equally likely.
    fn draw(&self, length: usize, pick: impl Fn(u8) -> Option<u8>) -> String {
        let mut text = String::with_capacity(length);
        let mut bytes = [0; 24];
        while text.len() < length {
            self.fill(&mut bytes);
            let wanted = length - text.len();
            text.extend(bytes.iter().filter_map(|&byte| pick(byte)).map(char::from).take(wanted));
        }
        text
    }
}

fn fill_from_system(bytes: &mut [u8]) {
    #[expect(
        clippy::disallowed_types,
        reason = "this is the one place that takes the machine's randomness"
    )]
    use rand::rngs::OsRng;
    OsRng.try_fill_bytes(bytes).expect("the operating system provides randomness");
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.seeded.is_some() { "Ids(seeded)" } else { "Ids(system)" })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use gantry_protocol::ids::is_generated_id;

    use super::*;

    #[test]
    fn ids_have_the_generated_form_and_do_not_repeat() {
        let ids = Ids::system();
        let made: HashSet<String> = (0..1_000).map(|_| ids.id()).collect();
        assert_eq!(made.len(), 1_000);
        assert!(made.iter().all(|id| is_generated_id(id)));
    }

    #[test]
    fn every_character_of_the_alphabet_comes_up() {
        let ids = Ids::seeded(7);
        let used: HashSet<u8> = (0..200).flat_map(|_| ids.id().into_bytes()).collect();
        assert_eq!(used.len(), ALPHABET.len());
        let used: HashSet<u8> = ids.digits(500).into_bytes().into_iter().collect();
        assert_eq!(used, HashSet::from(*b"0123456789"));
    }

    #[test]
    fn the_same_seed_gives_the_same_sequence_and_clones_continue_it() {
        let (one, two) = (Ids::seeded(1), Ids::seeded(1));
        let first = one.id();
        assert_eq!(first, two.clone().id());
        assert_eq!(one.secret(), two.secret());
        assert_ne!(one.id(), first);
        assert_ne!(Ids::seeded(2).id(), first);
    }

    #[test]
    fn secrets_are_43_characters_of_base64url() {
        let secret = Ids::system().secret();
        assert_eq!(secret.len(), 43);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_ne!(secret, Ids::system().secret());
    }

    #[test]
    fn codes_have_the_asked_length() {
        for length in [0, 1, 6, 100] {
            let code = Ids::system().digits(length);
            assert_eq!(code.len(), length);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
