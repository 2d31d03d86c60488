//! Whatever decodes as EJSON is written and read back as itself.

#![no_main]

use gantry_protocol::ejson::Ejson;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = serde_json::from_slice(bytes) else { return };
    if let Ok(value) = Ejson::decode(json)
        // Writing may need one more level for an escape than reading did.
        && let Ok(written) = value.encode()
    {
        assert_eq!(Ejson::decode(written), Ok(value));
    }
});
