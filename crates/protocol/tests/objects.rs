//! Every field of the stored objects is typed, keeps its name, and survives a round trip.
//!
//! Each table lists an object's fields by their names on the wire, as `name:kind`; a `!` marks what is always
//! written. Documents are generated from the tables, so a field with a wrong name lands in `rest` and fails.

use gantry_protocol::objects::{
    Attachment, Message, OmnichannelRoom, Permission, Role, Room, RoomType, Setting, Subscription,
    SystemMessages, User, UserStatus,
};
use gantry_protocol::rest;
use gantry_protocol::timestamp::MAX_MILLIS;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

const MESSAGE: &str = "_id:s! rid:s! msg:s! ts:d! u:user! _updatedAt:d! t:s tmid:s tshow:b tcount:n tlm:d \
    replies:ss drid:s dcount:n dlm:d md:x mentions:mentions channels:channels urls:urls \
    attachments:attachments file:file files:files fileUpload:upload reactions:reactions starred:ids pinned:b \
    pinnedAt:d pinnedBy:user editedAt:d editedBy:user groupable:b alias:s avatar:s emoji:s bot:x parseUrls:b \
    customFields:o _hidden:b imported:b private:b unread:b receiptsArchived:b location:point blocks:x \
    actionLinks:xs role:s e2e:s e2eMentions:e2e content:x translations:sm translationProvider:s sentByEmail:b \
    token:s webRtcCallEndTs:d federation:x slaData:x priorityData:x navigation:x transferData:x requestData:x \
    comment:s email:x";

const ATTACHMENT: &str = "type:s id:s title:s title_link:s title_link_download:b ts:d collapsed:b \
    description:s descriptionMd:x text:s md:x pretext:s color:s fileId:s file:file size:n format:s image_url:s \
    image_type:s image_size:n image_alt:s image_dimensions:size image_preview:s video_url:s video_type:s \
    video_size:n audio_url:s audio_type:s audio_size:n thumb_url:s author_name:s author_link:s author_icon:s \
    message_link:s fields:cells mrkdwn_in:ss button_alignment:s actions:buttons translations:sm content:x \
    encryption:x hashes:x";

const ROOM: &str = "_id:s! t:room! name:s fname:s u:user msgs:n! usersCount:n! ts:d _updatedAt:d! lm:d \
    lastMessage:message uids:ss usernames:ss topic:s description:s announcement:s announcementDetails:o \
    default:b favorite:b featured:b ro:b reactWhenReadOnly:b broadcast:b archived:b encrypted:b e2eKeyId:s \
    usersWaitingForE2EKeys:waiting joinCodeRequired:b muted:ss unmuted:ss sysMes:hidden cl:b prid:s teamMain:b \
    teamId:s teamDefault:b avatarETag:s customFields:o retention:retention federated:b federation:x \
    abacAttributes:xs rolePrioritiesCreated:x open:b servedBy:agent webRtcCallStartTime:d";

const OMNICHANNEL_ROOM: &str = "v:visitor! source:source email:x departmentId:s departmentAncestors:ss \
    contactId:s status:s queuedAt:d waitingResponse:x responseBy:response onHold:b verified:b label:s tags:ss \
    livechatData:x crmData:x closedAt:d closer:s closedBy:user closingMessage:x transcriptRequest:x \
    pdfTranscriptFileId:s metrics:x priorityId:s priorityWeight:n slaId:s estimatedWaitingTimeQueue:n sms:x \
    omnichannel:x autoTransferredAt:d autoTransferOngoing:b";

const SUBSCRIPTION: &str = "_id:s! rid:s! t:room! u:user! name:s! fname:s open:b! alert:b unread:n! \
    userMentions:n! groupMentions:n! ts:d! ls:d lr:d _updatedAt:d! f:b roles:ss tunread:ss tunreadUser:ss \
    tunreadGroup:ss archived:b prid:s teamMain:b teamId:s broadcast:b encrypted:b E2EKey:s E2ESuggestedKey:s \
    oldRoomKeys:xs suggestedOldRoomKeys:xs hideUnreadStatus:b hideMentionStatus:b unreadAlert:s \
    disableNotifications:b muteGroupMentions:b audioNotificationValue:s desktopNotifications:s \
    mobilePushNotifications:s emailNotifications:s desktopPrefOrigin:s mobilePrefOrigin:s emailPrefOrigin:s \
    userHighlights:ss ignored:ss blocked:b blocker:b autoTranslate:b autoTranslateLanguage:s draft:s \
    threadDrafts:sm status:s inviter:user v:x onHold:b department:x code:x customFields:o abacLastTimeChecked:d";

