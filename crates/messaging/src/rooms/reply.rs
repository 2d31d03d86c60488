//! Answers that channels and groups give under their own keys.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serializer;

use super::kind::Kind;

/// `{}`: the work is done and there is nothing to tell.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Done {}

/// `{channel: …}` or `{group: …}`; nothing where the kind answers without its room.
#[derive(Clone, Debug)]
pub struct OneRoom<K> {
    room: Option<Room>,
    kind: PhantomData<K>,
}

impl<K> OneRoom<K> {
    /// The room.
    pub fn new(room: Room) -> Self {
        Self { room: Some(room), kind: PhantomData }
    }

    /// No room.
    pub fn nothing() -> Self {
        Self { room: None, kind: PhantomData }
    }
}

impl<K: Kind> Serialize for OneRoom<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let entries: BTreeMap<&str, &Room> = self.room.iter().map(|room| (K::ONE, room)).collect();
        entries.serialize(serializer)
    }
}

impl<K: Kind> JsonSchema for OneRoom<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("One_{}", K::ONE).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let room = generator.subschema_for::<Room>();
        json_schema!({ "type": "object", "properties": { K::ONE: room } })
    }
}

/// A page of rooms under the kind's key, with `count`, `offset` and `total`.
#[derive(Clone, Debug)]
pub struct RoomPage<K> {
    rooms: Vec<Room>,
    offset: i64,
    total: i64,
    kind: PhantomData<K>,
}

impl<K> RoomPage<K> {
    /// `rooms` of `total`, after the first `offset`.
    pub fn new(rooms: Vec<Room>, offset: i64, total: i64) -> Self {
        Self { rooms, offset, total, kind: PhantomData }
    }
}

impl<K: Kind> Serialize for RoomPage<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry(K::MANY, &self.rooms)?;
        map.serialize_entry("count", &self.rooms.len())?;
        map.serialize_entry("offset", &self.offset)?;
        map.serialize_entry("total", &self.total)?;
        map.end()
    }
}

impl<K: Kind> JsonSchema for RoomPage<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("Page_of_{}", K::MANY).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let room = generator.subschema_for::<Room>();
        json_schema!({
            "type": "object",
            "properties": {
                K::MANY: { "type": "array", "items": room },
                "count": { "type": "integer" },
                "offset": { "type": "integer" },
                "total": { "type": "integer" },
            }
        })
    }
}
