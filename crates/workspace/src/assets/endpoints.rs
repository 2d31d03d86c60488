//! Assets over REST. Upstream: `apps/meteor/app/api/server/v1/assets.ts`.

use gantry_kernel::prelude::*;
use gantry_kernel::upload::{Upload, UploadedFile, required};

use super::change;
use crate::uploaded;

pub(super) fn register(registry: &mut Registry) {
    registry.upload::<SetAsset>().endpoint::<UnsetAsset>();
}

/// Replaces a picture of the workspace.
///
/// Clients learn of it by the setting `Assets_<name>`, which changes with it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetAsset {
    /// Which one; the name of the file if it is absent.
    asset_name: Option<String>,
    /// Whether clients shall load again. They see a new picture without that.
    #[serde(rename = "refreshAllClients")]
    #[schemars(with = "Option<bool>")]
    _refresh_all_clients: Option<Value>,
}

impl Upload for SetAsset {
    const SPEC: Spec = Spec::post("assets.setAsset", "assets").needs_all(&["manage-assets"]);
    const FIELD: &'static str = "asset";
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, file: Option<UploadedFile>, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let file = required(file)?;
        let name = self.asset_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&file.name);
        let asset = change::find(name)?;
        change::set(ctx, asset, &file.kind, uploaded::bytes(&file).await?).await
    }
}

/// Goes back to the picture that the workspace came with.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnsetAsset {
    /// Which one.
    asset_name: String,
    /// Whether clients shall load again. They see another picture without that.
    #[serde(rename = "refreshAllClients")]
    _refresh_all_clients: Option<bool>,
}

impl Endpoint for UnsetAsset {
    const SPEC: Spec = Spec::post("assets.unsetAsset", "assets").needs_all(&["manage-assets"]).exact_types();
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        change::unset(ctx, change::find(&self.asset_name)?).await
    }
}
