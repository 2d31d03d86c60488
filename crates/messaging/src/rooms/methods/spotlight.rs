//! The method `spotlight`.

use gantry_kernel::prelude::*;

use crate::rooms::spotlight::{Spotlight, Spotted};

pub(super) fn register(registry: &mut Registry) {
    registry.method::<SpotlightMethod>();
}

/// Finds people and rooms while somebody types a name.
#[derive(Debug, Deserialize)]
struct SpotlightMethod {
    text: String,
    usernames: Option<Vec<String>>,
    kinds: Option<Kinds>,
    rid: Option<String>,
}

/// What to look for. Other servers' rooms are never among the answers.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Kinds {
    users: Option<bool>,
    rooms: Option<bool>,
    mentions: Option<bool>,
}

impl Method for SpotlightMethod {
    const SPEC: MethodSpec = MethodSpec::new("spotlight", "rooms").rate(100, 100_000);
    type Guard = Anyone;
    type Reply = Spotted;

    async fn call(self, _: Anyone, ctx: &Ctx) -> Result<Spotted> {
        let kinds = self.kinds.unwrap_or(Kinds { users: Some(true), rooms: Some(true), mentions: None });
        let on = |flag: Option<bool>| flag.unwrap_or(false);
        let search = Spotlight::new(&self.text)
            .without(self.usernames.unwrap_or_default())
            .only(on(kinds.users), on(kinds.rooms), on(kinds.mentions))
            .in_room(self.rid);
        let inner = ctx.clone();
        ctx.read(async move |tx| search.find(&inner, tx).await).await
    }
}
