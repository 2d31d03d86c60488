//! Changing a room: name, topic, type, ...

use gantry_kernel::prelude::*;
use serde_json::Map;

use crate::rooms::guards::{AboutRoom, Live, RoomOf};
use crate::rooms::kind::{Channels, Groups, Kind, path, register_both};
use crate::rooms::reply::OneRoom;
use crate::rooms::settings::{self, Changes};
use crate::rooms::view;

pub(super) fn register(registry: &mut Registry) {
    register_both!(registry, Rename, SetTopic, SetDescription, SetPurpose, SetAnnouncement);
    register_both!(registry, SetReadOnly, SetType, SetCustomFields);
    registry.endpoint::<SetDefault>().endpoint::<SetJoinCode>().endpoint::<SetEncrypted>();
}

/// Refuses a call without something that has to be there, whatever the room is.
fn given<T>(value: Option<T>, name: &str) -> Result<()> {
    value.map(|_| ()).ok_or_else(|| required(name))
}

fn filled(text: Option<&str>, name: &str) -> Result<()> {
    given(text.filter(|text| !text.trim().is_empty()), name)
}

/// Saves the changes and answers with the room.
async fn save<K: Kind>(ctx: &Ctx, live: Live<K>, changes: Changes) -> Result<OneRoom<K>> {
    let (inner, rid) = (ctx.clone(), live.room.id);
    let room = ctx
        .write(async move |tx| {
            settings::save(&inner, tx, &rid, changes.clone()).await?;
            view::fresh(&inner, tx, &rid).await
        })
        .await?;
    Ok(OneRoom::new(room))
}

fn required(name: &str) -> Error {
    Error::message(format!("The bodyParam \"{name}\" is required"))
}

/// The refusal of a change that changes nothing. Upstream gives it for channels only, except where the caller
/// of this function says otherwise.
fn same<K: Kind>(what: &str) -> Error {
    Error::message(format!("The {} {what} is the same as what it would be changed to.", K::NOUN))
}

/// Renames a room.
#[derive(Debug, Deserialize, JsonSchema)]
struct Rename<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// The new name.
    name: Option<String>,
}

impl<K: Kind> AboutRoom<K> for Rename<K> {
    fn room(&self) -> &RoomOf<K> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        filled(self.name.as_deref(), "name")
    }
}

impl<K: Kind> Endpoint for Rename<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.rename", "groups.rename"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let name = self.name.unwrap_or_default();
        if K::T == Channels::T && live.room.name.as_ref() == Some(&name) {
            return Err(Error::message("The channel name is the same as what it would be renamed to."));
        }
        save(ctx, live, Changes { room_name: Some(name), ..Changes::default() }).await
    }
}

/// An operation that replaces one text of the room and answers with the text.
macro_rules! text_operation {
    ($(#[$doc:meta])* $name:ident, $channels:literal, $groups:literal, $field:ident, $what:literal,
     $current:ident, $changes:expr) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        struct $name<K> {
            #[serde(flatten)]
            room: RoomOf<K>,
            /// The new text; empty or null to remove it.
            #[serde(default, deserialize_with = "settings::given")]
            #[schemars(with = "Option<String>")]
            $field: Option<Option<String>>,
        }

        impl<K: Kind> AboutRoom<K> for $name<K> {
            fn room(&self) -> &RoomOf<K> {
                &self.room
            }

            fn check(&self) -> Result<()> {
                // Announcements are the only of these texts that upstream has a schema for.
                if $what.is_empty() {
                    self.room.check_schema_with(stringify!($field), self.$field.is_some())?;
                }
                given(self.$field.as_ref(), stringify!($field))
            }
        }

        impl<K: Kind> Endpoint for $name<K> {
            const SPEC: Spec = Spec::post(path::<K>($channels, $groups), K::TAG);
            type Guard = Live<K>;
            type Reply = Text;

            async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Text> {
                let text = self.$field.flatten().unwrap_or_default();
                if K::T == Channels::T && !$what.is_empty() && live.room.$current.as_ref() == Some(&text) {
                    return Err(same::<K>($what));
                }
                let changes: fn(String) -> Changes = $changes;
                save(ctx, live, changes(text.clone())).await?;
                Ok(Text::from([(stringify!($field), text)]))
            }
        }
    };
}

/// The new text under the name of its parameter.
type Text = std::collections::BTreeMap<&'static str, String>;

text_operation! {
    /// Sets the topic of a room.
    SetTopic, "channels.setTopic", "groups.setTopic", topic, "topic", topic,
    |text| Changes { room_topic: Some(text), ..Changes::default() }
}
text_operation! {
    /// Sets the description of a room.
    SetDescription, "channels.setDescription", "groups.setDescription", description, "description", description,
    |text| Changes { room_description: Some(text), ..Changes::default() }
}
text_operation! {
    /// Sets the description of a room; older name of `setDescription`.
    SetPurpose, "channels.setPurpose", "groups.setPurpose", purpose, "purpose (description)", description,
    |text| Changes { room_description: Some(text), ..Changes::default() }
}
text_operation! {
    /// Sets the announcement of a room.
    SetAnnouncement, "channels.setAnnouncement", "groups.setAnnouncement", announcement, "", announcement,
    |text| Changes { room_announcement: Some(text.into()), ..Changes::default() }
}

/// Lets only owners and moderators write in a room, or everybody again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetReadOnly<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// Whether the room is read only.
    read_only: Option<bool>,
}

impl<K: Kind> AboutRoom<K> for SetReadOnly<K> {
    fn room(&self) -> &RoomOf<K> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        self.room.check_schema_with("readOnly", self.read_only.is_some())?;
        given(self.read_only.as_ref(), "readOnly")
    }
}

