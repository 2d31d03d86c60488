//! The check itself. The order of the steps decides which message comes first: it is AJV's.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use super::coerce::{coerce, is_of};
use super::compile::{Additional, Arrays, Node, Numbers, Objects, Strings, Type};
use super::number::to_number;
use super::{Coerce, Conform};

/// Deepest nesting that is looked at. Deeper values are refused.
const MAX_DEPTH: usize = 64;

/// Most steps that one check may take. Alternatives that contain alternatives can multiply.
const MAX_STEPS: usize = 1_000_000;

/// Most messages of one check; more help nobody.
const MAX_MESSAGES: usize = 50;

pub(super) fn check(conform: &Conform, value: &mut Value, coerce: Coerce) -> Result<(), Vec<String>> {
    let mut check =
        Check { nodes: &conform.nodes, steps: 0, depth: 0, alternatives: 0, messages: Vec::new() };
    if check.node(conform.root, value, coerce) { Ok(()) } else { Err(check.messages) }
}

struct Check<'a> {
    nodes: &'a [Node],
    steps: usize,
    depth: usize,
    /// How many alternatives this is inside of.
    alternatives: usize,
    messages: Vec<String>,
}

impl<'a> Check<'a> {
    fn refuse(&mut self, message: impl Into<String>) -> bool {
        if self.messages.len() < MAX_MESSAGES {
            self.messages.push(message.into());
        }
        false
    }

    fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps <= MAX_STEPS || self.refuse("must NOT be so complex")
    }

    /// Whether `value` conforms; otherwise there are messages.
    fn node(&mut self, id: usize, value: &mut Value, mode: Coerce) -> bool {
        if !self.spend(1) {
            return false;
        }
        if self.depth >= MAX_DEPTH {
            return self.refuse(format!("must NOT be nested deeper than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        let conforms = self.node_here(&self.nodes[id], value, mode);
        self.depth -= 1;
        conforms
    }

    fn node_here(&mut self, node: &'a Node, value: &mut Value, mode: Coerce) -> bool {
        if node.never {
            return self.refuse("boolean schema is false");
        }
        if node.nullable && value.is_null() {
            return true;
        }
        if !node.types.is_empty() {
            if !is_of(&node.types, value) {
                match coerce(&node.types, value, mode) {
                    Some(converted) => *value = converted,
                    None => {
                        self.refuse(&node.type_message);
                        // AJV stops at the first violation, but inside alternatives it tells this one too.
                        if self.alternatives > 0 {
                            self.constants(node, value);
                        }
                        return false;
                    }
                }
            }
            if node.types.contains(&Type::Integer) && !node.types.contains(&Type::Number) {
                make_integer(value);
            }
            if node.nullable && value.is_null() {
                return true;
            }
        }
        node.same_as.is_none_or(|id| self.node(id, value, mode))
            && self.constants(node, value)
            && self.any_of(&node.any_of, value, mode)
            && self.one_of(&node.one_of, value, mode)
            && node.all_of.iter().all(|&id| self.node(id, value, mode))
            && match value {
                Value::Number(number) => self.number(&node.number, number),
                Value::String(text) => self.string(&node.string, text),
                Value::Array(items) => self.array(&node.array, items, mode),
                Value::Object(fields) => self.object(&node.object, fields, mode),
                Value::Null | Value::Bool(_) => true,
            }
    }

    fn constants(&mut self, node: &Node, value: &Value) -> bool {
        if node.constant.as_ref().is_some_and(|constant| !same(constant, value)) {
            return self.refuse("must be equal to constant");
        }
        if node.allowed.as_ref().is_some_and(|allowed| !allowed.iter().any(|one| same(one, value))) {
            return self.refuse("must be equal to one of the allowed values");
        }
        true
    }

    /// The first alternative that takes the value as it is, else the first that takes it converted. (AJV
    /// lets alternatives that fail convert it all the same; nobody can want that.)
    fn any_of(&mut self, alternatives: &[usize], value: &mut Value, mode: Coerce) -> bool {
        if alternatives.is_empty() {
            return true;
        }
        let before = self.messages.len();
        if mode != Coerce::None && self.passing(alternatives, value) > 0 {
            return true;
        }
        for &id in alternatives {
            let Some(converted) = self.attempt(id, value, mode) else { continue };
            *value = converted;
            self.messages.truncate(before);
            return true;
        }
        self.refuse("must match a schema in anyOf")
    }

    fn one_of(&mut self, alternatives: &[usize], value: &mut Value, mode: Coerce) -> bool {
        if alternatives.is_empty() {
            return true;
        }
        let before = self.messages.len();
        if mode != Coerce::None {
            match self.passing(alternatives, value) {
                0 => {}
                1 => return true,
                _ => return self.refuse("must match exactly one schema in oneOf"),
            }
        }
        let mut passed = false;
        for &id in alternatives {
            let Some(converted) = self.attempt(id, value, mode) else { continue };
            if passed {
                return self.refuse("must match exactly one schema in oneOf");
            }
            passed = true;
            *value = converted;
        }
        if passed {
            self.messages.truncate(before);
            return true;
        }
        self.refuse("must match exactly one schema in oneOf")
    }

    /// How many alternatives take the value without conversion. Leaves no messages.
    fn passing(&mut self, alternatives: &[usize], value: &mut Value) -> usize {
        let before = self.messages.len();
        let passing = alternatives.iter().filter(|&&id| self.node(id, value, Coerce::None)).count();
        self.messages.truncate(before);
        passing
    }

    /// The value as an alternative takes it.
    fn attempt(&mut self, id: usize, value: &Value, mode: Coerce) -> Option<Value> {
        if !self.spend(size(value)) {
            return None;
        }
        let mut copy = value.clone();
        self.alternatives += 1;
        let conforms = self.node(id, &mut copy, mode);
        self.alternatives -= 1;
        conforms.then_some(copy)
    }

    fn number(&mut self, rules: &Numbers, number: &Number) -> bool {
        let Some(value) = number.as_f64() else { return true };
        for (bound, sign, holds) in [
            (&rules.maximum, "<=", f64::le as fn(&f64, &f64) -> bool),
            (&rules.minimum, ">=", f64::ge),
            (&rules.exclusive_maximum, "<", f64::lt),
            (&rules.exclusive_minimum, ">", f64::gt),
        ] {
            if let Some(bound) = bound
                && !holds(&value, &bound.value)
            {
                return self.refuse(format!("must be {sign} {}", bound.text));
            }
        }
        match &rules.multiple_of {
            Some(unit) if (value / unit.value).fract() != 0.0 => {
                self.refuse(format!("must be multiple of {}", unit.text))
            }
            _ => true,
        }
    }

    fn string(&mut self, rules: &Strings, text: &str) -> bool {
        if rules.max_length.is_some() || rules.min_length.is_some() {
            let length = text.chars().count() as u64;
            if let Some(message) = outside(length, rules.max_length, rules.min_length, "characters") {
                return self.refuse(message);
            }
        }
        if let Some((pattern, source)) = &rules.pattern
            && !pattern.matches(text)
        {
            return self.refuse(format!("must match pattern \"{source}\""));
        }
        if rules.not_blank && text.trim().is_empty() {
            return self.refuse("must pass \"isNotEmpty\" keyword validation");
        }
        match &rules.email {
            Some(format) if !is_email(text) => self.refuse(format!("must match format \"{format}\"")),
            _ => true,
        }
    }

    fn array(&mut self, rules: &Arrays, items: &mut [Value], mode: Coerce) -> bool {
        if let Some(message) = outside(items.len() as u64, rules.max_items, rules.min_items, "items") {
            return self.refuse(message);
        }
        if rules.unique && !self.unique(items) {
            return false;
        }
        let rest = rules.prefix.len().min(items.len());
        let (first, rest) = items.split_at_mut(rest);
        rules.prefix.iter().zip(first).all(|(&id, item)| self.node(id, item, mode))
            && rules.items.is_none_or(|id| rest.iter_mut().all(|item| self.node(id, item, mode)))
    }

    fn unique(&mut self, items: &[Value]) -> bool {
        let mut seen = HashMap::new();
        for (i, item) in items.iter().enumerate().rev() {
            if !self.spend(size(item)) {
                return false;
            }
            if let Some(j) = seen.insert(item.to_string(), i) {
                return self
                    .refuse(format!("must NOT have duplicate items (items ## {j} and {i} are identical)"));
            }
        }
        true
    }

    fn object(&mut self, rules: &Objects, fields: &mut Map<String, Value>, mode: Coerce) -> bool {
        let count = fields.len() as u64;
        if let Some(message) = outside(count, rules.max_properties, rules.min_properties, "properties") {
            return self.refuse(message);
        }
        if let Some(name) = rules.required.iter().find(|name| !fields.contains_key(*name)) {
            return self.refuse(format!("must have required property '{name}'"));
        }
        let named = |name: &str| rules.properties.iter().any(|(property, _)| property == name);
        match &rules.additional {
            Some(Additional::Refused) if fields.keys().any(|name| !named(name)) => {
                return self.refuse("must NOT have additional properties");
            }
            Some(Additional::Checked(id)) => {
                let mut others = fields.iter_mut().filter(|(name, _)| !named(name));
                if !others.all(|(_, value)| self.node(*id, value, mode)) {
                    return false;
                }
            }
            _ => {}
        }
        for (name, id) in &rules.properties {
            if let Some(value) = fields.get_mut(name)
                && !self.node(*id, value, mode)
            {
                return false;
            }
        }
        if let Some(evaluated) = &rules.evaluated
            && fields.keys().any(|name| !evaluated.contains(name))
        {
            return self.refuse("must NOT have unevaluated properties");
        }
        true
    }
}

fn outside(count: u64, max: Option<u64>, min: Option<u64>, what: &str) -> Option<String> {
    match (max, min) {
        (Some(max), _) if count > max => Some(format!("must NOT have more than {max} {what}")),
        (_, Some(min)) if count < min => Some(format!("must NOT have fewer than {min} {what}")),
        _ => None,
    }
}

/// Equal as JavaScript sees it, where 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// Something before and after a single `@`.
fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Turns `5.0` into 5: clients that compute with doubles may write either.
fn make_integer(value: &mut Value) {
    if let Value::Number(number) = value
        && number.is_f64()
        && let Some(whole) = number.as_f64().and_then(to_number)
    {
        *number = whole;
    }
}

/// Number of values in a value, and with that the cost of copying it.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}
