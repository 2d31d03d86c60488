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

type Listener =
    Box<dyn for<'a> Fn(&'a Arc<Kernel>, &'a (dyn Any + Send + Sync)) -> BoxFuture<'a, ()> + Send + Sync>;

enum Item {
    Events(Vec<Deferred>),
    Barrier(oneshot::Sender<()>),
}

/// The process ends: whoever keeps something in memory that has to outlive it writes it down now.
#[derive(Clone, Copy, Debug)]
pub struct Ending;

/// Carries events from commits to listeners. Listeners do not know each other.
pub struct Events {
    sender: mpsc::UnboundedSender<Item>,
    receiver: parking_lot::Mutex<Option<mpsc::UnboundedReceiver<Item>>>,
    listeners: RwLock<HashMap<TypeId, Vec<Arc<Listener>>>>,
    delivered: AtomicU64,
}

impl Default for Events {
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

impl Events {
    /// Calls `listener` for every event of type `E`.
    pub fn on<E: Event, F>(&self, listener: F)
    where
        F: for<'a> Fn(&'a Arc<Kernel>, &'a E) -> BoxFuture<'a, ()> + Send + Sync + 'static,
    {
        let listener: Listener = Box::new(move |kernel, event| match event.downcast_ref::<E>() {
            Some(event) => listener(kernel, event),
            None => Box::pin(async {}),
        });
        self.listeners.write().entry(TypeId::of::<E>()).or_default().push(Arc::new(listener));
    }

    /// Publishes an event that no transaction stands behind (a socket opened, a status changed).
    pub fn publish<E: Event>(&self, event: E) {
        self.enqueue(vec![Box::new(event)]);
    }

    /// Takes over the events of one committed transaction. Called in commit order.
    pub fn enqueue(&self, events: Vec<Deferred>) {
        // The receiver lives as long as the kernel; a failed send means that the server is stopping.
        let _ = self.sender.send(Item::Events(events));
    }

    /// Returns when everything published before this call has been delivered.
    pub async fn settle(&self) {
        let (done, wait) = oneshot::channel();
        if self.sender.send(Item::Barrier(done)).is_ok() {
            let _ = wait.await;
        }
    }

    /// Returns when nothing is left to deliver: also what listeners published, and their listeners. For
    /// the end of a process and for tests; while people work, it may never be so.
    pub async fn quiesce(&self) {
        loop {
            let before = self.delivered();
            self.settle().await;
            if self.delivered() == before {
                return;
            }
        }
    }

    /// Events delivered since the start.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Starts the task that delivers. One task, so that listeners see commit order.
    pub(crate) fn start(kernel: &Arc<Kernel>) {
        let Some(mut receiver) = kernel.events.receiver.lock().take() else { return };
        let weak = Arc::downgrade(kernel);
        tokio::spawn(corked(async move {
            while let Some(item) = receiver.recv().await {
                let Some(kernel) = weak.upgrade() else { return };
                match item {
                    Item::Events(events) => {
                        for event in events {
                            kernel.events.deliver(&kernel, event.as_ref()).await;
                        }
                    }
                    Item::Barrier(done) => {
                        let _ = done.send(());
                    }
                }
            }
        }));
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
