//! Simple regular expressions.

/// A sequence of characters and classes with quantifiers, optionally anchored. Groups, alternatives and
/// assertions are not understood; such a pattern is left unchecked.
///
/// Matching takes time in proportion to text length × pattern length, whatever the text.
#[derive(Debug)]
pub(super) struct Pattern {
    steps: Vec<Step>,
    from_start: bool,
    to_end: bool,
}

#[derive(Debug, Clone)]
struct Step {
    class: Class,
    /// May be passed over.
    optional: bool,
    /// May match again.
    again: bool,
}

#[derive(Debug, Clone, Default)]
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

/// Longest sequence after quantifiers are written out. At most 63, so that the places fit into one word.
const MAX_STEPS: usize = 63;

impl Class {
    fn one(c: char) -> Self {
        Self { ranges: vec![(c, c)], negated: false }
    }

    fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|&(from, to)| (from..=to).contains(&c)) != self.negated
    }
}

impl Pattern {
    /// Reads a pattern. `None` if it is not simple enough.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut input = text.chars().peekable();
        let from_start = input.next_if_eq(&'^').is_some();
        let mut pattern = Self { steps: Vec::new(), from_start, to_end: false };
        while let Some(c) = input.next() {
            let class = match c {
                '$' if input.peek().is_none() => {
                    pattern.to_end = true;
                    break;
                }
                '[' => parse_class(&mut input)?,
                '.' => {
                    Class { ranges: "\n\r\u{2028}\u{2029}".chars().map(|c| (c, c)).collect(), negated: true }
                }
                '\\' => escape(input.next()?)?,
                '(' | ')' | '|' | '*' | '+' | '?' | '{' | '}' | ']' | '^' | '$' => return None,
                literal => Class::one(literal),
            };
            let (min, max) = parse_quantifier(&mut input)?;
            pattern.push(class, min, max)?;
        }
        Some(pattern)
    }

    fn push(&mut self, class: Class, min: usize, max: Option<usize>) -> Option<()> {
        if max.is_some_and(|max| max < min) || min.max(max.unwrap_or(0)) > MAX_STEPS {
            return None;
        }
        let step = |optional, again| Step { class: class.clone(), optional, again };
        self.steps.extend((0..min).map(|_| step(false, false)));
        match max {
            Some(max) => self.steps.extend((min..max).map(|_| step(true, false))),
            None => self.steps.push(step(true, true)),
        }
        (self.steps.len() <= MAX_STEPS).then_some(())
    }

    /// Whether the pattern occurs in `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        let end = 1_u64 << self.steps.len();
        // The places in the pattern that can have been reached, as bits.
        let mut places = self.skip(1);
        for c in text.chars() {
            if places & end != 0 && !self.to_end {
                return true;
            }
            let mut next = 0;
            for (i, step) in self.steps.iter().enumerate() {
                if places & (1 << i) != 0 && step.class.contains(c) {
                    next |= if step.again { 1 << i } else { 1 << (i + 1) };
                }
            }
            if !self.from_start {
                next |= 1;
            }
            if next == 0 {
                return false;
            }
            places = self.skip(next);
        }
        places & end != 0
    }

    /// Adds the places reached by passing over optional steps.
    fn skip(&self, mut places: u64) -> u64 {
        for (i, step) in self.steps.iter().enumerate() {
            if step.optional && places & (1 << i) != 0 {
                places |= 1 << (i + 1);
            }
        }
        places
    }
}

type Input<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn escape(c: char) -> Option<Class> {
    let ranges = match c.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => vec![
            ('\t', '\r'),
            (' ', ' '),
            ('\u{a0}', '\u{a0}'),
            ('\u{1680}', '\u{1680}'),
            ('\u{2000}', '\u{200a}'),
            ('\u{2028}', '\u{2029}'),
            ('\u{202f}', '\u{202f}'),
            ('\u{205f}', '\u{205f}'),
            ('\u{3000}', '\u{3000}'),
            ('\u{feff}', '\u{feff}'),
        ],
        _ if c.is_ascii_alphanumeric() => {
            return Some(Class::one(match c {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                _ => return None,
            }));
        }
        _ => return Some(Class::one(c)),
    };
    Some(Class { ranges, negated: c.is_ascii_uppercase() })
}