const USER: &str = "_id:s! username:s name:s nickname:s emails:emails type:s! roles:ss! active:b! \
    createdAt:d! _updatedAt:d! lastLogin:d services:x status:status statusConnection:status \
    statusDefault:status statusText:s statusSource:s statusExpiresAt:d statusId:s previousState:x utcOffset:n \
    language:s bio:s phone:s avatarOrigin:s avatarETag:s avatarUrl:s settings:x customFields:o \
    requirePasswordChange:b requirePasswordChangeReason:s reason:s inactiveReason:s defaultRoom:s inviteToken:s \
    ldap:b isOAuthUser:b oauth:x e2e:x banners:o federated:b federation:x importIds:ss roomRolePriorities:nm \
    statusLivechat:s freeSwitchExtension:s abacAttributes:xs canViewAllInfo:b";

const ROLE: &str = "_id:s! name:s! description:s! scope:scope! protected:b! mandatory2fa:b _updatedAt:d!";

const PERMISSION: &str = "_id:s! roles:ss! _updatedAt:d! level:s settingId:s group:s section:s \
    groupPermissionId:s sectionPermissionId:s sorter:n";

const SETTING: &str = "_id:s! type:s! value:x! packageValue:x! valueSource:s processEnvValue:x \
    meteorSettingsValue:x public:b! hidden:b blocked:b! readonly:b secret:b private:b persistent:b env:b! \
    group:s section:s tab:s sorter:n i18nLabel:s! i18nDescription:s alert:s placeholder:s enableQuery:x \
    displayQuery:x validation:x values:options lookupEndpoint:s multiline:b autocomplete:b editor:s \
    packageEditor:s code:s actionText:s asset:s fileConstraints:x minValue:n maxValue:n properties:x \
    enterprise:b modules:ss invalidValue:x requiredOnWizard:b wizard:step ts:d createdAt:d _updatedAt:d!";

/// The parts of objects, by the name of their kind.
const PARTS: &[(&str, &str)] = &[
    ("user", "_id:s! username:s name:s"),
    ("file", "_id:s! name:s! type:s! size:n format:s typeGroup:s"),
    ("upload", "publicFilePath:s! type:s size:n"),
    ("point", "type:s! coordinates:pair!"),
    ("e2e", "e2eUserMentions:ss e2eChannelMentions:ss"),
    ("size", "width:n! height:n!"),
    ("retention", "enabled:b maxAge:n filesOnly:b excludePinned:b ignoreThreads:b overrideGlobal:b"),
    ("agent", "_id:s! username:s ts:d"),
    ("visitor", "_id:s! username:s name:s token:s status:s phone:s lastMessageTs:d activity:ss"),
    ("source", "type:s! id:s alias:s label:s sidebarIcon:s defaultIcon:s destination:s"),
    ("response", "_id:s! username:s firstResponseTs:d lastMessageTs:d"),
    ("step", "step:n! order:n!"),
    ("headers", "contentLength:s contentType:s"),
    ("parsed", "host:s hostname:s port:s protocol:s pathname:s search:s query:s hash:s"),
    ("reaction", "usernames:ss! names:ss federationReactionEventIds:sm"),
    ("message", "_id:s! rid:s! msg:s! ts:d! u:user! _updatedAt:d! t:s"),
];

/// Lists of parts.
const LISTS: &[(&str, &str)] = &[
    ("mentions", "_id:s! username:s name:s fname:s type:s"),
    ("channels", "_id:s! name:s fname:s"),
    ("urls", "url:s! source:s meta:o! headers:headers ignoreParse:b parsedUrl:parsed"),
    ("attachments", "type:s title:s text:s image_url:s message_link:s ts:d"),
    ("files", "_id:s! name:s! type:s! size:n format:s typeGroup:s"),
    ("ids", "_id:s!"),
    ("cells", "title:s! value:x! short:b"),
    (
        "buttons",
        "type:s! text:s md:x msg:s msgId:s url:s image_url:s is_webview:b msg_in_chat_window:b \
         msg_processing_type:s",
    ),
    ("waiting", "userId:s! ts:d!"),
    ("emails", "address:s! verified:b!"),
    ("options", "key:x! i18nLabel:s!"),
];

fn named<'a>(tables: &[(&str, &'a str)], kind: &str) -> Option<&'a str> {
    tables.iter().find(|(name, _)| *name == kind).map(|(_, table)| *table)
}

