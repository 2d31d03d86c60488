//! The streams that belong to no room: what everybody, everybody signed in, or one user hears.

mod publications;
mod rules;

use gantry_kernel::Kernel;
use gantry_kernel::registry::Registry;
use serde::Serialize;

pub(crate) fn register(registry: &mut Registry) {
    registry
        .stream::<rules::NotifyAll>()
        .stream::<rules::NotifyLogged>()
        .stream::<rules::NotifyUser>()
        .stream::<rules::Roles>()
        .stream::<rules::UserPresence>()
        .stream::<rules::Local>()
        .publication::<publications::ClientVersions>();
}

/// Tells everybody who listens, signed in or not. The arguments are encoded only if somebody does.
pub fn notify_all(kernel: &Kernel, event: &str, args: &[&dyn Argument]) {
    publish(kernel, "notify-all", event, args);
}

/// Tells every signed-in user who listens.
pub fn notify_logged(kernel: &Kernel, event: &str, args: &[&dyn Argument]) {
    publish(kernel, "notify-logged", event, args);
}

/// Tells one user's clients, with one argument.
pub fn notify_user<T: Serialize>(kernel: &Kernel, uid: &str, event: &str, arg: &T) {
    publish(kernel, "notify-user", &format!("{uid}/{event}"), &[arg]);
}

pub(crate) fn publish(kernel: &Kernel, stream: &'static str, event: &str, args: &[&dyn Argument]) {
    if !kernel.hub.has_subscribers(stream, event) {
        return;
    }
    let args: Vec<String> = args.iter().map(|arg| arg.ejson()).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    kernel.hub.publish(stream, event, &args);
}

/// What can be an argument of an event: anything that can be written as EJSON.
pub trait Argument {
    /// The argument as EJSON text.
    fn ejson(&self) -> String;
}

impl<T: Serialize> Argument for T {
    fn ejson(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| {
            tracing::error!(%error, "an event could not be encoded");
            "null".to_owned()
        })
    }
}
