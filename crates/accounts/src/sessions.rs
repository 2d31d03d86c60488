//! From a token to its user, mostly without asking the database.

use std::collections::HashMap;
use std::sync::Arc;

use gantry_kernel::Kernel;
use gantry_kernel::caller::Caller;
use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::keys;
use gantry_protocol::Timestamp;
use gantry_store::{Tx, vals};
use parking_lot::RwLock;

use crate::hashing::token_hash;

/// Sessions kept in memory; when more are in use all are asked for anew.
const KEPT: usize = 50_000;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// A session as stored, with its user.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) caller: Arc<Caller>,
    created_at: i64,
    expires_at: Option<i64>,
}

impl Session {
    /// When the token stops working; `None` for never.
    pub(crate) fn expires(&self, kernel: &Kernel) -> Option<Timestamp> {
        if self.caller.personal_token {
            return self.expires_at.map(Timestamp::from_millis);
        }
        Some(Timestamp::from_millis(self.expires_at.unwrap_or(self.created_at + lifetime(kernel))))
    }

    fn ended(&self, kernel: &Kernel) -> bool {
        self.expires(kernel).is_some_and(|end| end.millis() <= kernel.clock.now_millis())
    }
}

/// How long a login lasts, in milliseconds. Upstream: `apps/meteor/lib/utils/getLoginExpiration.ts`.
pub(crate) fn lifetime(kernel: &Kernel) -> i64 {
    let days = kernel.settings.get(keys::Accounts_LoginExpiration);
    (if days > 0 { days } else { 90 }) * DAY
}

/// The sessions that were used lately.
#[derive(Default)]
pub(crate) struct Sessions(RwLock<State>);

#[derive(Default)]
struct State {
    by_hash: HashMap<String, Session>,
    /// Counts what was forgotten: a session that was read before somebody forgot something is not kept.
    forgotten: u64,
}

impl Sessions {
    /// The user of a token that works.
    pub(crate) async fn find(&self, kernel: &Arc<Kernel>, token: &str) -> Result<Option<Arc<Caller>>> {
        Ok(self.session(kernel, token).await?.map(|session| session.caller))
    }

    /// The session of a token that works.
    pub(crate) async fn session(&self, kernel: &Arc<Kernel>, token: &str) -> Result<Option<Session>> {
        let hash = token_hash(token);
        let known = self.0.read().by_hash.get(&hash).cloned();
        let session = match known {
            Some(session) => Some(session),
            None => self.load(kernel, hash).await?,
        };
        Ok(session.filter(|session| !session.ended(kernel)))
    }

    async fn load(&self, kernel: &Arc<Kernel>, hash: String) -> Result<Option<Session>> {
        let before = self.0.read().forgotten;
        let sought = hash.clone();
        let found = kernel.db.read(async move |tx| read(tx, &sought).await).await?;
        if let Some(session) = &found {
            let mut state = self.0.write();
            if state.forgotten == before {
                if state.by_hash.len() >= KEPT {
                    state.by_hash.clear();
                }
                state.by_hash.insert(hash, session.clone());
            }
        }
        Ok(found)
    }

    /// Asks the database anew for these sessions: they ended.
    pub(crate) fn forget_hashes(&self, hashes: &[String]) {
        let mut state = self.0.write();
        state.forgotten += 1;
        for hash in hashes {
            state.by_hash.remove(hash);
        }
    }

    /// Asks the database anew for all sessions of a user: the user changed or they ended.
    pub(crate) fn forget_user(&self, uid: &str) {
        let mut state = self.0.write();
        state.forgotten += 1;
        state.by_hash.retain(|_, session| session.caller.uid != uid);
    }
}

/// The session of a hash, if its user may act.
async fn read(tx: &Tx, hash: &str) -> Result<Option<Session>> {
    let Some(row) = tx
        .query_opt(
            "SELECT t.uid, t.kind, t.bypass_two_factor, t.created_at, t.expires_at, u.username, u.name, u.roles, u.type \
             FROM login_tokens t JOIN users u ON u.id = t.uid WHERE t.hash = ?1 AND u.active = TRUE",
            &vals![hash],
        )
        .await?
    else {
        return Ok(None);
    };
    let caller = Caller {
        uid: row.text(0)?,
        username: row.opt_text(5)?.unwrap_or_default(),
        name: row.opt_text(6)?,
        roles: serde_json::from_str(row.str(7)?).map_err(Error::internal)?,
        kind: row.text(8)?,
        token_hash: hash.to_owned(),
        personal_token: row.str(1)? == "personal",
        bypass_two_factor: row.bool(2)?,
        by_application: false,
    };
    Ok(Some(Session { caller: Arc::new(caller), created_at: row.int(3)?, expires_at: row.opt_int(4)? }))
}

/// The user of that id as a caller without a token; `None` for somebody who may not act.
pub(crate) async fn caller_of(kernel: &Arc<Kernel>, uid: &str) -> Result<Option<Arc<Caller>>> {
    let uid = uid.to_owned();
    let user = kernel.db.read(async move |tx| crate::users::by_id(tx, &uid).await).await?;
    let active = user.filter(|user| user.active);
    Ok(active.map(|user| {
        Arc::new(Caller {
            uid: user.id,
            username: user.username.unwrap_or_default(),
            name: user.name,
            roles: user.roles,
            kind: user.kind,
            ..Caller::default()
        })
    }))
}

/// The user behind an application's access token. Not kept in memory: what an application may do ends with
/// the token, the application or the user, and each of them can end anywhere.
pub(crate) async fn bearer(kernel: &Arc<Kernel>, token: &str) -> Result<Option<Arc<Caller>>> {
    let (hash, now) = (token_hash(token), kernel.clock.now_millis());
    let uid = kernel
        .db
        .read::<_, Error, _>(async move |tx| {
            let row = tx
                .query_opt(
                    "SELECT t.uid FROM oauth_tokens t JOIN oauth_apps a ON a.client_id = t.client_id \
                     WHERE t.hash = ?1 AND t.expires_at > ?2 AND a.active",
                    &vals![&hash, now],
                )
                .await?;
            Ok(row.map(|row| row.text(0)).transpose()?)
        })
        .await?;
    let Some(uid) = uid else { return Ok(None) };
    let caller = caller_of(kernel, &uid).await?;
    Ok(caller.map(|caller| Arc::new(Caller { by_application: true, ..Caller::clone(&caller) })))
}
