//! Which pictures of the workspace can be replaced. Upstream: `apps/meteor/app/assets/server/assets.ts`.

/// A picture of the workspace: its logo, an icon, a background.
#[derive(Debug, PartialEq)]
pub(super) struct Asset {
    /// Name; the setting is `Assets_<name>`.
    pub(super) name: &'static str,
    /// What a file for it may be.
    pub(super) extensions: &'static [&'static str],
    /// Width and height that a file must have.
    pub(super) size: Option<(u32, u32)>,
    /// Whether there is one as long as nobody has chosen another.
    pub(super) has_default: bool,
}

const ANY: &[&str] = &["svg", "png", "jpg", "jpeg"];

const fn any(name: &'static str, has_default: bool) -> Asset {
    Asset { name, extensions: ANY, size: None, has_default }
}

const fn only(name: &'static str, extensions: &'static [&'static str]) -> Asset {
    Asset { name, extensions, size: None, has_default: true }
}

const fn png(name: &'static str, width: u32, height: u32) -> Asset {
    Asset { name, extensions: &["png"], size: Some((width, height)), has_default: true }
}

pub(super) const ASSETS: &[Asset] = &[
    any("logo", true),
    any("logo_dark", true),
    any("background", false),
    any("background_dark", false),
    only("favicon_ico", &["ico"]),
    only("favicon", &["svg"]),
    png("favicon_16", 16, 16),
    png("favicon_32", 32, 32),
    png("favicon_192", 192, 192),
    png("favicon_512", 512, 512),
    png("touchicon_180", 180, 180),
    png("touchicon_180_pre", 180, 180),
    png("tile_70", 70, 70),
    png("tile_144", 144, 144),
    png("tile_150", 150, 150),
    png("tile_310_square", 310, 310),
    png("tile_310_wide", 310, 150),
    only("safari_pinned", &["svg"]),
    any("livechat_widget_logo", false),
];

/// The asset of that name.
pub(super) fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

impl Asset {
    /// The setting that holds what was chosen.
    pub(super) fn setting(&self) -> String {
        format!("Assets_{}", self.name)
    }
}
