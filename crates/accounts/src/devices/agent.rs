//! What a `User-Agent` says of a device.

use schemars::JsonSchema;
use serde::Serialize;

/// A device as lists show it. Upstream: `packages/core-typings/src/ISession.ts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device {
    /// `browser`, `mobile`, `tablet`, `mobile-app`, `desktop-app`, `other`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Browser or app.
    pub(super) name: String,
    /// Its version as it says it.
    pub(super) long_version: String,
    /// What it runs on.
    pub(super) os: Os,
    /// At most three parts of the version.
    pub(super) version: String,
}

/// An operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Os {
    /// Name.
    pub(super) name: String,
    /// Version; empty if it is not told.
    pub(super) version: String,
}

/// Browsers by the word that names them; the first that is found counts, since most claim to be others too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome Headless"),
    ("Chrome/", "Chrome"),
];

/// Reads a `User-Agent`; what it does not tell stays empty.
pub(super) fn device(agent: &str) -> Device {
    let mut device = if let Some(rest) = agent.strip_prefix("RC Mobile") {
        mobile_app(rest)
    } else if agent.contains(" Electron/") {
        let name = "Rocket.Chat";
        Device {
            kind: "desktop-app".into(),
            name: name.into(),
            long_version: after(agent, "Rocket.Chat/").unwrap_or_default().into(),
            os: system(agent),
            ..Device::default()
        }
    } else {
        browser(agent)
    };
    device.version = short(&device.long_version);
    device
}

/// `RC Mobile; ios 15.1; v4.30.0 (30000)`
fn mobile_app(rest: &str) -> Device {
    let mut parts = rest.split(';').skip(1).map(str::trim);
    let (os, app) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (name, version) = os.split_once(' ').unwrap_or((os, ""));
    let mut words = app.split_whitespace().map(|word| word.trim_start_matches('v').replace(['(', ')'], ""));
    let long_version = [words.next(), words.next()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Device {
        kind: "mobile-app".into(),
        name: "RC Mobile".into(),
        long_version,
        os: Os { name: name.into(), version: version.into() },
        ..Device::default()
    }
}

fn browser(agent: &str) -> Device {
    let known = BROWSERS.iter().find_map(|(mark, name)| Some((*name, after(agent, mark)?)));
    // Safari tells its version elsewhere than its name.
    let safari =
        || agent.contains("Safari/").then(|| ("Safari", after(agent, "Version/").unwrap_or_default()));
    let Some((name, version)) = known.or_else(safari) else {
        return Device { kind: "other".into(), os: system(agent), ..Device::default() };
    };
    let kind = if agent.contains("iPad") || (agent.contains("Android") && !agent.contains("Mobile")) {
        "tablet"
    } else if agent.contains("Mobile") {
        "mobile"
    } else {
        "browser"
    };
    Device {
        kind: kind.into(),
        name: name.into(),
        long_version: version.into(),
        os: system(agent),
        ..Device::default()
    }
}

fn system(agent: &str) -> Os {
    let os = |name: &str, version: &str| Os { name: name.into(), version: version.replace('_', ".") };
    if let Some(version) = after(agent, "Windows NT ") {
        let version = match version {
            "10.0" => "10",
            "6.3" => "8.1",
            "6.2" => "8",
            "6.1" => "7",
            other => other,
        };
        return os("Windows", version);
    }
    if agent.contains("iPhone") || agent.contains("iPad") {
        return os("iOS", after(agent, " OS ").unwrap_or_default());
    }
    for (mark, name) in [("Android ", "Android"), ("Mac OS X ", "Mac OS"), ("CrOS ", "Chromium OS")] {
        if let Some(version) = after(agent, mark) {
            return os(name, version);
        }
    }
    for name in ["Ubuntu", "Fedora", "Debian", "Linux"] {
        if agent.contains(name) {
            return os(name, "");
        }
    }
    Os::default()
}

/// The word that follows `mark`.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let rest = &text[text.find(mark)? + mark.len()..];
    Some(&rest[..rest.find([' ', ';', ')', ',']).unwrap_or(rest.len())])
}

/// The first three numbers of a version.
fn short(version: &str) -> String {
    let Some(start) = version.find(|c: char| c.is_ascii_digit()) else { return String::new() };
    let digits = version[start..].split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    digits.split('.').filter(|part| !part.is_empty()).take(3).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(agent: &str) -> (String, String, String, String) {
        let device = device(agent);
        let os = format!("{} {}", device.os.name, device.os.version);
        (device.kind, device.name, device.version, os.trim().to_owned())
    }

    fn expected(kind: &str, name: &str, version: &str, os: &str) -> (String, String, String, String) {
        (kind.into(), name.into(), version.into(), os.into())
    }

    #[test]
    fn browsers_are_told_apart_although_they_claim_to_be_each_other() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/113.0.0.0 Safari/537.36";
        assert_eq!(read(chrome), expected("browser", "Chrome", "113.0.0", "Windows 10"));
        let edge = format!("{chrome} Edg/113.0.1774.50");
        assert_eq!(read(&edge), expected("browser", "Edge", "113.0.1774", "Windows 10"));
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.4 Mobile/15E148 Safari/604.1";
        assert_eq!(read(safari), expected("mobile", "Safari", "16.4", "iOS 16.4"));
        let firefox = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:112.0) Gecko/20100101 Firefox/112.0";
        assert_eq!(read(firefox), expected("browser", "Firefox", "112.0", "Ubuntu"));
    }

    #[test]
    fn the_apps_say_what_they_are() {
        assert_eq!(
            read("RC Mobile; ios 15.1; v4.30.0 (30000)"),
            expected("mobile-app", "RC Mobile", "4.30.0", "ios 15.1")
        );
        let desktop = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Rocket.Chat/3.9.7 Chrome/114.0 Electron/25.3 Safari/537.36";
        assert_eq!(read(desktop), expected("desktop-app", "Rocket.Chat", "3.9.7", "Mac OS 10.15.7"));
    }

    #[test]
    fn anything_else_is_other_and_never_fails() {
        assert_eq!(read("curl/8.0"), expected("other", "", "", ""));
        assert_eq!(read(""), expected("other", "", "", ""));
        assert_eq!(read("RC Mobile"), expected("mobile-app", "RC Mobile", "", ""));
        assert_eq!(read("Android é Firefox/…"), expected("tablet", "Firefox", "", "Android é"));
    }
}
