//! Mail from the templates in the settings.

use gantry_kernel::Kernel;
use gantry_kernel::settings::keys;

use super::Mail;
use crate::users::validate::escape;

/// A letter to be written from two settings: `[Name]` stands for a value, `{Key}` for a text.
pub struct Letter<'a> {
    /// Address.
    pub to: &'a str,
    /// Id of the setting with the subject.
    pub subject: &'static str,
    /// Id of the setting with the page.
    pub body: &'static str,
    /// What stands for `[Name]`.
    pub values: &'a [(&'a str, &'a str)],
}

/// The texts of the built-in templates. Clients translate for themselves; the server speaks English.
const TEXTS: &[(&str, &str)] = &[
    ("Welcome_to", "Welcome to [Site_Name]"),
    (
        "Visit_Site_Url_and_try_the_best_open_source_chat_solution_available_today",
        "Your team is waiting at [Site_URL].",
    ),
    ("Login", "Log in"),
    ("Hi", "Hello"),
    ("Hi_username", "Hello [name]"),
    ("Verification_Email_Subject", "[Site_Name]: please confirm your address"),
    ("Verification_email_body", "Please confirm that this address is yours."),
    ("Verify_your_email", "Confirm"),
    ("Forgot_Password_Email_Subject", "[Site_Name]: set a new password"),
    ("Forgot_password", "Forgot your password?"),
    ("Lets_get_you_new_one_", "Here you can set a new one."),
    ("Reset", "Set a new password"),
    ("If_you_didnt_ask_for_reset_ignore_this_email", "If you did not ask for this, nothing happens."),
    ("Email_Changed_Email_Subject", "[Site_Name]: your address was changed"),
    ("Your_email_address_has_changed", "The address of your account was changed."),
    ("Your_new_email_is_email", "It is [email] now."),
    ("Password_Changed_Email_Subject", "[Site_Name]: your password was changed"),
    ("Your_password_was_changed_by_an_admin", "An administrator changed your password."),
    ("Your_temporary_password_is_password", "Your temporary password is [password]."),
    ("Join_Chat", "Join"),
];

impl Letter<'_> {
    /// Writes it.
    pub fn write(&self, kernel: &Kernel) -> Mail {
        let settings = &kernel.settings;
        let site_url = settings.get(keys::Site_Url);
        let site_url = site_url.trim_end_matches('/');
        let site_name = settings.text_by_id("Site_Name");
        let slash = format!("{site_url}/");
        let common = [
            ("Site_Name", &*site_name),
            ("Site_Url", site_url),
            ("Site_URL", site_url),
            ("Site_Url_Slash", &slash),
        ];
        let values: Vec<(&str, &str)> = self.values.iter().copied().chain(common).collect();
        let subject = fill(&texts(&settings.text_by_id(self.subject)), &values, str::to_owned);
        let page = [
            &*settings.text_by_id("Email_Header"),
            &*settings.text_by_id(self.body),
            &*settings.text_by_id("Email_Footer"),
        ]
        .join("\n");
        let html = fill(&texts(&page), &values, escape);
        Mail { to: self.to.to_owned(), from: None, subject, text: plain(&html), html: Some(html) }
    }
}

/// A mail whose page is `content` between the workspace's header and footer. Nothing in `content` is filled in.
pub fn page(kernel: &Kernel, to: &str, subject: &str, content: &str) -> Mail {
    let settings = &kernel.settings;
    let site_url = settings.get(keys::Site_Url);
    let site_url = site_url.trim_end_matches('/');
    let site_name = settings.text_by_id("Site_Name");
    let slash = format!("{site_url}/");
    let values = [
        ("Site_Name", &*site_name),
        ("Site_Url", site_url),
        ("Site_URL", site_url),
        ("Site_Url_Slash", &slash),
    ];
    let part = |id| fill(&texts(&settings.text_by_id(id)), &values, escape);
    let html = [&part("Email_Header"), content, &part("Email_Footer")].join("\n");
    Mail { to: to.to_owned(), from: None, subject: subject.to_owned(), text: plain(&html), html: Some(html) }
}

/// Puts texts in place of `{Key}`; unknown keys are shown as words.
fn texts(template: &str) -> String {
    replace(template, '{', '}', |key| {
        let word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let known = TEXTS.iter().find(|(name, _)| *name == key).map(|(_, text)| (*text).to_owned());
        known.or_else(|| word.then(|| key.replace('_', " ").trim().to_owned()))
    })
}

fn fill(template: &str, values: &[(&str, &str)], form: impl Fn(&str) -> String) -> String {
    replace(template, '[', ']', |key| {
        values.iter().find(|(name, _)| *name == key).map(|(_, value)| form(value))
    })
}

/// Replaces what stands between `open` and `close` where `with` knows something for it.
fn replace(text: &str, open: char, close: char, with: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let inner = &tail[open.len_utf8()..];
        match inner.find(close).and_then(|end| Some((end, with(&inner[..end])?))) {
            Some((end, value)) => {
                out.push_str(&value);
                rest = &inner[end + close.len_utf8()..];
            }
            None => {
                out.push(open);
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The words of a page, with the addresses of its links.
pub fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let mut link: Option<&str> = None;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('>') else { break };
        let tag = &rest[start + 1..start + length];
        if let Some(address) = tag.split_once("href=\"").and_then(|(_, tail)| tail.split('"').next()) {
            link = Some(address);
        } else if tag == "/a"
            && let Some(address) = link.take()
        {
            text.push_str(&format!(" ({address})"));
        }
        rest = &rest[start + length + 1..];
    }
    text.push_str(rest);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    let text = text.replace("&middot;", "-").replace("&amp;", "&");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_unknown_names_stay() {
        let page = fill("<p>[name] [other] [", &[("name", "<b>")], escape);
        assert_eq!(page, "<p>&lt;b&gt; [other] [");
    }

    #[test]
    fn keys_become_texts_and_styles_stay() {
        assert_eq!(texts("{Hi} a { color: red } {Some_Key}"), "Hello a { color: red } Some Key");
    }

    #[test]
    fn a_page_becomes_text_with_its_links() {
        assert_eq!(
            plain("<h1>Hi</h1>\n<p><a class=\"b\" href=\"https://x/y\">Go</a></p>"),
            "Hi\nGo (https://x/y)"
        );
    }
}
