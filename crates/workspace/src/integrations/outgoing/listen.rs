//! What happens elsewhere, for outgoing webhooks.

use std::time::Duration;

use gantry_accounts::users::{self, UserCreated};
use gantry_kernel::events::Ending;
use gantry_kernel::jobs;
use gantry_kernel::prelude::*;
use gantry_messaging::events::{MessageSaved, RoomArchived, RoomEntered, RoomFounded};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};

use super::super::record::IntegrationChanged;
use super::super::script::engine;
use super::facts::{Facts, Happening, shown};
use super::queue::{self, CallsQueued};
use super::triggers::Triggers;
use super::{history, run};

/// Listens, and makes the calls that are due.
pub(in super::super) fn listen(kernel: &Arc<Kernel>) {
    let triggers = Arc::new(Triggers::default());
    let forgetful = triggers.clone();
    kernel.events.on::<IntegrationChanged, _>(move |kernel, event| {
        forgetful.forget();
        engine().forget(kernel, &event.id);
        Box::pin(async {})
    });
    let heard = queueing(kernel, triggers.clone());
    messages(kernel, triggers, heard.clone());
    happenings(kernel, &heard);
    working(kernel);
    jobs::every(kernel, "old integration history", Duration::from_secs(3600), |kernel| {
        Box::pin(async move { history::forget_old(&Ctx::internal(&kernel)).await })
    });
}

/// What is handed to the one who writes calls down.
enum Item {
    Happened(Box<Facts>),
    /// Everything before it has been written down.
    Barrier(oneshot::Sender<()>),
}

#[derive(Clone)]
struct Heard(mpsc::UnboundedSender<Item>);

impl Heard {
    fn happened(&self, facts: Facts) {
        // It is only closed when the server has stopped.
        let _ = self.0.send(Item::Happened(Box::new(facts)));
    }
}

/// How long to wait while the database takes nothing more, and how often.
const PATIENCE: (Duration, u32) = (Duration::from_millis(200), 50);

/// Writes down the calls that something causes, in the order in which things happened. Who makes things
/// happen does not wait for it; the end of the process does.
fn queueing(kernel: &Arc<Kernel>, triggers: Arc<Triggers>) -> Heard {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let weak = Arc::downgrade(kernel);
    tokio::spawn(async move {
        while let Some(item) = receiver.recv().await {
            let facts = match item {
                Item::Happened(facts) => facts,
                Item::Barrier(done) => {
                    let _ = done.send(());
                    continue;
                }
            };
            let Some(kernel) = weak.upgrade() else { return };
            let ctx = Ctx::internal(&kernel);
            let mut left = PATIENCE.1;
            while let Err(error) = enqueue(&ctx, &triggers, &facts).await {
                if error.status != 503 || left == 0 {
                    tracing::warn!(%error, "the calls of an outgoing webhook could not be stored");
                    break;
                }
                left -= 1;
                tokio::time::sleep(PATIENCE.0).await;
            }
        }
    });
    let heard = Heard(sender);
    let last = heard.clone();
    kernel.events.on::<Ending, _>(move |_, _| {
        let (done, wait) = oneshot::channel();
        let sent = last.0.send(Item::Barrier(done)).is_ok();
        Box::pin(async move {
            if sent {
                let _ = wait.await;
            }
        })
    });
    heard
}

async fn enqueue(ctx: &Ctx, triggers: &Triggers, facts: &Facts) -> Result<()> {
    let concerned = triggers.of(ctx, facts).await?;
    if concerned.is_empty() {
        return Ok(());
    }
    let (inner, facts) = (ctx.clone(), facts.clone());
    ctx.write(async move |tx| {
        let mut facts = facts.clone();
        if let (Happening::FileUploaded, Some(message)) = (facts.event, &facts.message) {
            let author = users::by_id(tx, &message.u.id).await?;
            facts.user = author.as_ref().map(shown).transpose()?;
        }
        for integration in &concerned {
            let urls = integration.urls.clone().unwrap_or_default();
            queue::add(&inner, tx, integration, &urls, &facts).await?;
        }
        Ok(())
    })
    .await
}

/// Messages come by the thousand: what nobody listens for is not even copied.
fn messages(kernel: &Arc<Kernel>, triggers: Arc<Triggers>, heard: Heard) {
    kernel.events.on::<MessageSaved, _>(move |kernel, event| {
        let (message, now) = (&event.message, kernel.clock.now());
        let fresh = event.new || message.edited_at == Some(message.updated_at);
        if fresh && Happening::is_written(message.t.as_deref()) {
            let uploaded = event.new && message.file.is_some();
            let happened = [(Happening::FileUploaded, uploaded), (Happening::SendMessage, true)];
            for (happening, _) in happened.into_iter().filter(|(_, happened)| *happened) {
                if triggers.surely_none(now, happening) {
                    continue;
                }
                let mut facts = Facts::new(happening, now);
                facts.message = Some((**message).clone());
                facts.room = Some((*event.room).clone());
                heard.happened(facts);
            }
        }
        Box::pin(async {})
    });
}

fn happenings(kernel: &Arc<Kernel>, heard: &Heard) {
    let heard_room = heard.clone();
    kernel.events.on::<RoomFounded, _>(move |kernel, event| {
        let mut facts = Facts::new(Happening::RoomCreated, kernel.clock.now());
        facts.room = Some((*event.room).clone());
        facts.owner = shown(&event.owner).ok();
        heard_room.happened(facts);
        Box::pin(async {})
    });
    let heard_people = heard.clone();
    kernel.events.on::<RoomEntered, _>(move |kernel, event| {
        let happening = if event.entered { Happening::RoomJoined } else { Happening::RoomLeft };
        let mut facts = Facts::new(happening, kernel.clock.now());
        facts.room = Some((*event.room).clone());
        facts.user = shown(&event.user).ok();
        heard_people.happened(facts);
        Box::pin(async {})
    });
    let heard_user = heard.clone();
    kernel.events.on::<UserCreated, _>(move |kernel, event| {
        let mut facts = Facts::new(Happening::UserCreated, kernel.clock.now());
        facts.user = shown(&event.user).ok();
        heard_user.happened(facts);
        Box::pin(async {})
    });
    let heard_archived = heard.clone();
    kernel.events.on::<RoomArchived, _>(move |kernel, event| {
        let (ctx, heard) = (Ctx::internal(kernel), heard_archived.clone());
        let (room, uid) = (event.room.clone(), event.uid.clone());
        Box::pin(async move {
            let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await;
            let mut facts = Facts::new(Happening::RoomArchived, ctx.now);
            facts.room = Some((*room).clone());
            facts.user = user.ok().flatten().and_then(|user| shown(&user).ok());
            heard.happened(facts);
        })
    });
}

/// Makes calls when some are queued, and looks for those that are due again every second.
fn working(kernel: &Arc<Kernel>) {
    let wake = Arc::new(Notify::new());
    let woken = wake.clone();
    kernel.events.on::<CallsQueued, _>(move |_, _| {
        woken.notify_one();
        Box::pin(async {})
    });
    let weak = Arc::downgrade(kernel);
    let places = Arc::new(Semaphore::new(run::AT_ONCE));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = wake.notified() => {}
                _ = ticks.tick() => {}
            }
            let Some(kernel) = weak.upgrade() else { return };
            if let Err(error) = run::start_due(&kernel, &places).await {
                tracing::warn!(%error, "the calls of outgoing webhooks could not be read");
            }
        }
    });
}
