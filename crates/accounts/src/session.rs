//! What a socket is told when its user logs in.

use gantry_kernel::caller::Ctx;
use gantry_kernel::error::Result;
use serde_json::Value;

use crate::users::{self, view};

/// The fields of the `added` message in the collection `users` that a login sends; `None` if the user is
/// gone meanwhile.
///
/// # Errors
/// If the database fails.
pub async fn own_user_document(ctx: &Ctx, uid: &str) -> Result<Option<Value>> {
    let uid = uid.to_owned();
    let user = ctx.read(async move |tx| users::by_id(tx, &uid).await).await?;
    user.map(|user| view::own_fields(&user)).transpose()
}
