//! Licences. Gantry has none: everything is switched on and nothing is limited. These operations say so in
//! the shape in which clients ask for it, so that they show what they would hide without a licence.
//!
//! Upstream: `apps/meteor/ee/server/api/licenses.ts`, `ee/packages/license`.

mod endpoints;
mod methods;

use gantry_kernel::prelude::*;
use gantry_store::vals;

pub(crate) fn register(registry: &mut Registry) {
    endpoints::register(registry);
    methods::register(registry);
}

/// Everything that upstream sells by module.
pub(crate) const MODULES: [&str; 23] = [
    "auditing",
    "canned-responses",
    "ldap-enterprise",
    "livechat-enterprise",
    "voip-enterprise",
    "omnichannel-mobile-enterprise",
    "engagement-dashboard",
    "push-privacy",
    "scalability",
    "teams-mention",
    "saml-enterprise",
    "oauth-enterprise",
    "device-management",
    "federation",
    "videoconference-enterprise",
    "message-read-receipt",
    "outlook-calendar",
    "hide-watermark",
    "custom-roles",
    "accessibility-certification",
    "unlimited-presence",
    "contact-id-verification",
    "teams-voip",
];

/// What a licence could limit.
const LIMITS: [&str; 6] =
    ["activeUsers", "guestUsers", "roomsPerGuest", "privateApps", "marketplaceApps", "monthlyActiveContacts"];

/// People who count as active: those who can log in, without guests and machines.
pub(crate) async fn active_users(tx: &Tx) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM users u WHERE u.active AND u.type = 'user' AND u.id NOT IN \
             (SELECT r.uid FROM user_roles r WHERE r.role = 'guest')",
            &[],
        )
        .await?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

/// How much of each limit is used.
async fn used(tx: &Tx, limit: &str) -> Result<i64> {
    match limit {
        "activeUsers" => active_users(tx).await,
        "guestUsers" => holders(tx, "guest").await,
        _ => Ok(0),
    }
}

async fn holders(tx: &Tx, role: &str) -> Result<i64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) FROM user_roles r JOIN users u ON u.id = r.uid WHERE r.role = ?1 AND u.active",
            &vals![role],
        )
        .await?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

/// The licence document of a workspace without limits, as version 3 of it looks.
fn document(ctx: &Ctx) -> Value {
    let modules: Vec<Value> = MODULES.iter().map(|module| json!({ "module": module })).collect();
    json!({
        "version": "3.0",
        "information": {
            "id": ctx.settings.get(keys::uniqueID).to_string(),
            "autoRenew": true,
            "visualExpiration": null,
            "trial": false,
            "offline": true,
            "createdAt": ctx.settings.installed_at(),
            "grantedBy": { "method": "manual" },
            "tags": [],
        },
        "validation": {
            "serverUrls": [],
            "validPeriods": [],
            "statisticsReport": { "required": false },
        },
        "grantedModules": modules,
        "limits": {},
        "cloudMeta": {},
    })
}

/// What the operation `licenses.info` answers: `everything` with the document and the limits, `values` with
/// what is used of them. `-1` means without limit.
async fn info(ctx: &Ctx, tx: &Tx, everything: bool, values: bool) -> Result<Value> {
    let mut limits = json!({});
    if everything {
        for limit in LIMITS {
            limits[limit] = if values {
                json!({ "value": used(tx, limit).await?, "max": -1 })
            } else {
                json!({ "max": -1 })
            };
        }
    }
    let allowed: serde_json::Map<String, Value> =
        LIMITS.iter().map(|limit| ((*limit).to_owned(), false.into())).collect();
    let mut info = json!({
        "activeModules": MODULES,
        "externalModules": [],
        "preventedActions": allowed,
        "limits": limits,
        "tags": [],
        "trial": false,
    });
    if everything {
        info["license"] = document(ctx);
    }
    Ok(info)
}