impl<K: Kind> Endpoint for SetReadOnly<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.setReadOnly", "groups.setReadOnly"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let read_only = self.read_only.unwrap_or(false);
        if live.room.ro.unwrap_or(false) == read_only {
            return Err(same::<K>("read only setting"));
        }
        save(ctx, live, Changes { read_only: Some(read_only), ..Changes::default() }).await
    }
}

/// Makes a room public or private.
#[derive(Debug, Deserialize, JsonSchema)]
struct SetType<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// `c` for public, `p` for private.
    #[serde(rename = "type")]
    t: Option<String>,
}

impl<K: Kind> AboutRoom<K> for SetType<K> {
    fn room(&self) -> &RoomOf<K> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        filled(self.t.as_deref(), "type")
    }
}

impl<K: Kind> Endpoint for SetType<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.setType", "groups.setType"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let t = self.t.unwrap_or_default();
        if live.room.t.as_str() == t {
            return Err(same::<K>("type"));
        }
        save(ctx, live, Changes { room_type: Some(t), ..Changes::default() }).await
    }
}

/// Replaces the custom fields of a room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetCustomFields<K> {
    #[serde(flatten)]
    room: RoomOf<K>,
    /// The new fields, an object.
    custom_fields: Option<Value>,
}

impl<K> SetCustomFields<K> {
    fn fields(&self) -> Result<&Map<String, Value>> {
        let fields = self.custom_fields.as_ref().and_then(Value::as_object);
        fields.ok_or_else(|| {
            Error::message("The bodyParam \"customFields\" is required with a type like object.")
        })
    }
}

impl<K: Kind> AboutRoom<K> for SetCustomFields<K> {
    fn room(&self) -> &RoomOf<K> {
        &self.room
    }

    fn check(&self) -> Result<()> {
        self.fields().map(|_| ())
    }
}

impl<K: Kind> Endpoint for SetCustomFields<K> {
    const SPEC: Spec = Spec::post(path::<K>("channels.setCustomFields", "groups.setCustomFields"), K::TAG);
    type Guard = Live<K>;
    type Reply = OneRoom<K>;

    async fn call(self, live: Live<K>, ctx: &Ctx) -> Result<Self::Reply> {
        let fields = self.fields()?.clone();
        save(ctx, live, Changes { room_custom_fields: Some(fields), ..Changes::default() }).await
    }
}

/// An operation of one kind of room only.
macro_rules! about {
    ($operation:ident, $kind:ident) => {
        impl AboutRoom<$kind> for $operation {
            fn room(&self) -> &RoomOf<$kind> {
                &self.room
            }
        }
    };
}

about!(SetDefault, Channels);
about!(SetJoinCode, Channels);
about!(SetEncrypted, Groups);

/// Makes a channel one that new users join by themselves, or an ordinary one again.
#[derive(Debug, Deserialize, JsonSchema)]
struct SetDefault {
    #[serde(flatten)]
    room: RoomOf<Channels>,
    /// Whether it is a default channel: a boolean, or one as text.
    default: Option<Value>,
}

impl Endpoint for SetDefault {
    const SPEC: Spec = Spec::post("channels.setDefault", "channels");
    type Guard = Live<Channels>;
    type Reply = OneRoom<Channels>;

    async fn call(self, live: Live<Channels>, ctx: &Ctx) -> Result<Self::Reply> {
        let Some(wish) = self.default.filter(|wish| !wish.is_null()) else {
            return Err(Error::new(
                "error-channels-setdefault-is-same",
                "The bodyParam \"default\" is required",
            ));
        };
        let wish = match &wish {
            Value::String(text) => ["true", "1"].contains(&text.to_lowercase().as_str()),
            other => super::membership::truthy(other),
        };
        if live.room.default == Some(wish) {
            return Err(Error::new(
                "error-channels-setdefault-missing-default-param",
                "The channel default setting is the same as what it would be changed to.",
            ));
        }
        save(ctx, live, Changes { default: Some(wish), ..Changes::default() }).await
    }
}

/// Makes joining a channel take a code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetJoinCode {
    #[serde(flatten)]
    room: RoomOf<Channels>,
    /// The code.
    join_code: Option<String>,
}

impl Endpoint for SetJoinCode {
    const SPEC: Spec = Spec::post("channels.setJoinCode", "channels");
    type Guard = Live<Channels>;
    type Reply = OneRoom<Channels>;

    async fn call(self, live: Live<Channels>, ctx: &Ctx) -> Result<Self::Reply> {
        let code =
            self.join_code.filter(|code| !code.trim().is_empty()).ok_or_else(|| required("joinCode"))?;
        save(ctx, live, Changes { join_code: Some(code), ..Changes::default() }).await
    }
}

/// Turns the end-to-end encryption of a group on or off.
#[derive(Debug, Deserialize, JsonSchema)]
struct SetEncrypted {
    #[serde(flatten)]
    room: RoomOf<Groups>,
    /// Whether it is encrypted: a boolean.
    encrypted: Option<Value>,
}

impl Endpoint for SetEncrypted {
    const SPEC: Spec = Spec::post("groups.setEncrypted", "groups");
    type Guard = Live<Groups>;
    type Reply = OneRoom<Groups>;

    async fn call(self, live: Live<Groups>, ctx: &Ctx) -> Result<Self::Reply> {
        let Some(Value::Bool(encrypted)) = self.encrypted else { return Err(required("encrypted")) };
        save(ctx, live, Changes { encrypted: Some(encrypted), ..Changes::default() }).await
    }
}
