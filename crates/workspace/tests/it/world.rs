//! The world of these tests: rooms, messages and what is around them.

use gantry_test_world::Domains;

pub(crate) use gantry_test_world::{Actor, Answer, World};

/// A workspace on each engine that is at hand.
pub(crate) async fn worlds() -> Vec<World> {
    let domains = Domains {
        register: |registry| {
            gantry_messaging::register(registry);
            gantry_workspace::register(registry);
        },
        rules: |within| {
            gantry_messaging::rules(within);
            gantry_workspace::rules(within);
        },
        listen: |kernel| {
            gantry_messaging::listen(kernel);
            gantry_workspace::listen(kernel);
        },
        bootstrap: |kernel| Box::pin(gantry_messaging::bootstrap(kernel)),
    };
    gantry_test_world::worlds(&domains).await
}
