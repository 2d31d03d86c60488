//! Keeps what follows a commit in commit order, although transactions commit side by side.
//!
//! A job takes a ticket just before it sends COMMIT. If it waited for rows of another job, that one had
//! committed by then, so its ticket is the lower one; delivering by ticket therefore delivers conflicting
//! jobs in commit order without making the commits wait for each other.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

type Delivery = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(super) struct Order(Mutex<State>);

#[derive(Default)]
struct State {
    /// The ticket of the first slot.
    first: u64,
    slots: VecDeque<Option<Delivery>>,
}

/// A place in the order. Dropping it unused gives the place up, so that later ones do not wait for ever.
pub(super) struct Ticket {
    order: Arc<Order>,
    number: u64,
    used: bool,
}

impl Order {
    pub(super) fn ticket(self: &Arc<Self>) -> Ticket {
        let mut state = self.0.lock();
        state.slots.push_back(None);
        let number = state.first + state.slots.len() as u64 - 1;
        Ticket { order: self.clone(), number, used: false }
    }

    fn deliver(&self, number: u64, delivery: Delivery) {
        // Delivering under the lock is what keeps two threads from overtaking each other.
        let mut state = self.0.lock();
        let slot = usize::try_from(number - state.first).expect("as many slots as fit into memory");
        state.slots[slot] = Some(delivery);
        while let Some(Some(_)) = state.slots.front() {
            state.first += 1;
            if let Some(Some(delivery)) = state.slots.pop_front() {
                delivery();
            }
        }
    }
}

impl Ticket {
    /// Runs `delivery` now, or as soon as all earlier tickets are done.
    pub(super) fn deliver(mut self, delivery: Delivery) {
        self.used = true;
        self.order.deliver(self.number, delivery);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.used {
            self.order.deliver(self.number, Box::new(|| {}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_keep_the_order_of_tickets() {
        let (order, seen) = (Arc::new(Order::default()), Arc::new(Mutex::new(Vec::new())));
        let note = |n: u32| {
            let seen = seen.clone();
            Box::new(move || seen.lock().push(n))
        };
        let (a, b, c, d) = (order.ticket(), order.ticket(), order.ticket(), order.ticket());
        c.deliver(note(3));
        a.deliver(note(1));
        assert_eq!(*seen.lock(), [1]);
        drop(b);
        assert_eq!(*seen.lock(), [1, 3]);
        d.deliver(note(4));
        assert_eq!(*seen.lock(), [1, 3, 4]);
    }
}
