//! The keys of the settings that code reads, named exactly as the settings.
//!
//! A test checks each against the catalogue: that it exists and holds the type that the key says.

/// One key per line: `Id: type;`, with a note where the name leaves the unit or the choices open.
macro_rules! keys {
    ($($(#[$note:meta])* $id:ident: $type:ty;)*) => {
        $(
            #[doc = concat!("`", stringify!($id), "`.")]
            $(#[$note])*
            pub const $id: crate::settings::Key<$type> = crate::settings::Key::new(stringify!($id));
        )*

        /// Every key of this module, with what tells whether a kind of setting fits it.
        #[cfg(test)]
        pub(super) const ALL: &[super::Checked] =
            &[$((stringify!($id), <$type as crate::settings::SettingType>::fits)),*];
    };
}

#[expect(non_upper_case_globals, reason = "a key is named as its setting, so that both are found together")]
mod accounts;
#[expect(non_upper_case_globals, reason = "a key is named as its setting, so that both are found together")]
mod messages;
#[expect(non_upper_case_globals, reason = "a key is named as its setting, so that both are found together")]
mod omnichannel;
#[expect(non_upper_case_globals, reason = "a key is named as its setting, so that both are found together")]
mod server;

pub use accounts::*;
pub use messages::*;
pub use omnichannel::*;
pub use server::*;

#[cfg(test)]
type Checked = (&'static str, fn(super::Kind) -> bool);

/// Every key.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Checked> {
    [accounts::ALL, messages::ALL, omnichannel::ALL, server::ALL].into_iter().flatten()
}
