//! How much clients may store. Keys are opaque here, and what one member gives to another is sent to that one.

use gantry_kernel::prelude::*;

use super::share::Suggestion;

/// Bytes of one key or key id. Clients send a few hundred; a private key with its wrapping has about 3,000.
const KEY: usize = 16 * 1024;
/// Keys offered in one call.
const OFFERS: usize = 1000;
/// Former keys offered to one member.
const FORMER: usize = 10;

/// Refuses keys that are too long.
pub(super) fn keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<()> {
    match keys.into_iter().all(|key| key.len() <= KEY) {
        true => Ok(()),
        false => Err(Error::invalid_params(format!("a key must NOT have more than {KEY} characters"))),
    }
}

/// Refuses more or longer keys in one call than clients have a use for.
pub(super) fn suggestions<'a>(all: impl Iterator<Item = &'a Suggestion>) -> Result<()> {
    for (index, suggestion) in all.enumerate() {
        let former = suggestion.old_keys.as_deref().unwrap_or_default();
        if index >= OFFERS || former.len() > FORMER {
            return Err(Error::invalid_params("too many keys in one call"));
        }
        keys([suggestion.key.as_str()])?;
        keys(former.iter().flat_map(|key| key.texts()))?;
    }
    Ok(())
}
