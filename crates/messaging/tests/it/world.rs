//! The world of these tests: rooms and messages.

use gantry_test_world::Domains;

pub(crate) use gantry_test_world::{Actor, Answer, World};

/// A workspace on each engine that is at hand.
pub(crate) async fn worlds() -> Vec<World> {
    let domains = Domains {
        register: gantry_messaging::register,
        rules: gantry_messaging::rules,
        listen: gantry_messaging::listen,
        bootstrap: |kernel| Box::pin(gantry_messaging::bootstrap(kernel)),
    };
    gantry_test_world::worlds(&domains).await
}
