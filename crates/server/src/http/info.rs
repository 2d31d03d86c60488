//! `/api/info`: what a client asks before anything else.
//!
//! Upstream: `apps/meteor/app/api/server/lib/getServerInfo.ts`.

use std::sync::Arc;

use axum::body::Body;
use gantry_kernel::caller::Caller;
use gantry_kernel::settings::keys;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::reply;
use crate::server::{COMPATIBLE_VERSION, Server};

/// The oldest clients that work with this server.
const MINIMUM_DESKTOP: &str = "3.9.6";
const MINIMUM_MOBILE: &str = "4.39.0";

pub(super) async fn answer(server: &Arc<Server>, headers: &HeaderMap) -> Response<Body> {
    let caller = match caller(server, headers).await {
        Ok(caller) => caller,
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return reply::json_value(status, &error.rest_body());
        }
    };
    let trusted =
        caller.is_some_and(|caller| server.kernel.permissions.has(&caller.roles, "view-statistics"));
    reply::json_value(StatusCode::OK, &document(server, trusted))
}

/// Only those who may see statistics learn the exact version, so that nobody else can look up its faults.
fn document(server: &Server, trusted: bool) -> Value {
    let mut info = json!({
        "version": short(COMPATIBLE_VERSION),
        "minimumClientVersions": { "desktop": MINIMUM_DESKTOP, "mobile": MINIMUM_MOBILE },
        "success": true,
    });
    let workspace = server.kernel.settings.get(keys::Cloud_Workspace_Id);
    if !workspace.is_empty() {
        info["cloudWorkspaceId"] = workspace.to_string().into();
    }
    if trusted {
        info["version"] = COMPATIBLE_VERSION.into();
        info["info"] = json!({
            "version": COMPATIBLE_VERSION,
            "build": { "arch": std::env::consts::ARCH, "platform": std::env::consts::OS },
            "commit": {},
            "marketplaceApiVersion": "1.58.0",
            "minimumClientVersions": { "desktop": MINIMUM_DESKTOP, "mobile": MINIMUM_MOBILE },
            "gantry": env!("CARGO_PKG_VERSION"),
        });
    }
    info
}

/// `8.3` of `8.3.0`.
fn short(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(short, _patch)| short)
}

async fn caller(
    server: &Arc<Server>,
    headers: &HeaderMap,
) -> gantry_kernel::error::Result<Option<Arc<Caller>>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(token), Some(uid)) = (text("x-auth-token"), text("x-user-id")) else { return Ok(None) };
    server.kernel.identity().authenticate(&server.kernel, Some(uid), token).await
}