fn words(choices: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(choices).prop_map(Value::from).boxed()
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

/// Not null, since null and absent are the same for most fields; whole numbers only, as floats may come back
/// one bit off.
fn value(kind: &str) -> BoxedStrategy<Value> {
    let several =
        |item: BoxedStrategy<Value>| prop::collection::vec(item, 0..3).prop_map(Value::Array).boxed();
    let map = |item: BoxedStrategy<Value>| {
        prop::collection::hash_map(text(), item, 0..3)
            .prop_map(|fields| Value::Object(fields.into_iter().collect()))
            .boxed()
    };
    match kind {
        "s" => text().prop_map(Value::from).boxed(),
        "n" => any::<i64>().prop_map(Value::from).boxed(),
        "b" => any::<bool>().prop_map(Value::from).boxed(),
        "d" => (-MAX_MILLIS..=MAX_MILLIS).prop_map(|millis| json!({ "$date": millis })).boxed(),
        "x" => prop_oneof![value("s"), value("n"), value("b"), value("o"), value("ss")].boxed(),
        // No dates in free maps: there, one that REST has made text stays text.
        "o" => map(prop_oneof![value("s"), value("n")].boxed()),
        "ss" => several(value("s")),
        "xs" => several(value("x")),
        "sm" => map(value("s")),
        "nm" => map(value("n")),
        "pair" => [value("n"), value("n")].prop_map(|pair| Value::Array(pair.to_vec())).boxed(),
        "reactions" => map(value("reaction")),
        "hidden" => prop_oneof![value("b"), value("ss")].boxed(),
        "room" => words(&["c", "p", "d", "l", "v"]),
        "status" => words(&["online", "away", "busy", "offline", "disabled"]),
        "scope" => words(&["Users", "Subscriptions"]),
        _ => match (named(PARTS, kind), named(LISTS, kind)) {
            (Some(table), _) => document(table),
            (_, Some(table)) => several(document(table)),
            _ => panic!("unknown kind {kind}"),
        },
    }
}

/// A document with some of the fields of `table` and perhaps others that nobody knows.
fn document(table: &'static str) -> BoxedStrategy<Value> {
    let fields: Vec<BoxedStrategy<Option<(String, Value)>>> = table
        .split_whitespace()
        .map(|field| {
            let (name, kind) = field.split_once(':').expect("name:kind");
            let (kind, always) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
            let pair = value(kind).prop_map(move |value| (name.to_owned(), value));
            // Few at a time, so that documents stay small.
            if always { pair.prop_map(Some).boxed() } else { prop::option::weighted(0.3, pair).boxed() }
        })
        .collect();
    let extra = prop::option::weighted(0.1, ("x_[a-z]{1,4}", any::<i64>().prop_map(Value::from)));
    (fields, extra)
        .prop_map(|(fields, extra)| Value::Object(fields.into_iter().flatten().chain(extra).collect()))
        .boxed()
}

fn survives<T: DeserializeOwned + Serialize>(
    document: &Value,
    rest: fn(&T) -> &Map<String, Value>,
) -> Result<(), TestCaseError> {
    let object: T =
        serde_json::from_value(document.clone()).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let written = serde_json::to_value(&object).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(&written, document);
    for name in rest(&object).keys() {
        prop_assert!(name.starts_with("x_"), "{} is not typed", name);
    }
    Ok(())
}

/// The REST form of an object describes the same object.
fn reads_from_rest<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(table: &'static str) {
    proptest!(|(document in document(table))| {
        let object: T = serde_json::from_value(document).expect("generated for this type");
        let rest = rest::to_vec(&object).expect("objects have string keys only");
        let read: T = serde_json::from_slice(&rest).expect("the REST form has the same fields");
        prop_assert_eq!(read, object);
    });
}

proptest! {
    #[test]
    fn messages_survive(document in document(MESSAGE)) {
        survives::<Message>(&document, |message| &message.rest)?;
    }

    #[test]
    fn attachments_survive(document in document(ATTACHMENT)) {
        survives::<Attachment>(&document, |attachment| &attachment.rest)?;
    }

    #[test]
    fn rooms_survive(document in document(ROOM)) {
        survives::<Room>(&document, |room| &room.rest)?;
    }

    #[test]
    fn omnichannel_rooms_survive(room in document(ROOM), extras in document(OMNICHANNEL_ROOM)) {
        let mut document = room;
        document.as_object_mut().unwrap().extend(extras.as_object().unwrap().clone());
        survives::<OmnichannelRoom>(&document, |omnichannel| &omnichannel.room.rest)?;
    }

    #[test]
    fn subscriptions_survive(document in document(SUBSCRIPTION)) {
        survives::<Subscription>(&document, |subscription| &subscription.rest)?;
    }

    #[test]
    fn users_survive(document in document(USER)) {
        survives::<User>(&document, |user| &user.rest)?;
    }

    #[test]
    fn roles_survive(document in document(ROLE)) {
        survives::<Role>(&document, |role| &role.rest)?;
    }

    #[test]
    fn permissions_survive(document in document(PERMISSION)) {
        survives::<Permission>(&document, |permission| &permission.rest)?;
    }

    #[test]
    fn settings_survive(document in document(SETTING)) {
        survives::<Setting>(&document, |setting| &setting.rest)?;
    }
}

#[test]
fn objects_read_from_their_rest_form() {
    reads_from_rest::<Message>(MESSAGE);
    reads_from_rest::<Room>(ROOM);
    reads_from_rest::<Subscription>(SUBSCRIPTION);
    reads_from_rest::<User>(USER);
    reads_from_rest::<Permission>(PERMISSION);
}

#[test]
fn schemas_name_every_field() {
    fn has_fields<T: JsonSchema>(table: &str) {
        let schema = schemars::schema_for!(T);
        let properties = schema.get("properties").and_then(Value::as_object).expect("a schema of an object");
        for field in table.split_whitespace() {
            let name = field.split(':').next().expect("name:kind");
            assert!(properties.contains_key(name), "{}: {name}", T::schema_name());
        }
    }
    has_fields::<Message>(MESSAGE);
    has_fields::<Attachment>(ATTACHMENT);
    has_fields::<Room>(ROOM);
    has_fields::<OmnichannelRoom>(OMNICHANNEL_ROOM);
    has_fields::<OmnichannelRoom>(ROOM);
    has_fields::<Subscription>(SUBSCRIPTION);
    has_fields::<User>(USER);
    has_fields::<Role>(ROLE);
    has_fields::<Permission>(PERMISSION);
    has_fields::<Setting>(SETTING);
}

#[test]
fn a_message_reaches_each_kind_of_client_in_its_form() {
    let message = Message {
        id: "m1".to_owned(),
        rid: "GENERAL".to_owned(),
        msg: "hi".to_owned(),
        ..Message::default()
    };
    assert_eq!(
        serde_json::to_string(&message).unwrap(),
        r#"{"_id":"m1","rid":"GENERAL","msg":"hi","ts":{"$date":0},"u":{"_id":""},"_updatedAt":{"$date":0}}"#
    );
    assert_eq!(
        String::from_utf8(rest::to_vec(&message).unwrap()).unwrap(),
        r#"{"_id":"m1","rid":"GENERAL","msg":"hi","ts":"1970-01-01T00:00:00.000Z","u":{"_id":""},"_updatedAt":"1970-01-01T00:00:00.000Z"}"#
    );
}

#[test]
fn nulls_count_as_absent() {
    let message: Message =
        serde_json::from_value(json!({ "_id": "m", "rid": "r", "tmid": null, "editedAt": null })).unwrap();
    assert_eq!((message.tmid, message.edited_at), (None, None));
}

#[test]
fn an_object_without_an_id_is_refused() {
    assert!(serde_json::from_value::<Message>(json!({ "rid": "r", "msg": "hi" })).is_err());
    assert!(serde_json::from_value::<Room>(json!({ "_id": "r" })).is_err());
    assert!(serde_json::from_value::<User>(json!({ "username": "alice" })).is_err());
}

#[test]
fn hidden_system_messages_are_a_flag_or_a_list() {
    let room = |hidden: Value| {
        serde_json::from_value::<Room>(json!({ "_id": "r", "t": "c", "sysMes": hidden })).unwrap().sys_mes
    };
    assert_eq!(room(json!(true)), Some(SystemMessages::All(true)));
    assert_eq!(room(json!(["uj"])), Some(SystemMessages::Kinds(vec!["uj".to_owned()])));
}

#[test]
fn words_on_the_wire_read_back() {
    for kind in RoomType::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
    }
    assert!("x".parse::<RoomType>().is_err());
    for status in
        [UserStatus::Offline, UserStatus::Online, UserStatus::Away, UserStatus::Busy, UserStatus::Disabled]
    {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), json!(status.as_str()));
    }
    assert_eq!(UserStatus::Busy.number(), 3);
}
