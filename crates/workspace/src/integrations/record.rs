//! Integrations as stored.

use gantry_kernel::prelude::*;
use gantry_messaging::events::RoomRenaming;
use gantry_store::vals;

/// Who did something, as integrations name them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Maker {
    /// User id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Username.
    pub username: String,
}

impl Maker {
    /// The caller.
    ///
    /// # Errors
    /// 401 if nobody is signed in.
    pub(crate) fn caller(ctx: &Ctx) -> Result<Self> {
        let caller = ctx.caller()?;
        Ok(Self { id: caller.uid.clone(), username: caller.username.clone() })
    }
}

/// An incoming or outgoing webhook. Upstream: `packages/core-typings/src/IIntegration.ts`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Integration {
    /// Id.
    #[serde(rename = "_id")]
    pub id: String,
    /// `webhook-incoming` or `webhook-outgoing`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name.
    pub name: String,
    /// Whether it works.
    pub enabled: bool,
    /// In whose name it posts: the username.
    pub username: String,
    /// In whose name it posts: the id.
    pub user_id: String,
    /// Where it posts to, or what it listens to: `#room`, `@user`, `all_public_channels` and the like.
    pub channel: Vec<String>,
    /// Name that is shown instead of the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Picture that is shown instead of the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Emoji that is shown instead of the user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Incoming: the secret in its address. Outgoing: what receivers know its calls by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether the script runs.
    #[serde(default)]
    pub script_enabled: bool,
    /// The script as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The script as it runs; absent while it has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_compiled: Option<String>,
    /// What is wrong with the script: `{name, message, stack}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_error: Option<Value>,
    /// Always `isolated-vm`, the name that clients know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_engine: Option<String>,
    /// Incoming: whether a request may name the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_destination_channel_enabled: Option<bool>,
    /// Outgoing: what it listens for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Outgoing: where answers go when the event has no room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_room: Option<String>,
    /// Outgoing: what is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    /// Outgoing: words that a message must begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_words: Option<Vec<String>>,
    /// Outgoing: the words may be anywhere in the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_word_anywhere: Option<bool>,
    /// Outgoing: edited messages count too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_on_edits: Option<bool>,
    /// Outgoing: failed calls are made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_failed_calls: Option<bool>,
    /// Outgoing: how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_count: Option<i64>,
    /// Outgoing: `powers-of-ten`, `powers-of-two` or `increments-of-two`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_delay: Option<String>,
    /// Outgoing: answers are posted in the name of who caused the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonate_user: Option<bool>,
    /// When it was made.
    #[serde(rename = "_createdAt")]
    pub created_at: Timestamp,
    /// Who made it.
    #[serde(rename = "_createdBy")]
    pub created_by: Maker,
    /// Last change.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    #[serde(rename = "_updatedBy", skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Maker>,
}

/// An integration was made, changed or removed.
#[derive(Clone, Debug)]
pub(crate) struct IntegrationChanged {
    pub(crate) id: String,
}

/// The two kinds of integrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Incoming,
    Outgoing,
}

impl Side {
    /// The integration's `type`.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Incoming => "webhook-incoming",
            Self::Outgoing => "webhook-outgoing",
        }
    }

    /// The permission for all integrations of the kind.
    pub(crate) const fn manage(self) -> &'static str {
        match self {
            Self::Incoming => "manage-incoming-integrations",
            Self::Outgoing => "manage-outgoing-integrations",
        }
    }

    /// The permission for one's own.
    pub(crate) const fn manage_own(self) -> &'static str {
        match self {
            Self::Incoming => "manage-own-incoming-integrations",
            Self::Outgoing => "manage-own-outgoing-integrations",
        }
    }
}

impl Integration {
    /// Which kind it is.
    pub(crate) fn side(&self) -> Side {
        if self.kind == Side::Incoming.kind() { Side::Incoming } else { Side::Outgoing }
    }

    /// The script, if there is one that can run.
    pub(crate) fn runnable_script(&self) -> Option<&str> {
        self.script_compiled.as_deref().filter(|script| self.script_enabled && !script.trim().is_empty())
    }
}

fn one(row: &Row) -> Result<Integration> {
    serde_json::from_str(row.str(0)?).map_err(Error::internal)
}

/// The integration of that id.
pub(crate) async fn by_id(tx: &Tx, id: &str) -> Result<Option<Integration>> {
    let row = tx.query_opt("SELECT doc FROM integrations WHERE id = ?1", &vals![id]).await?;
    row.as_ref().map(one).transpose()
}

/// The first integration that calls that address.
pub(crate) async fn by_url(tx: &Tx, url: &str) -> Result<Option<Integration>> {
    let row = tx
        .query_opt(
            "SELECT i.doc FROM integrations i JOIN integration_urls u ON u.integration = i.id \
             WHERE u.url = ?1 ORDER BY i.created_at, i.id LIMIT 1",
            &vals![url],
        )
        .await?;
    row.as_ref().map(one).transpose()
}

/// All outgoing integrations, oldest first.
pub(crate) async fn outgoing(tx: &Tx) -> Result<Vec<Integration>> {
    let rows = tx
        .query(
            "SELECT doc FROM integrations WHERE kind = 'webhook-outgoing' ORDER BY created_at, id",
            &vals![],
        )
        .await?;
    rows.iter().map(one).collect()
}

