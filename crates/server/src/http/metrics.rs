//! Figures for Prometheus.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::atomic::Ordering;

use axum::body::Body;
use gantry_kernel::registry::Calls;
use gantry_store::Engine;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Response, StatusCode};

use super::reply;
use crate::server::Server;

/// Tells the figures to a private network, or to whoever knows the token.
pub(super) fn answer(server: &Server, headers: &HeaderMap, address: IpAddr) -> Response<Body> {
    if !allowed(server, headers, address) {
        return reply::refusal(
            StatusCode::FORBIDDEN,
            "error-not-allowed",
            "Metrics are for private networks; elsewhere set GANTRY_METRICS_TOKEN and send it as a bearer token",
        );
    }
    reply::text(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text(server))
}

fn allowed(server: &Server, headers: &HeaderMap, address: IpAddr) -> bool {
    match &server.config.metrics_token {
        Some(token) => {
            let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            same(sent, token)
        }
        None => match address {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
        },
    }
}

/// Compares without telling by the time taken where the two differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

fn text(server: &Server) -> String {
    let mut out = Text(String::with_capacity(32 * 1024));
    let kernel = &server.kernel;

    let endpoints: Vec<_> = kernel
        .registry
        .endpoints()
        .iter()
        .map(|entry| {
            (format!(r#"verb="{}",path="{}""#, entry.spec.verb.name(), entry.spec.path), &entry.calls)
        })
        .collect();
    out.calls("gantry_rest", "REST operation", &endpoints);
    let methods: Vec<_> = kernel
        .registry
        .methods()
        .into_iter()
        .map(|entry| (format!(r#"method="{}""#, entry.spec.name), &entry.calls))
        .collect();
    out.calls("gantry_method", "DDP method", &methods);
    deprecated(&mut out, server);

    let hub = kernel.hub.stats();
    out.figure("gantry_sockets", "gauge", "Open realtime connections.", hub.connections as u64);
    out.figure("gantry_users_connected", "gauge", "Users with a realtime connection.", hub.users as u64);
    out.figure("gantry_subscriptions", "gauge", "Open stream subscriptions.", hub.subscriptions as u64);
    out.figure("gantry_topics", "gauge", "Stream events that somebody listens to.", hub.topics as u64);
    out.figure("gantry_frames_total", "counter", "Frames queued, once per receiver.", hub.frames);
    out.figure("gantry_frame_bytes_total", "counter", "Bytes of the frames queued.", hub.bytes);
    out.figure(
        "gantry_slow_readers_total",
        "counter",
        "Connections cut off because they did not keep up.",
        hub.slow_readers,
    );
    out.figure(
        "gantry_events_total",
        "counter",
        "Domain events delivered to their listeners.",
        kernel.events.delivered(),
    );

    let engine = match kernel.db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    out.head("gantry_info", "gauge", "Version and database engine.");
    out.line("gantry_info", &format!(r#"version="{}",engine="{engine}""#, env!("CARGO_PKG_VERSION")), 1);
    if let Some(bytes) = resident_bytes() {
        out.figure("process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
    }
    out.figure("gantry_uptime_seconds", "gauge", "Time since the start.", kernel.clock.elapsed().as_secs());
    out.0
}

/// Calls of operations that upstream removes one day, and that clients should let go of.
fn deprecated(out: &mut Text, server: &Server) {
    let registry = &server.kernel.registry;
    let endpoints = registry.endpoints().iter().filter(|entry| entry.spec.deprecated.is_some());
    let endpoints =
        endpoints.map(|entry| (format!("{} {}", entry.spec.verb.name(), entry.spec.path), &entry.calls));
    let methods = registry.methods().into_iter().filter(|entry| entry.spec.deprecated.is_some());
    let methods = methods.map(|entry| (entry.spec.name.to_owned(), &entry.calls));
    let name = "gantry_deprecated_calls_total";
    out.head(name, "counter", "Calls of deprecated operations.");
    for (operation, calls) in endpoints.chain(methods) {
        let total = calls.total.load(Ordering::Relaxed);
        if total > 0 {
            out.line(name, &format!(r#"operation="{operation}""#), total);
        }
    }
}

/// The text format of Prometheus.
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: u64) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }

    fn figure(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// Operations that were never called are left out: there are hundreds.
    fn calls(&mut self, prefix: &str, what: &str, all: &[(String, &Calls)]) {
        let called = || all.iter().filter(|(_, calls)| calls.total.load(Ordering::Relaxed) > 0);
        let name = format!("{prefix}_calls_total");
        self.head(&name, "counter", &format!("Calls of each {what}."));
        for (labels, calls) in called() {
            self.line(&name, labels, calls.total.load(Ordering::Relaxed));
        }
        let name = format!("{prefix}_refused_total");
        self.head(&name, "counter", &format!("Calls of each {what} that were answered with an error."));
        for (labels, calls) in called() {
            self.line(&name, labels, calls.refused.load(Ordering::Relaxed));
        }
        let name = format!("{prefix}_seconds_total");
        self.head(&name, "counter", &format!("Time spent in each {what}."));
        for (labels, calls) in called() {
            let micros = calls.micros.load(Ordering::Relaxed);
            let _ = writeln!(self.0, "{name}{{{labels}}} {}.{:06}", micros / 1_000_000, micros % 1_000_000);
        }
    }
}

/// Pages of 4 KiB that the process holds, where the system tells (Linux).
fn resident_bytes() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
