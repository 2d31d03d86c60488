/// What a workspace's settings turn on. The default is what a new workspace has.
#[derive(Clone, Debug)]
pub struct Options {
    /// `color:#ff0000` is a colour (setting `HexColorPreview_Enabled`).
    pub colors: bool,
    /// `:)` is an emoji.
    pub emoticons: bool,
    /// Formulas (setting `Katex_Enabled`); none when absent.
    pub katex: Option<Katex>,
    /// Domains beside the public ones whose addresses become links (setting
    /// `Message_CustomDomain_AutoLink`).
    pub custom_domains: Vec<String>,
    /// The time of the message in milliseconds since 1970: `<t:10:00+02:00>`
    /// means that hour of this day (in UTC).
    pub now_ms: i64,
}

/// How formulas are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Katex {
    /// `$inline$` and `$$block$$` (setting `Katex_Dollar_Syntax`).
    pub dollar_syntax: bool,
    /// `\(inline\)` and `\[block\]` (setting `Katex_Parenthesis_Syntax`).
    pub parenthesis_syntax: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            colors: true,
            emoticons: true,
            katex: Some(Katex { dollar_syntax: false, parenthesis_syntax: true }),
            custom_domains: Vec::new(),
            now_ms: 0,
        }
    }
}
