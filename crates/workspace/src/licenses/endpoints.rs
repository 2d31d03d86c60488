//! Licences over REST.

use gantry_kernel::prelude::*;

const TAG: &str = "licenses";

pub(super) fn register(registry: &mut Registry) {
    registry.endpoint::<Info>().endpoint::<Add>().endpoint::<Validate>().endpoint::<MaxActiveUsers>();
}

/// Shows what is switched on: everything.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Info {
    /// Also count what is used of each limit.
    load_values: Option<bool>,
}

/// The licence.
#[derive(Serialize, JsonSchema)]
struct InfoReply {
    license: Value,
}

impl Endpoint for Info {
    const SPEC: Spec = Spec::get("licenses.info", TAG);
    type Guard = LoggedIn;
    type Reply = InfoReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<InfoReply> {
        let everything = ctx.may("view-privileged-setting");
        let values = everything && self.load_values.unwrap_or(false);
        let inner = ctx.clone();
        let license = ctx.read(async move |tx| super::info(&inner, tx, everything, values).await).await?;
        Ok(InfoReply { license })
    }
}

/// Applies a licence key. No key is needed and none is accepted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Add {
    /// The key.
    #[serde(rename = "license")]
    _license: String,
}

impl Endpoint for Add {
    const SPEC: Spec = Spec::post("licenses.add", TAG).needs_all(&["edit-privileged-setting"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("Invalid license"))
    }
}

/// Checks a licence key without applying it. No key is needed and none is accepted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Validate {
    /// The key.
    #[serde(rename = "license")]
    _license: String,
}

impl Endpoint for Validate {
    const SPEC: Spec = Spec::post("licenses.validate", TAG).needs_all(&["edit-privileged-setting"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("Invalid license"))
    }
}

/// Counts the active people. There is no limit to them.
#[derive(Deserialize, JsonSchema)]
struct MaxActiveUsers {}

/// Active people and the limit, which is null.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MaxActiveUsersReply {
    max_active_users: Option<i64>,
    active_users: i64,
}

impl Endpoint for MaxActiveUsers {
    const SPEC: Spec = Spec::get("licenses.maxActiveUsers", TAG);
    type Guard = LoggedIn;
    type Reply = MaxActiveUsersReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<MaxActiveUsersReply> {
        let active_users = ctx.read(async move |tx| super::active_users(tx).await).await?;
        Ok(MaxActiveUsersReply { max_active_users: None, active_users })
    }
}
