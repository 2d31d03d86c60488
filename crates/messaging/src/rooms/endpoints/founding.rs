//! `channels.create` and `groups.create`.

use gantry_kernel::prelude::*;

use crate::rooms::founding::{self, Extra, Wish};
use crate::rooms::kind::{Channels, Groups, Kind};
use crate::rooms::reply::OneRoom;
use crate::rooms::view;

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<CreateChannel>().endpoint::<CreateGroup>();
}

async fn create<K: Kind>(ctx: &Ctx, wish: Wish) -> Result<OneRoom<K>> {
    let inner = ctx.clone();
    let room = ctx
        .write(async move |tx| {
            let room = founding::found(&inner, tx, K::T, wish.clone()).await?;
            view::fresh(&inner, tx, &room.id).await
        })
        .await?;
    Ok(OneRoom::new(room))
}

/// What a client asks a new room to be, as it comes in: wrong types are refused in words of these two
/// operations.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
struct WishParams {
    /// Name as typed.
    name: Option<String>,
    /// Usernames of the members, a list; unknown ones are left out.
    members: Option<Value>,
    /// Names of teams whose members become members, a list.
    teams: Option<Value>,
    /// Only owners and moderators may write.
    read_only: Option<bool>,
    /// Custom fields, an object.
    custom_fields: Option<Value>,
    /// Further properties of the room, an object: `teamId`, `broadcast`, `encrypted`, `topic`, `description`,
    /// `announcement`, `reactWhenReadOnly`.
    extra_data: Option<Value>,
    /// The founder does not become a member.
    exclude_self: Option<bool>,
}

impl WishParams {
    /// `param` is how refusals call a parameter.
    fn wish(self, param: &str) -> Result<Wish> {
        let list = |value, name| names(value, || format!("{param} \"{name}\" must be an array if provided"));
        let custom_fields = match given(self.custom_fields) {
            None => None,
            Some(Value::Object(fields)) => Some(fields),
            Some(_) => return Err(not_object(param, "customFields")),
        };
        let extra_data = match given(self.extra_data) {
            None => None,
            Some(extra @ Value::Object(_)) => Some(
                serde_json::from_value::<Extra>(extra).map_err(|e| Error::invalid_params(e.to_string()))?,
            ),
            Some(_) => return Err(not_object(param, "extraData")),
        };
        Ok(Wish {
            name: self.name,
            members: list(self.members, "members")?,
            teams: names(self.teams, || format!("{param} teams must be an array"))?,
            read_only: self.read_only,
            custom_fields,
            extra_data,
            exclude_self: self.exclude_self,
        })
    }
}

fn not_object(param: &str, name: &str) -> Error {
    Error::message(format!("{param} \"{name}\" must be an object if provided"))
}

/// A value that says something.
fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_null() && *value != json!("") && *value != json!(false))
}

fn names(value: Option<Value>, refusal: impl Fn() -> String) -> Result<Option<Vec<String>>> {
    match given(value) {
        None => Ok(None),
        Some(list @ Value::Array(_)) => {
            serde_json::from_value(list).map(Some).map_err(|_| Error::match_failed())
        }
        Some(_) => Err(Error::message(refusal())),
    }
}

/// Creates a public channel. The caller becomes its owner.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateChannel {
    #[serde(flatten)]
    wish: WishParams,
}

impl Endpoint for CreateChannel {
    const SPEC: Spec = Spec::post("channels.create", "channels");
    type Guard = LoggedIn;
    type Reply = OneRoom<Channels>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        let in_team = self.wish.extra_data.as_ref().is_some_and(|extra| extra["teamId"].is_string());
        if !in_team && !ctx.may("create-c") {
            return Err(Error::unauthorized());
        }
        if self.wish.name.as_deref().is_none_or(str::is_empty) {
            return Err(Error::message("Param \"name\" is required"));
        }
        let created = create::<Channels>(ctx, self.wish.wish("Param")?).await;
        created.map_err(|error| if error.is("error-not-allowed") { Error::unauthorized() } else { error })
    }
}

/// Creates a private group. The caller becomes its owner.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateGroup {
    #[serde(flatten)]
    wish: WishParams,
}

impl Endpoint for CreateGroup {
    const SPEC: Spec = Spec::post("groups.create", "groups");
    type Guard = LoggedIn;
    type Reply = OneRoom<Groups>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Self::Reply> {
        if self.wish.name.as_deref().is_none_or(str::is_empty) {
            return Err(Error::message("Body param \"name\" is required"));
        }
        create::<Groups>(ctx, self.wish.wish("Body param")?).await
    }
}
