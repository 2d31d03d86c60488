//! For load balancers and supervisors.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use gantry_store::{DbError, Tx};
use http::{Response, StatusCode};
use serde_json::json;

use super::reply;
use crate::server::Server;

/// A database that takes longer to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub(super) fn alive() -> Response<Body> {
    reply::text(StatusCode::OK, "text/plain", "ok")
}

/// Whether requests should be sent here, and if not, why.
pub(super) async fn ready(server: &Arc<Server>) -> Response<Body> {
    let database = match tokio::time::timeout(PATIENCE, ask(server)).await {
        Ok(Ok(())) => "ok".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_elapsed) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    let stopping = server.stopping();
    let ready = database == "ok" && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks = json!({ "database": database, "server": if stopping { "stopping" } else { "ok" } });
    reply::json_value(status, &json!({ "ready": ready, "checks": checks }))
}

async fn ask(server: &Server) -> Result<(), DbError> {
    server.kernel.db.read(async |tx: &Tx| tx.query_opt("SELECT 1", &[]).await.map(|_row| ())).await
}
