//! Words that people want to be told of.
//! Upstream: `apps/meteor/app/lib/server/functions/notifications/messageContainsHighlight.ts`.

use gantry_store::search::fold;

/// Whether a text has one of these words: whole words of any case, and not the name of an emoji.
pub fn found_in(text: &str, words: &[String]) -> bool {
    if words.is_empty() || text.is_empty() {
        return false;
    }
    let text = text.to_lowercase();
    words.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).any(|word| {
        text.match_indices(&word).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            let emoji = before == Some(':') && after == Some(':');
            !emoji && edge(before, found.chars().next()) && edge(found.chars().next_back(), after)
        })
    })
}

/// Whether a word may begin or end between two characters. Scripts that do not space words have no edges to ask for.
fn edge(left: Option<char>, right: Option<char>) -> bool {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let unspaced = |c: Option<char>| c.is_some_and(|c| fold(c.encode_utf8(&mut [0; 4])).chars().count() > 1);
    !(in_word(left) && in_word(right)) || unspaced(left) || unspaced(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found_and_emoji_are_not() {
        let found = |text, word: &str| found_in(text, &[word.to_owned()]);
        assert!(found("The DEPLOY, now", "deploy"));
        assert!(!found("redeploy", "deploy") && !found("deploying", "deploy"));
        assert!(!found("a :deploy: b", "deploy"));
        assert!(found("note: deploy", "deploy") && found("deploy: now", "deploy"));
        assert!(found("我们部署了", "部署"));
        assert!(!found("anything", ""));
    }
}
