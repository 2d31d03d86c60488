//! Pages for mail and exports: everything that people wrote is escaped.

/// Text made safe for a page, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// As [`escape`], with line breaks.
pub fn lines(text: &str) -> String {
    escape(text).replace('\n', "<br/>")
}
