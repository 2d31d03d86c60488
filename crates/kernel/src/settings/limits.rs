//! Settings that are read together: the general rate limits, the modules.

use super::{Flag, Int, Settings, keys};
use crate::limiter::Rule;

/// How often one method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodRules {
    /// By one signed-in user; `None` for as often as they like.
    pub by_user: Option<Rule>,
    /// By one connection; `None` for as often as it likes.
    pub by_connection: Option<Rule>,
}

impl Settings {
    /// The limits per method, from the `DDP_Rate_Limit_…_By_Method_…` settings.
    pub fn method_rules(&self) -> MethodRules {
        MethodRules {
            by_user: self.rule(
                keys::DDP_Rate_Limit_User_By_Method_Enabled,
                keys::DDP_Rate_Limit_User_By_Method_Requests_Allowed,
                keys::DDP_Rate_Limit_User_By_Method_Interval_Time,
            ),
            by_connection: self.rule(
                keys::DDP_Rate_Limit_Connection_By_Method_Enabled,
                keys::DDP_Rate_Limit_Connection_By_Method_Requests_Allowed,
                keys::DDP_Rate_Limit_Connection_By_Method_Interval_Time,
            ),
        }
    }

    /// Whether the workspace offers what upstream sells as a module of its licences, `custom-roles` for
    /// example. No licence is asked for: an administrator names the modules in the setting `Gantry_Modules`.
    /// Without them the server answers as upstream's community edition does, which is what clients that know
    /// no licence expect.
    pub fn has_module(&self, name: &str) -> bool {
        self.get(keys::Gantry_Modules).split(',').any(|module| module.trim() == name)
    }

    /// A limit made of a switch, a number of calls and a window in milliseconds.
    pub fn rule(&self, enabled: Flag, calls: Int, window: Int) -> Option<Rule> {
        self.get(enabled).then(|| Rule {
            calls: u32::try_from(self.get(calls).max(0)).unwrap_or(u32::MAX),
            window_ms: self.get(window).max(1),
        })
    }
}
