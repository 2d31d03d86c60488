//! What unwraps can be wrapped again.

#![no_main]

use gantry_protocol::sockjs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(frames) = sockjs::unwrap(text) {
        let wrapped = sockjs::wrap_all(frames.iter().map(String::as_str));
        let list = wrapped.strip_prefix('a').expect("messages begin with a");
        assert_eq!(sockjs::unwrap(list), Ok(frames));
    }
});
