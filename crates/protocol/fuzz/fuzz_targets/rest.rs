//! Rewriting dates keeps JSON valid and finds nothing to rewrite in its own output.

#![no_main]

use gantry_protocol::rest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let encoded = rest::encode(bytes);
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
        serde_json::from_slice::<serde_json::Value>(&encoded).expect("JSON stays JSON");
        assert_eq!(rest::encode(&encoded), encoded);
    }
});
