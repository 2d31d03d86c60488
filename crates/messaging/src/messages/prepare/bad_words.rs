//! Bad words.

use std::collections::HashSet;

/// Replaces the letters of listed words by asterisks. `list` and `allowed` are the settings' texts, words
/// separated by commas. Upstream: `apps/meteor/server/services/messages/hooks/BeforeSaveBadWords.ts`.
pub(super) fn censor(text: &str, list: &str, allowed: &str) -> String {
    let words = |list: &str| -> HashSet<String> {
        list.split(',').map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
    };
    let allowed = words(allowed);
    let bad: HashSet<String> = words(list).difference(&allowed).cloned().collect();
    if bad.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let word_end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        if bad.contains(&word.to_lowercase()) {
            out.extend(word.chars().map(|_| '*'));
        } else {
            out.push_str(word);
        }
        let gap_end = after.find(part).unwrap_or(after.len());
        out.push_str(&after[..gap_end]);
        rest = &after[gap_end..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_hidden_whatever_their_case() {
        assert_eq!(
            censor("This has BadWord badword2, badwords", "badword, badword2", ""),
            "This has ******* ********, badwords"
        );
        assert_eq!(censor("badword", "badword", "badword"), "badword");
    }
}
