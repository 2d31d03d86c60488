//! What passwords have to fulfil.

use gantry_kernel::error::{Error, Result};
use gantry_kernel::ids::Ids;
use gantry_kernel::settings::{Settings, keys};
use serde_json::{Value, json};

/// The policy of the workspace. Upstream: `packages/password-policies/src/PasswordPolicy.ts`.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    enabled: bool,
    /// Characters; below 1 for no limit.
    min_length: i64,
    /// Characters; below 1 for no limit.
    max_length: i64,
    forbid_repeating: bool,
    /// How often a character may not follow itself.
    repeating: i64,
    lowercase: bool,
    uppercase: bool,
    number: bool,
    special: bool,
}

impl PasswordPolicy {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Self {
        Self {
            enabled: settings.get(keys::Accounts_Password_Policy_Enabled),
            min_length: settings.get(keys::Accounts_Password_Policy_MinLength),
            max_length: settings.get(keys::Accounts_Password_Policy_MaxLength),
            forbid_repeating: settings.get(keys::Accounts_Password_Policy_ForbidRepeatingCharacters),
            repeating: settings.get(keys::Accounts_Password_Policy_ForbidRepeatingCharactersCount),
            lowercase: settings.get(keys::Accounts_Password_Policy_AtLeastOneLowercase),
            uppercase: settings.get(keys::Accounts_Password_Policy_AtLeastOneUppercase),
            number: settings.get(keys::Accounts_Password_Policy_AtLeastOneNumber),
            special: settings.get(keys::Accounts_Password_Policy_AtLeastOneSpecialCharacter),
        }
    }

    /// Checks a password.
    ///
    /// # Errors
    /// `error-password-policy-not-met`, with every rule that is broken in its details.
    pub fn check(&self, password: &str) -> Result<()> {
        let refused = || {
            Error::new(
                "error-password-policy-not-met",
                "The password provided does not meet the server's password policy.",
            )
        };
        if password.trim().is_empty() {
            return Err(refused());
        }
        let broken = self.broken(password);
        if broken.is_empty() {
            return Ok(());
        }
        let reasons = broken.iter().map(|(rule, message)| {
            json!({ "error": format!("error-password-policy-not-met-{rule}"), "message": message })
        });
        Err(refused().with_details(reasons.collect()))
    }

    /// Makes a password up that passes, if there is such a one that nobody guesses.
    pub fn make_up(&self, ids: &Ids) -> String {
        let passes = |password: &String| self.check(password).is_ok();
        let drawn = || format!("{}-{}", ids.id(), ids.digits(4));
        // Nearly every one has letters of both kinds and no character four times in a row.
        std::iter::repeat_with(drawn).take(50).find(passes).unwrap_or_else(drawn)
    }

    fn broken(&self, password: &str) -> Vec<(&'static str, &'static str)> {
        if !self.enabled {
            return Vec::new();
        }
        let length = i64::try_from(password.encode_utf16().count()).unwrap_or(i64::MAX);
        let lacks = |wanted: fn(char) -> bool| !password.contains(wanted);
        let rules = [
            (
                self.min_length >= 1 && length < self.min_length,
                "minLength",
                "The password does not meet the minimum length password policy.",
            ),
            (
                self.max_length >= 1 && length > self.max_length,
                "maxLength",
                "The password does not meet the maximum length password policy.",
            ),
            (
                self.forbid_repeating && longest_run(password) >= self.repeating.max(1),
                "repeatingCharacters",
                "The password contains repeating characters which is against the password policy.",
            ),
            (
                self.lowercase && lacks(|c| c.is_ascii_lowercase()),
                "oneLowercase",
                "The password does not contain at least one lowercase character which is against the password policy.",
            ),
            (
                self.uppercase && lacks(|c| c.is_ascii_uppercase()),
                "oneUppercase",
                "The password does not contain at least one uppercase character which is against the password policy.",
            ),
            (
                self.number && lacks(|c| c.is_ascii_digit()),
                "oneNumber",
                "The password does not contain at least one numerical character which is against the password policy.",
            ),
            (
                self.special && lacks(|c| !c.is_ascii_alphanumeric() && c != ' '),
                "oneSpecial",
                "The password does not contain at least one special character which is against the password policy.",
            ),
        ];
        rules.into_iter().filter(|(broken, ..)| *broken).map(|(_, rule, message)| (rule, message)).collect()
    }

