//! The general rate limits, as one read.

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

    /// A limit made of a switch, a number of calls and a window in milliseconds.
    pub fn rule(&self, enabled: Flag, calls: Int, window: Int) -> Option<Rule> {
        self.get(enabled).then(|| Rule {
            calls: u32::try_from(self.get(calls).max(0)).unwrap_or(u32::MAX),
            window_ms: self.get(window).max(1),
        })
    }
}
