//! A frame is either understood, and then survives a round trip, or answered with an error frame.

#![no_main]

use gantry_protocol::ddp::{ClientFrame, ServerFrame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match ClientFrame::parse(text) {
        Ok(frame) => assert_eq!(ClientFrame::parse(&frame.encode()), Ok(frame)),
        Err(error) => {
            let answer = error.into_frame();
            let read = ServerFrame::parse(&answer.encode()).expect("an answer is a frame");
            assert_eq!(read, answer);
        }
    }
    if let Ok(frame) = ServerFrame::parse(text) {
        let read = ServerFrame::parse(&frame.encode()).expect("what was written is a frame");
        assert_eq!(read.encode(), frame.encode());
    }
});