    /// The rules as clients show them, `[name]` or `[name, {limit}]`.
    pub fn describe(&self) -> Value {
        if !self.enabled {
            return json!({ "enabled": false, "policy": [] });
        }
        let mut rules = Vec::new();
        for (name, limit) in [("minLength", self.min_length), ("maxLength", self.max_length)] {
            if limit >= 1 {
                rules.push(json!([format!("get-password-policy-{name}"), { name: limit }]));
            }
        }
        if self.forbid_repeating {
            rules.push(json!(["get-password-policy-forbidRepeatingCharacters"]));
        }
        if self.repeating != 0 {
            rules.push(json!([
                "get-password-policy-forbidRepeatingCharactersCount",
                { "forbidRepeatingCharactersCount": self.repeating }
            ]));
        }
        for (on, name) in [
            (self.lowercase, "Lowercase"),
            (self.uppercase, "Uppercase"),
            (self.number, "Number"),
            (self.special, "SpecialCharacter"),
        ] {
            if on {
                rules.push(json!([format!("get-password-policy-mustContainAtLeastOne{name}")]));
            }
        }
        json!({ "enabled": true, "policy": rules })
    }
}

/// How often a character of `text` follows itself, at most.
fn longest_run(text: &str) -> i64 {
    let (mut longest, mut run, mut previous) = (0, 0, None);
    for c in text.chars() {
        run = if previous == Some(c) { run + 1 } else { 0 };
        longest = longest.max(run);
        previous = Some(c);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> PasswordPolicy {
        PasswordPolicy {
            enabled: true,
            min_length: 7,
            max_length: 12,
            forbid_repeating: true,
            repeating: 3,
            lowercase: true,
            uppercase: true,
            number: true,
            special: true,
        }
    }

    fn broken(password: &str) -> Vec<&'static str> {
        strict().broken(password).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn each_rule_is_reported_by_its_name() {
        assert_eq!(broken("Abc@123"), Vec::<&str>::new());
        assert_eq!(broken("Ab@1"), ["minLength"]);
        assert_eq!(broken("Abc@123456789"), ["maxLength"]);
        assert_eq!(broken("A@123aaaa"), ["repeatingCharacters"]);
        assert_eq!(broken("A@123aaa"), Vec::<&str>::new());
        assert_eq!(broken("ABC@123"), ["oneLowercase"]);
        assert_eq!(broken("abc@123"), ["oneUppercase"]);
        assert_eq!(broken("Abcd@ef"), ["oneNumber"]);
        assert_eq!(broken("Abcd 123"), ["oneSpecial"]);
        assert_eq!(broken("2"), ["minLength", "oneLowercase", "oneUppercase", "oneSpecial"]);
    }

    #[test]
    fn without_a_policy_only_nothing_is_refused() {
        let policy = PasswordPolicy { enabled: false, ..strict() };
        assert!(policy.check("1").is_ok());
        assert!(policy.check("  ").unwrap_err().is("error-password-policy-not-met"));
        let details = strict().check("Ab@1").unwrap_err().details.unwrap();
        assert_eq!(details[0]["error"], "error-password-policy-not-met-minLength");
    }

    #[test]
    fn the_description_names_limits() {
        let shown = strict().describe();
        assert_eq!(shown["policy"][0], json!(["get-password-policy-minLength", { "minLength": 7 }]));
        assert_eq!(shown["policy"].as_array().unwrap().len(), 8);
        let off = PasswordPolicy { enabled: false, ..strict() }.describe();
        assert_eq!(off, json!({ "enabled": false, "policy": [] }));
    }
}
