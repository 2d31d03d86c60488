//! The cloud over DDP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_kernel::prelude::*;

use super::status;

const TAG: &str = "cloud";

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<CheckRegisterStatus>()
        .method::<GetRegisterData>()
        .method::<RegisterWorkspace>()
        .method::<SyncWorkspace>()
        .method::<ConnectWorkspace>()
        .method::<CheckUserLoggedIn>()
        .method::<Logout>();
}

fn allow(ctx: &Ctx, method: &'static str) -> Result<()> {
    if ctx.may("manage-cloud") {
        return Ok(());
    }
    Err(Error::new("error-not-authorized", "Not authorized").with_details(json!({ "method": method })))
}

/// A method without parameters that answers the same always.
macro_rules! constant {
    ($name:ident, $method:literal, $reply:ty, $value:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Deserialize)]
        struct $name {}

        impl Method for $name {
            const SPEC: MethodSpec = MethodSpec::new($method, TAG);
            type Guard = LoggedIn;
            type Reply = $reply;

            async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<$reply> {
                allow(ctx, $method)?;
                Ok($value)
            }
        }
    };
}

constant!(
    RegisterWorkspace,
    "cloud:registerWorkspace",
    bool,
    false,
    "`cloud:registerWorkspace()`: the service is not reached."
);
constant!(
    SyncWorkspace,
    "cloud:syncWorkspace",
    bool,
    false,
    "`cloud:syncWorkspace()`: the service is not reached."
);
constant!(
    CheckUserLoggedIn,
    "cloud:checkUserLoggedIn",
    bool,
    false,
    "`cloud:checkUserLoggedIn()`: nobody is."
);
constant!(Logout, "cloud:logout", &'static str, "", "`cloud:logout()`: nobody was logged in.");

/// `cloud:checkRegisterStatus()`.
#[derive(Deserialize)]
struct CheckRegisterStatus {}

impl Method for CheckRegisterStatus {
    const SPEC: MethodSpec = MethodSpec::new("cloud:checkRegisterStatus", TAG);
    type Guard = LoggedIn;
    type Reply = Value;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Value> {
        allow(ctx, "cloud:checkRegisterStatus")?;
        Ok(status(ctx))
    }
}

/// `cloud:getWorkspaceRegisterData()`: what a registration by hand would send, as base64 of JSON.
#[derive(Deserialize)]
struct GetRegisterData {}

impl Method for GetRegisterData {
    const SPEC: MethodSpec = MethodSpec::new("cloud:getWorkspaceRegisterData", TAG);
    type Guard = LoggedIn;
    type Reply = String;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<String> {
        allow(ctx, "cloud:getWorkspaceRegisterData")?;
        let text = |id: &str| ctx.settings.text_by_id(id).to_string();
        let data = json!({
            "uniqueId": ctx.settings.get(keys::uniqueID).to_string(),
            "workspaceId": text("Cloud_Workspace_Id"),
            "address": ctx.settings.get(keys::Site_Url).to_string(),
            "siteName": ctx.settings.get(keys::Site_Name).to_string(),
            "version": gantry_kernel::COMPATIBLE_VERSION,
            "allowMarketing": false,
            "accountName": text("Organization_Name"),
            "organizationType": text("Organization_Type"),
            "industry": text("Industry"),
            "orgSize": text("Size"),
            "country": text("Country"),
            "language": text("Language"),
            "agreePrivacyTerms": false,
            "website": text("Website"),
        });
        Ok(STANDARD.encode(data.to_string()))
    }
}

/// `cloud:connectWorkspace(token)`: the service is not reached.
#[derive(Deserialize)]
struct ConnectWorkspace {
    token: String,
}

impl Method for ConnectWorkspace {
    const SPEC: MethodSpec = MethodSpec::new("cloud:connectWorkspace", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<bool> {
        allow(ctx, "cloud:connectWorkspace")?;
        if self.token.is_empty() {
            return Err(Error::new("error-invalid-payload", "Token is required.")
                .with_details(json!({ "method": "cloud:connectWorkspace" })));
        }
        Ok(false)
    }
}
