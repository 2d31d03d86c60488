//! A person's own pair of keys.

use gantry_accounts::users;
use gantry_kernel::prelude::*;

use super::{bounds, queue, stored};

/// A pair of keys. The private one is encrypted with the person's password.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(super) struct Pair {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<String>,
}

impl Pair {
    pub(super) const fn whole(&self) -> bool {
        self.public_key.is_some() && self.private_key.is_some()
    }
}

fn pair(e2e: Option<&Value>) -> Pair {
    let key = |name: &str| {
        let text = e2e?.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Pair { public_key: key("public_key"), private_key: key("private_key") }
}

/// The caller's keys. Nobody else's can be asked for.
pub(super) async fn of_caller(ctx: &Ctx, tx: &Tx) -> Result<Pair> {
    let user = users::by_id(tx, ctx.uid()).await?;
    Ok(pair(user.as_ref().and_then(|user| user.e2e.as_ref())))
}

/// Stores the caller's keys, and lets them wait for the keys of their encrypted rooms.
///
/// # Errors
/// `error-keys-already-set` unless `force`.
pub(super) async fn set(ctx: &Ctx, tx: &Tx, public: &str, private: &str, force: bool) -> Result<()> {
    bounds::keys([public, private])?;
    let uid = ctx.uid();
    let mut user = users::lock(tx, uid).await?.ok_or_else(Error::unauthenticated)?;
    if !force && pair(user.e2e.as_ref()).whole() {
        return Err(Error::new("error-keys-already-set", "Keys already set")
            .with_details(json!({ "method": "e2e.setUserPublicAndPrivateKeys" })));
    }
    user.e2e = Some(json!({ "public_key": public, "private_key": private }));
    user.updated_at = ctx.now;
    users::save(tx, &user).await?;
    stored::set_public_key(tx, uid, Some(public)).await?;
    let rids = stored::rooms_without_key(tx, uid, true).await?;
    queue::enter(ctx, tx, &rids, uid).await
}

/// A user's keys were taken away: nothing that was encrypted for them is of use any more.
pub(super) async fn reset(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<()> {
    stored::set_public_key(tx, uid, None).await?;
    let waiting = stored::rooms_without_key(tx, uid, true).await?;
    for rid in stored::rooms_of(tx, uid).await? {
        if let Some(mut sub) = stored::lock(tx, &rid, uid).await? {
            (sub.e2e_key, sub.e2e_suggested_key) = (None, None);
            (sub.old_room_keys, sub.suggested_old_room_keys) = (None, None);
            stored::save(ctx, tx, &sub).await?;
        }
    }
    for rid in waiting {
        queue::leave(ctx, tx, &rid, &[uid.to_owned()]).await?;
    }
    Ok(())
}
