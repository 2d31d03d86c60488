//! Document ids.

/// The characters of generated ids: digits and letters that are not mistaken for each other when read aloud
/// or typed (no `0 1 I O U V l`). The same 55 that Meteor's `Random.id` uses.
pub const ALPHABET: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/// Length of a generated id.
pub const ID_LENGTH: usize = 17;

/// Longest id accepted from a client, in bytes.
pub const MAX_ID_BYTES: usize = 64;

/// Whether `id` can serve as a document id that a client chose (messages, uploads): not empty, at most
/// [`MAX_ID_BYTES`], no control characters. Clients do not keep to the generator's alphabet: the mobile app
/// and bots make up their own.
pub fn is_valid_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES && !id.chars().any(char::is_control)
}

/// Whether `id` has the form of a generated id.
pub fn is_generated_id(id: &str) -> bool {
    id.len() == ID_LENGTH && id.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_bounded_and_printable() {
        assert!(is_valid_id("a"));
        assert!(is_valid_id(&"x".repeat(64)));
        assert!(!is_valid_id(""));
        assert!(!is_valid_id(&"x".repeat(65)));
        assert!(!is_valid_id(&"é".repeat(33)));
        assert!(!is_valid_id("a\u{0}b"));
        assert!(!is_valid_id("a\u{85}b"));
    }

    #[test]
    fn generated_ids_use_the_unmistakable_alphabet() {
        assert!(is_generated_id("23456789ABCDEFGHJ"));
        assert!(!is_generated_id("23456789ABCDEFGH0"));
        assert!(!is_generated_id("23456789ABCDEFGH"));
    }
}
