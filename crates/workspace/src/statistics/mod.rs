//! The workspace in numbers: gathered once a day and when somebody asks for fresh ones.

mod endpoints;
mod gather;
mod machine;
mod methods;
mod telemetry;

use std::sync::Arc;
use std::time::Duration;

use gantry_kernel::caller::Ctx;
use gantry_kernel::registry::Registry;
use gantry_kernel::{Kernel, jobs};

pub(crate) use telemetry::increment as count;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

pub(crate) fn listen(kernel: &Arc<Kernel>) {
    jobs::every(kernel, "statistics", Duration::from_secs(24 * 60 * 60), |kernel| {
        Box::pin(async move { gather::save(&Ctx::internal(&kernel)).await.map(|_| ()) })
    });
}