fn parse_class(input: &mut Input<'_>) -> Option<Class> {
    let mut class = Class { ranges: Vec::new(), negated: input.next_if_eq(&'^').is_some() };
    loop {
        let from = match input.next()? {
            ']' => return Some(class),
            '\\' => match escape(input.next()?)? {
                Class { negated: true, .. } => return None,
                Class { ranges, .. } if ranges.len() == 1 && ranges[0].0 == ranges[0].1 => ranges[0].0,
                set => {
                    class.ranges.extend(set.ranges);
                    continue;
                }
            },
            c => c,
        };
        let mut ahead = input.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|&c| c != ']') {
            let to = match ahead.next()? {
                '\\' => match escape(ahead.next()?)?.ranges.as_slice() {
                    [(to, same)] if to == same => *to,
                    _ => return None,
                },
                c => c,
            };
            *input = ahead;
            if to < from {
                return None;
            }
            class.ranges.push((from, to));
        } else {
            class.ranges.push((from, from));
        }
    }
}

/// How often the thing before may come: at least and at most.
fn parse_quantifier(input: &mut Input<'_>) -> Option<(usize, Option<usize>)> {
    let quantifier = match input.peek() {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        Some('{') => {
            input.next();
            let inside: String = std::iter::from_fn(|| input.next_if(|&c| c != '}')).collect();
            match inside.split_once(',') {
                None => {
                    let exact = inside.parse().ok()?;
                    (exact, Some(exact))
                }
                Some((min, "")) => (min.parse().ok()?, None),
                Some((min, max)) => (min.parse().ok()?, Some(max.parse().ok()?)),
            }
        }
        _ => return Some((1, Some(1))),
    };
    input.next()?;
    // Lazy or not makes no difference to whether there is a match.
    input.next_if_eq(&'?');
    Some(quantifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_match_as_regular_expressions_do() {
        for (pattern, yes, no) in [
            ("^[a-z0-9]+$", &["a", "a1"] as &[_], &["", "A", "a b", "a\n"] as &[_]),
            ("^#?[0-9a-fA-F]{6}$", &["#00ff00", "00FF00"], &["#0f0", "##00ff00", "00ff000"]),
            ("b+", &["abc", "b"], &["", "ac"]),
            ("^a.c", &["abc", "abcd"], &["ac", "a\nc"]),
            ("[^/]$", &["a"], &["", "a/"]),
            ("^\\d{2,3}\\.\\w*$", &["12.", "123._x"], &["1.", "1234.", "12x"]),
            ("^[\\w.-]+@[\\w.-]+$", &["a.b@c-d"], &["a@", "@", "a b@c"]),
            ("^a?a?a?aaa$", &["aaa", "aaaaaa"], &["aa", "aaaaaaa"]),
            ("", &["", "x"], &[]),
            ("^x*$", &["", "xxx"], &["y"]),
            ("x{2}?y", &["axxy"], &["axy"]),
        ] {
            let compiled = Pattern::parse(pattern).unwrap_or_else(|| panic!("{pattern} is simple"));
            for text in yes {
                assert!(compiled.matches(text), "{pattern} should match {text:?}");
            }
            for text in no {
                assert!(!compiled.matches(text), "{pattern} should not match {text:?}");
            }
        }
    }

    #[test]
    fn what_is_not_simple_is_left_alone() {
        for pattern in
            ["(a|b)", "a|b", "^a$b", "\\bword", "a{1000}", "*", "[a", "\\", "a{2,1}", "[z-a]", "\\u0041"]
        {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
