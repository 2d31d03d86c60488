//! Percent encoding (RFC 3986), one function for each place that a text can have in an address or a header.

use std::borrow::Cow;
use std::string::FromUtf8Error;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Characters that mean nothing anywhere.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
const ADDRESS: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');
const EXTENDED: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'^')
    .remove(b'`')
    .remove(b'|');

/// A value of a query, or one part of a path.
pub fn value(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A path: its slashes stay.
pub fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// As JavaScript's `encodeURIComponent`.
pub fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// As JavaScript's `encodeURI`: what has a meaning in an address keeps it.
pub fn address(text: &str) -> String {
    utf8_percent_encode(text, ADDRESS).to_string()
}

/// The value of a header's parameter, by RFC 5987 (`filename*=UTF-8''…`), without the language before it.
pub fn extended(text: &str) -> String {
    utf8_percent_encode(text, EXTENDED).to_string()
}

/// Undoes it; a percent sign that encodes nothing stays as it is.
///
/// # Errors
/// If the bytes are no UTF-8.
pub fn decode(text: &str) -> Result<String, FromUtf8Error> {
    String::from_utf8(Cow::from(percent_decode_str(text)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_keeps_what_means_nothing_there() {
        let text = "aZ9-_.~ ä!*'(),;/?:@&=+$#^`|%";
        assert_eq!(
            value(text),
            "aZ9-_.~%20%C3%A4%21%2A%27%28%29%2C%3B%2F%3F%3A%40%26%3D%2B%24%23%5E%60%7C%25"
        );
        assert_eq!(path("a b/ä?#.txt"), "a%20b/%C3%A4%3F%23.txt");
        assert_eq!(component(text), "aZ9-_.~%20%C3%A4!*'()%2C%3B%2F%3F%3A%40%26%3D%2B%24%23%5E%60%7C%25");
        assert_eq!(address(text), "aZ9-_.~%20%C3%A4!*'(),;/?:@&=+$#%5E%60%7C%25");
        assert_eq!(extended(text), "aZ9-_.~%20%C3%A4!%2A%27%28%29%2C%3B%2F%3F%3A%40&%3D+$#^`|%25");
    }

    #[test]
    fn what_is_no_encoding_stays() {
        assert_eq!(decode("%C3%a4%20%zz%+1%").unwrap(), "ä %zz%+1%");
        assert!(decode("%ff").is_err());
    }
}
