//! What an operation says of itself: its name, who may call it, how often.

use crate::settings::Int;

/// HTTP verb of a REST operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Reads; parameters come from the query string.
    Get,
    /// Acts; parameters come from the body.
    Post,
    /// Replaces; parameters come from the body.
    Put,
    /// Removes; parameters come from the query string or the body.
    Delete,
}

impl Verb {
    /// The verb as HTTP spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Permissions that the caller must hold, whatever the parameters are.
///
/// Permissions that depend on a room are checked where the room is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// Signed in or not as the guard says, and nothing more.
    Nothing,
    /// Every one of these.
    All(&'static [&'static str]),
    /// At least one of these.
    Any(&'static [&'static str]),
}

impl Needs {
    /// The permissions that are named.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::All(names) | Self::Any(names) => names,
        }
    }
}

/// How often an address (and a signed-in user) may call an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// `API_Enable_Rate_Limiter_Limit_Calls_Default` per `…_Limit_Time_Default`.
    Default,
    /// Not limited.
    Off,
    /// `calls` per `window_ms` milliseconds.
    Own {
        /// Calls allowed in one window.
        calls: u32,
        /// Length of the window in milliseconds.
        window_ms: i64,
    },
    /// As many calls as this setting says, per `API_Enable_Rate_Limiter_Limit_Time_Default`.
    Setting(Int),
}

/// Whether an operation asks for a second factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TwoFactor {
    /// Never.
    No,
    /// Unless one was given in the remembered window.
    Remembered,
    /// Every time.
    Always,
}

/// A deprecated operation keeps answering; it says so in headers and in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deprecated {
    /// Version in which upstream removes it.
    pub version: &'static str,
    /// What to use instead; empty if nothing.
    pub instead: &'static str,
}

/// What an operation answers to parameters that do not fit its schema, where it is not `invalid-params`.
/// Permissions are looked at first then, as with all checks that upstream makes in the operation itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misfit {
    /// Code of the error.
    pub code: &'static str,
    /// Sentence of the error; empty for the words of the schema check.
    pub reason: &'static str,
}

/// The facts of one REST operation, in one constant.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// HTTP verb.
    pub verb: Verb,
    /// Path below `/api/v1/`, with `:name` for parameters (`settings/:_id`).
    pub path: &'static str,
    /// Other paths with the same behaviour (`dm.create` for `im.create`).
    pub aliases: &'static [&'static str],
    /// Topic in the API documents.
    pub tag: &'static str,
    /// Permissions checked before the guard.
    pub needs: Needs,
    /// Rate limit.
    pub rate: Rate,
    /// Second factor.
    pub two_factor: TwoFactor,
    /// Whether `success: true` is left out of the answer, as on `login`.
    pub bare: bool,
    /// Set on operations that upstream has deprecated.
    pub deprecated: Option<Deprecated>,
    /// Set where parameters that do not fit are answered in another way than elsewhere.
    pub misfit: Option<Misfit>,
    /// Whether a body's values must be of the types that the schema names. Elsewhere `5` passes for `"5"`.
    pub exact_types: bool,
}

impl Spec {
    /// A GET operation.
    pub const fn get(path: &'static str, tag: &'static str) -> Self {
        Self::new(Verb::Get, path, tag)
    }

    /// A POST operation.
    pub const fn post(path: &'static str, tag: &'static str) -> Self {
        Self::new(Verb::Post, path, tag)
    }

    /// A PUT operation.
    pub const fn put(path: &'static str, tag: &'static str) -> Self {
        Self::new(Verb::Put, path, tag)
    }

    /// A DELETE operation.
    pub const fn delete(path: &'static str, tag: &'static str) -> Self {
        Self::new(Verb::Delete, path, tag)
    }

    const fn new(verb: Verb, path: &'static str, tag: &'static str) -> Self {
        Self {
            verb,
            path,
            aliases: &[],
            tag,
            needs: Needs::Nothing,
            rate: Rate::Default,
            two_factor: TwoFactor::No,
            bare: false,
            deprecated: None,
            misfit: None,
            exact_types: false,
        }
    }

    /// Adds further paths.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The caller must hold all of these.
    pub const fn needs_all(mut self, permissions: &'static [&'static str]) -> Self {
        self.needs = Needs::All(permissions);
        self
    }

    /// The caller must hold one of these.
    pub const fn needs_any(mut self, permissions: &'static [&'static str]) -> Self {
        self.needs = Needs::Any(permissions);
        self
    }

    /// An own rate limit, of as many calls as a setting says.
    pub const fn rate_by(mut self, calls: Int) -> Self {
        self.rate = Rate::Setting(calls);
        self
    }

    /// An own rate limit.
    pub const fn rate(mut self, calls: u32, window_ms: i64) -> Self {
        self.rate = Rate::Own { calls, window_ms };
        self
    }

    /// No rate limit.
    pub const fn unlimited(mut self) -> Self {
        self.rate = Rate::Off;
        self
    }

    /// A second factor is asked for.
    pub const fn two_factor(mut self, demand: TwoFactor) -> Self {
        self.two_factor = demand;
        self
    }

    /// The answer carries no `success` key.
    pub const fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Upstream has deprecated the operation.
    pub const fn deprecated(mut self, version: &'static str, instead: &'static str) -> Self {
        self.deprecated = Some(Deprecated { version, instead });
        self
    }

    /// Parameters that do not fit are answered with this code, and this sentence unless it is empty.
    pub const fn misfit(mut self, code: &'static str, reason: &'static str) -> Self {
        self.misfit = Some(Misfit { code, reason });
        self
    }

    /// A body's values must be of the types that the schema names, as upstream asks for where it compiles the
    /// schema without `coerceTypes`.
    pub const fn exact_types(mut self) -> Self {
        self.exact_types = true;
        self
    }
}

/// The facts of one DDP method.
#[derive(Clone, Copy, Debug)]
pub struct MethodSpec {
    /// Name on the wire (`rooms/get`).
    pub name: &'static str,
    /// Topic in the documents.
    pub tag: &'static str,
    /// Permissions checked before the guard.
    pub needs: Needs,
    /// Rate limit; `Default` follows the `DDP_Rate_Limit_*` settings.
    pub rate: Rate,
    /// Second factor.
    pub two_factor: TwoFactor,
    /// Set on methods that upstream has deprecated.
    pub deprecated: Option<Deprecated>,
}

impl MethodSpec {
    /// A method of the given name.
    pub const fn new(name: &'static str, tag: &'static str) -> Self {
        Self {
            name,
            tag,
            needs: Needs::Nothing,
            rate: Rate::Default,
            two_factor: TwoFactor::No,
            deprecated: None,
        }
    }

    /// The caller must hold all of these.
    pub const fn needs_all(mut self, permissions: &'static [&'static str]) -> Self {
        self.needs = Needs::All(permissions);
        self
    }

    /// An own rate limit, of as many calls as a setting says.
    pub const fn rate_by(mut self, calls: Int) -> Self {
        self.rate = Rate::Setting(calls);
        self
    }

    /// An own rate limit.
    pub const fn rate(mut self, calls: u32, window_ms: i64) -> Self {
        self.rate = Rate::Own { calls, window_ms };
        self
    }

    /// A second factor is asked for.
    pub const fn two_factor(mut self, demand: TwoFactor) -> Self {
        self.two_factor = demand;
        self
    }

    /// Upstream has deprecated the method.
    pub const fn deprecated(mut self, version: &'static str, instead: &'static str) -> Self {
        self.deprecated = Some(Deprecated { version, instead });
        self
    }
}
