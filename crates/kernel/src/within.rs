//! Rules that one domain adds to another's transaction, without the other knowing it.
//!
//! An event listener runs after the commit; a rule here runs inside it, and its error rolls everything
//! back. Example: messaging joins a new user to the default channels in the transaction in which
//! accounts creates the user.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use futures_util::future::LocalBoxFuture;
use gantry_store::Tx;

use crate::caller::Ctx;
use crate::error::Result;

/// A rule: what else happens when `E` happens.
pub type Rule<E> = for<'a> fn(&'a Ctx, &'a Tx, &'a E) -> LocalBoxFuture<'a, Result<()>>;

/// All rules, by the type of what happens. Filled once at start.
#[derive(Default)]
pub struct Within {
    rules: HashMap<TypeId, Vec<Box<dyn Any + Send + Sync>>>,
}

impl Within {
    /// Adds a rule for `E`.
    pub fn on<E: 'static>(&mut self, rule: Rule<E>) {
        self.rules.entry(TypeId::of::<E>()).or_default().push(Box::new(rule));
    }

    /// Runs all rules for `event`, in the order in which they were added.
    ///
    /// # Errors
    /// The first rule's error; the transaction should be rolled back with it.
    pub async fn run<E: 'static>(&self, ctx: &Ctx, tx: &Tx, event: &E) -> Result<()> {
        for rule in self.rules.get(&TypeId::of::<E>()).into_iter().flatten() {
            if let Some(rule) = rule.downcast_ref::<Rule<E>>() {
                rule(ctx, tx, event).await?;
            }
        }
        Ok(())
    }
}