/// Stores a new or changed integration.
pub(crate) async fn save(tx: &Tx, integration: &Integration) -> Result<()> {
    let doc = serde_json::to_string(integration).map_err(Error::internal)?;
    let folded = integration.name.to_lowercase();
    tx.exec(
        "INSERT INTO integrations (id, kind, name_folded, created_by, created_at, updated_at, doc) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET name_folded = excluded.name_folded, \
         updated_at = excluded.updated_at, doc = excluded.doc",
        &vals![
            &integration.id,
            &integration.kind,
            &folded,
            &integration.created_by.id,
            integration.created_at.millis(),
            integration.updated_at.millis(),
            &doc
        ],
    )
    .await?;
    tx.exec("DELETE FROM integration_channels WHERE integration = ?1", &vals![&integration.id]).await?;
    tx.exec("DELETE FROM integration_urls WHERE integration = ?1", &vals![&integration.id]).await?;
    tx.exec(
        "INSERT INTO integration_channels (channel, integration) SELECT DISTINCT list.value, ?2 FROM list(?1)",
        &vals![&integration.channel, &integration.id],
    )
    .await?;
    if let Some(urls) = &integration.urls {
        tx.exec(
            "INSERT INTO integration_urls (url, integration) SELECT DISTINCT list.value, ?2 FROM list(?1)",
            &vals![urls, &integration.id],
        )
        .await?;
    }
    tx.emit(IntegrationChanged { id: integration.id.clone() });
    Ok(())
}

/// Lets the integrations of a room follow it to its new name.
/// Upstream: `Integrations.updateRoomName`.
pub(crate) async fn follow_room(ctx: &Ctx, tx: &Tx, renaming: &RoomRenaming) -> Result<()> {
    let [old, new] = [&renaming.old, &renaming.new].map(|name| format!("#{name}"));
    let rows = tx
        .query(
            "SELECT i.doc FROM integrations i JOIN integration_channels c ON c.integration = i.id \
             WHERE c.channel = ?1 ORDER BY i.created_at, i.id",
            &vals![&old],
        )
        .await?;
    for row in &rows {
        let mut integration = one(row)?;
        for channel in integration.channel.iter_mut().filter(|channel| **channel == old) {
            channel.clone_from(&new);
        }
        integration.updated_at = ctx.now;
        save(tx, &integration).await?;
    }
    Ok(())
}

/// Switches off the integrations that post in the name of a user, who is about to be deleted.
/// Upstream: `Integrations.disableByUserId`.
pub(crate) async fn switch_off(ctx: &Ctx, tx: &Tx, uid: &str) -> Result<()> {
    let rows = tx.query("SELECT doc FROM integrations ORDER BY created_at, id", &vals![]).await?;
    for row in &rows {
        let mut integration = one(row)?;
        if integration.user_id == uid && integration.enabled {
            integration.enabled = false;
            integration.updated_at = ctx.now;
            save(tx, &integration).await?;
        }
    }
    Ok(())
}

/// Removes an integration with its history and the calls that wait.
pub(crate) async fn remove(tx: &Tx, id: &str) -> Result<()> {
    tx.exec("DELETE FROM integrations WHERE id = ?1", &vals![id]).await?;
    tx.emit(IntegrationChanged { id: id.to_owned() });
    Ok(())
}

/// Which integrations to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Part of the name, in any case.
    pub(crate) name: Option<String>,
    /// `type`.
    pub(crate) kind: Option<String>,
    /// Those with one of these channels.
    pub(crate) channels: Option<Vec<String>>,
}

/// Fields that lists can be sorted by.
pub(crate) const SORTS: &[(&str, &str)] = &[
    ("name", "i.name_folded"),
    ("type", "i.kind"),
    ("_createdAt", "i.created_at"),
    ("_updatedAt", "i.updated_at"),
];

/// A page of the integrations that the caller may see, and how many there are.
pub(crate) async fn visible(
    ctx: &Ctx,
    tx: &Tx,
    filter: &Filter,
    order: &str,
    window: Window,
) -> Result<(Vec<Integration>, i64)> {
    let sees = |side: Side| (ctx.may(side.manage()), ctx.may(side.manage_own()));
    let (all_in, own_in) = sees(Side::Incoming);
    let (all_out, own_out) = sees(Side::Outgoing);
    let name = filter.name.as_deref().unwrap_or_default().to_lowercase();
    let name = format!("%{}%", gantry_store::dialect::escape_like(&name));
    let kind = filter.kind.clone().unwrap_or_default();
    let channels = filter.channels.clone().unwrap_or_default();
    let any_channel = filter.channels.is_none();
    let matching = "FROM integrations i WHERE \
         ((i.kind = 'webhook-incoming' AND (?1 OR (?2 AND i.created_by = ?5))) \
          OR (i.kind = 'webhook-outgoing' AND (?3 OR (?4 AND i.created_by = ?5)))) \
         AND i.name_folded LIKE ?6 ESCAPE '\\' AND (i.kind = ?7 OR CAST(?7 AS TEXT) = '') \
         AND (?8 OR i.id IN (SELECT c.integration FROM integration_channels c WHERE c.channel IN list(?9)))";
    let sql = format!("SELECT i.doc {matching} ORDER BY {order}, i.created_at, i.id LIMIT ?10 OFFSET ?11");
    let uid = ctx.uid();
    let rows = tx
        .query_dyn(
            &sql,
            &vals![
                all_in,
                own_in,
                all_out,
                own_out,
                uid,
                &name,
                &kind,
                any_channel,
                &channels,
                window.count,
                window.offset
            ],
        )
        .await?;
    let count = format!("SELECT COUNT(*) {matching}");
    let total = tx
        .query_dyn(
            &count,
            &vals![all_in, own_in, all_out, own_out, uid, &name, &kind, any_channel, &channels],
        )
        .await?;
    let total = total.first().map(|row| row.int(0)).transpose()?.unwrap_or_default();
    Ok((rows.iter().map(one).collect::<Result<_>>()?, total))
}
