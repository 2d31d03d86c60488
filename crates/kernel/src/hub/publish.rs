//! Handing out events.

use std::collections::HashMap;

use super::frame::Changed;
use super::topics::Entry;
use super::{Frame, Hub, Identity};

impl Hub {
    /// Whether anybody on this node listens to an event.
    pub fn has_subscribers(&self, stream: &str, event: &str) -> bool {
        self.topics.find(stream, event).is_some_and(|entry| !entry.subscribers().is_empty())
    }

    /// Sends an event to all who listen, and returns how many frames were queued. `args` are finished EJSON;
    /// nothing is encoded when nobody listens.
    pub fn publish(&self, stream: &str, event: &str, args: &[&str]) -> usize {
        let Some(entry) = self.topics.find(stream, event) else { return 0 };
        self.fan_out(&entry, &Changed::new(stream, args).frame(event), None)
    }

    /// Like [`Hub::publish`], but not to the connection `connection_id`: what a client writes to a stream is
    /// not sent back to it.
    pub fn publish_except(&self, connection_id: &str, stream: &str, event: &str, args: &[&str]) -> usize {
        let Some(entry) = self.topics.find(stream, event) else { return 0 };
        self.fan_out(&entry, &Changed::new(stream, args).frame(event), Some(connection_id))
    }

    /// Sends the same arguments under many event names, such as `<uid>/rooms-changed` for every member. The
    /// arguments are encoded once, and only if somebody listens to one of the names.
    pub fn publish_shared(
        &self,
        stream: &str,
        events: impl IntoIterator<Item = impl AsRef<str>>,
        args: &[&str],
    ) -> usize {
        let mut changed = None;
        let mut queued = 0;
        for event in events {
            let event = event.as_ref();
            if let Some(entry) = self.topics.find(stream, event) {
                let changed = changed.get_or_insert_with(|| Changed::new(stream, args));
                queued += self.fan_out(&entry, &changed.frame(event), None);
            }
        }
        queued
    }

    /// Sends an event to those listeners whom `receiver` picks by their identity (`None`: not logged in).
    ///
    /// `receiver` answers `None` to pass one over, or what that one gets in addition: an empty string for
    /// nothing, else one more argument as finished EJSON. Each distinct answer is encoded once. It is called
    /// once per connection and must not call the hub.
    pub fn publish_each<E: AsRef<str>>(
        &self,
        stream: &str,
        event: &str,
        args: &[&str],
        mut receiver: impl FnMut(Option<&Identity>) -> Option<E>,
    ) -> usize {
        let Some(entry) = self.topics.find(stream, event) else { return 0 };
        let mut encoded: HashMap<String, Frame> = HashMap::new();
        let (mut queued, mut bytes) = (0, 0);
        for subscriber in entry.subscribers().iter() {
            let identity = subscriber.connection.identity.read();
            let Some(extra) = receiver(identity.as_ref()) else { continue };
            drop(identity);
            let extra = extra.as_ref();
            let frame = match encoded.get(extra) {
                Some(frame) => frame.clone(),
                None => {
                    let frame = with_extra(stream, event, args, extra);
                    encoded.insert(extra.to_owned(), frame.clone());
                    frame
                }
            };
            for _ in 0..subscriber.count {
                if self.offer(&subscriber.connection, frame.clone()) {
                    queued += 1;
                    bytes += frame.len();
                }
            }
        }
        self.count_frames(queued, bytes);
        queued
    }

    fn fan_out(&self, entry: &Entry, frame: &Frame, except: Option<&str>) -> usize {
        let mut queued = 0;
        for subscriber in entry.subscribers().iter() {
            if except.is_some_and(|id| id == subscriber.connection.id()) {
                continue;
            }
            for _ in 0..subscriber.count {
                queued += usize::from(self.offer(&subscriber.connection, frame.clone()));
            }
        }
        self.count_frames(queued, queued * frame.len());
        queued
    }
}

fn with_extra(stream: &str, event: &str, args: &[&str], extra: &str) -> Frame {
    if extra.is_empty() {
        return Changed::new(stream, args).frame(event);
    }
    let mut args = args.to_vec();
    args.push(extra);
    Changed::new(stream, &args).frame(event)
}
