//! The cloud over REST.

use gantry_accounts::settings;
use gantry_kernel::prelude::*;

use super::status;

const TAG: &str = "cloud";

pub(super) fn register(registry: &mut Registry) {
    registry
        .endpoint::<ManualRegister>()
        .endpoint::<CreateIntent>()
        .endpoint::<PreIntent>()
        .endpoint::<ConfirmationPoll>()
        .endpoint::<RegistrationStatus>()
        .endpoint::<SyncWorkspace>()
        .endpoint::<RemoveLicense>()
        .endpoint::<CheckoutUrl>()
        .endpoint::<Fingerprint>()
        .resource::<Seats>();
}

/// Registers the workspace by a text that the service gave out. This workspace has no service.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ManualRegister {
    /// The text.
    #[serde(rename = "cloudBlob")]
    _cloud_blob: String,
}

impl Endpoint for ManualRegister {
    const SPEC: Spec = Spec::post("cloud.manualRegister", TAG).needs_all(&["register-on-cloud"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("This workspace needs no registration and cannot be registered"))
    }
}

/// Begins a registration by mail. The service is not reached.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateIntent {
    /// Whether the mail is sent again.
    #[serde(rename = "resend")]
    _resend: bool,
    /// Where to.
    #[serde(rename = "email")]
    _email: String,
}

impl Endpoint for CreateIntent {
    const SPEC: Spec = Spec::post("cloud.createRegistrationIntent", TAG).needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("Invalid query"))
    }
}

/// Asks whether the service can be reached: it cannot.
#[derive(Deserialize, JsonSchema)]
struct PreIntent {}

/// Whether the workspace is on its own.
#[derive(Serialize, JsonSchema)]
struct PreIntentReply {
    offline: bool,
}

impl Endpoint for PreIntent {
    const SPEC: Spec = Spec::post("cloud.registerPreIntent", TAG).needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = PreIntentReply;

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<PreIntentReply> {
        Ok(PreIntentReply { offline: true })
    }
}

/// Asks whether a registration was confirmed. The service is not reached.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfirmationPoll {
    /// Which registration.
    #[serde(rename = "deviceCode")]
    #[schemars(length(min = 1))]
    _device_code: String,
}

impl Endpoint for ConfirmationPoll {
    const SPEC: Spec = Spec::get("cloud.confirmationPoll", TAG).needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("Invalid query"))
    }
}

/// Shows whether the workspace is registered: it is not.
#[derive(Deserialize, JsonSchema)]
struct RegistrationStatus {}

/// The registration.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StatusReply {
    registration_status: Value,
}

impl Endpoint for RegistrationStatus {
    const SPEC: Spec = Spec::get("cloud.registrationStatus", TAG).needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = StatusReply;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<StatusReply> {
        Ok(StatusReply { registration_status: status(ctx) })
    }
}

/// Exchanges data with the service. The service is not reached.
#[derive(Deserialize, JsonSchema)]
struct SyncWorkspace {}

impl Endpoint for SyncWorkspace {
    const SPEC: Spec = Spec::post("cloud.syncWorkspace", TAG).needs_all(&["manage-cloud"]).rate(2, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("Error during workspace sync"))
    }
}

/// Gives the licence back to the service. There is none.
#[derive(Deserialize, JsonSchema)]
struct RemoveLicense {}

impl Endpoint for RemoveLicense {
    const SPEC: Spec = Spec::post("cloud.removeLicense", TAG).needs_all(&["manage-cloud"]).rate(2, 60_000);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::message("License removal failed"))
    }
}

/// Shows where a licence can be bought: nowhere.
#[derive(Deserialize, JsonSchema)]
struct CheckoutUrl {}

impl Endpoint for CheckoutUrl {
    const SPEC: Spec = Spec::get("cloud.checkoutUrl", TAG).needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, _: &Ctx) -> Result<()> {
        Err(Error::nothing())
    }
}

/// What a workspace is that runs at another address or on another database than before: a copy, which becomes
/// a workspace of its own, or the same as before.
#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "kebab-case")]
enum Deployment {
    NewWorkspace,
    UpdatedConfiguration,
}

/// Says what the workspace is after its address or database has changed: the same, or a new one, which forgets
/// its registration and gets another id.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fingerprint {
    /// What it is.
    set_deployment_as: Deployment,
}

/// What a new workspace does not take over.
const REGISTRATION: [&str; 10] = [
    "Cloud_Service_Agree_PrivacyTerms",
    "Cloud_Workspace_Id",
    "Cloud_Workspace_Name",
    "Cloud_Workspace_Client_Id",
    "Cloud_Workspace_Client_Secret",
    "Cloud_Workspace_Client_Secret_Expires_At",
    "Cloud_Workspace_Registration_Client_Uri",
    "Cloud_Workspace_PublicKey",
    "Cloud_Workspace_License",
    "Cloud_Workspace_Had_Trial",
];

impl Endpoint for Fingerprint {
    const SPEC: Spec = Spec::post("fingerprint", "misc").needs_all(&["manage-cloud"]);
    type Guard = LoggedIn;
    type Reply = ();

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<()> {
        let mut values = vec![("Deployment_FingerPrint_Verified".to_owned(), json!(true))];
        if self.set_deployment_as == Deployment::NewWorkspace {
            for id in REGISTRATION {
                let Some(definition) = ctx.settings.definition(id) else { continue };
                let default = serde_json::from_str(&definition.default).map_err(Error::internal)?;
                values.push((id.to_owned(), default));
            }
            values.push(("uniqueID".to_owned(), json!(ctx.ids.id())));
        }
        // What the environment decides stays as it is.
        values.retain(|(id, _)| !ctx.settings.is_blocked(id));
        settings::save(ctx, values).await
    }
}

/// Leads to where more seats can be had. A workspace has as many as it needs, so this leads to the workspace
/// itself; upstream sends the browser to a shop, with the number of users in the address.
#[derive(Deserialize, JsonSchema)]
struct Seats {}

impl Resource for Seats {
    const SPEC: ResourceSpec =
        ResourceSpec::get("/requestSeats", TAG).aliases(&["/links/manage-subscription"]);
    type Guard = Anyone;

    async fn answer(self, _: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        let site = ctx.settings.get(keys::Site_Url);
        Ok(Answer::redirect(&format!("{}/", site.trim_end_matches('/'))))
    }
}
