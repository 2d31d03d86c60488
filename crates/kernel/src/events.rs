//! Domain events: recorded in a transaction, delivered after its commit, in commit order.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use gantry_store::{Deferred, Tx};
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use crate::Kernel;
use crate::hub::corked;

/// Something that happened, as the domain names it.
pub trait Event: Any + Send + Sync {}
impl<T: Any + Send + Sync> Event for T {}

type Happened = Arc<dyn Any + Send + Sync>;
type Listener =
    Box<dyn for<'a> Fn(&'a Arc<Kernel>, &'a (dyn Any + Send + Sync)) -> BoxFuture<'a, ()> + Send + Sync>;

enum Item {
    Events(Vec<Deferred>),
    Event(Happened),
    Barrier(oneshot::Sender<()>),
}

/// The process ends: whoever keeps something in memory that has to outlive it writes it down now.
#[derive(Clone, Copy, Debug)]
pub struct Ending;

/// Carries events from commits to listeners. Listeners do not know each other.
#[derive(Default)]
pub struct Events {
    /// What clients see of an event waits for nobody but those before it in here.
    first: Lane,
    later: Lane,
}

impl Events {
    /// Calls `listener` for every event of type `E`. What it waits for holds up all that comes after: one that
    /// has much to read or to send listens by [`Events::on_later`].
    pub fn on<E: Event, F>(&self, listener: F)
    where
        F: for<'a> Fn(&'a Arc<Kernel>, &'a E) -> BoxFuture<'a, ()> + Send + Sync + 'static,
    {
        self.first.add(listener);
    }

    /// Like [`Events::on`], but only after those listeners have heard of the event, and without holding up the
    /// next. These listeners, too, hear one event after the other in commit order.
    pub fn on_later<E: Event, F>(&self, listener: F)
    where
        F: for<'a> Fn(&'a Arc<Kernel>, &'a E) -> BoxFuture<'a, ()> + Send + Sync + 'static,
    {
        self.later.add(listener);
    }

    /// Publishes an event that no transaction stands behind (a socket opened, a status changed).
    pub fn publish<E: Event>(&self, event: E) {
        self.enqueue(vec![Box::new(event)]);
    }

    /// Takes over the events of one committed transaction. Called in commit order.
    pub fn enqueue(&self, events: Vec<Deferred>) {
        self.first.send(Item::Events(events));
    }

    /// Returns when everything published before this call has been delivered, but to those who hear of it later.
    pub async fn settle(&self) {
        self.first.pass().await;
    }

    /// Returns when nothing is left to deliver: also what listeners published, and their listeners. For
    /// the end of a process and for tests; while people work, it may never be so.
    pub async fn quiesce(&self) {
        let deliveries = || [&self.first, &self.later].map(|lane| lane.delivered.load(Ordering::Relaxed));
        loop {
            let before = deliveries();
            self.first.pass().await;
            self.later.pass().await;
            if deliveries() == before {
                return;
            }
        }
    }

    /// Events delivered since the start.
    pub fn delivered(&self) -> u64 {
        self.first.delivered.load(Ordering::Relaxed)
    }

    /// Starts the tasks that deliver. One for each lane, so that listeners see commit order.
    pub(crate) fn start(kernel: &Arc<Kernel>) {
        Lane::start(kernel, |events| &events.first);
        Lane::start(kernel, |events| &events.later);
    }
}

/// Listeners who hear one event after the other.
struct Lane {
    sender: mpsc::UnboundedSender<Item>,
    receiver: parking_lot::Mutex<Option<mpsc::UnboundedReceiver<Item>>>,
    listeners: RwLock<HashMap<TypeId, Vec<Arc<Listener>>>>,
    delivered: AtomicU64,
}

impl Default for Lane {
    fn default() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self {
            sender,
            receiver: parking_lot::Mutex::new(Some(receiver)),
            listeners: RwLock::default(),
            delivered: AtomicU64::new(0),
        }
    }
}

impl Lane {
    fn add<E: Event, F>(&self, listener: F)
    where
        F: for<'a> Fn(&'a Arc<Kernel>, &'a E) -> BoxFuture<'a, ()> + Send + Sync + 'static,
    {
        let listener: Listener = Box::new(move |kernel, event| match event.downcast_ref::<E>() {
            Some(event) => listener(kernel, event),
            None => Box::pin(async {}),
        });
        self.listeners.write().entry(TypeId::of::<E>()).or_default().push(Arc::new(listener));
    }

    fn send(&self, item: Item) {
        // The receiver lives as long as the kernel; a failed send means that the server is stopping.
        let _ = self.sender.send(item);
    }

    /// Returns when everything sent before has been delivered.
    async fn pass(&self) {
        let (done, wait) = oneshot::channel();
        self.send(Item::Barrier(done));
        let _ = wait.await;
    }

    fn start(kernel: &Arc<Kernel>, lane: fn(&Events) -> &Self) {
        let Some(mut receiver) = lane(&kernel.events).receiver.lock().take() else { return };
        let weak = Arc::downgrade(kernel);
        tokio::spawn(corked(async move {
            while let Some(item) = receiver.recv().await {
                let Some(kernel) = weak.upgrade() else { return };
                let lane = lane(&kernel.events);
                match item {
                    Item::Events(events) => {
                        for event in events {
                            let event = Happened::from(event);
                            lane.deliver(&kernel, event.as_ref()).await;
                            kernel.events.later.offer(event);
                        }
                    }
                    Item::Event(event) => lane.deliver(&kernel, event.as_ref()).await,
                    Item::Barrier(done) => {
                        let _ = done.send(());
                    }
                }
            }
        }));
    }

    /// Takes an event if anybody here listens.
    fn offer(&self, event: Happened) {
        if self.listeners.read().contains_key(&event.as_ref().type_id()) {
            self.send(Item::Event(event));
        }
    }

    async fn deliver(&self, kernel: &Arc<Kernel>, event: &(dyn Any + Send + Sync)) {
        let listeners = self.listeners.read().get(&event.type_id()).cloned().unwrap_or_default();
        for listener in listeners {
            listener(kernel, event).await;
        }
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Records events in a transaction.
pub trait Emit {
    /// Delivers `event` after the commit; drops it on rollback.
    fn emit<E: Event>(&self, event: E);
}

impl Emit for Tx {
    fn emit<E: Event>(&self, event: E) {
        self.defer(Box::new(event));
    }
}
