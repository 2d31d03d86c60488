//! Files on file servers over DDP. Upstream: `apps/meteor/app/webdav/server/methods`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gantry_kernel::prelude::*;
use http::Uri;
use http::uri::{Authority, Scheme};

use super::accounts::{self, Account, Login, Token};
use super::client::{Client, Failure, encode};
use super::listing::Node;
use crate::binary;

const TAG: &str = "webdav";

pub(super) fn register(registry: &mut Registry) {
    registry
        .method::<Add>()
        .method::<AddByToken>()
        .method::<List>()
        .method::<Read>()
        .method::<Preview>()
        .method::<Upload>();
}

fn details(error: Error, method: &'static str) -> Error {
    error.with_details(json!({ "method": method }))
}

/// # Errors
/// `error-not-allowed` if the workspace does without file servers.
fn enabled(ctx: &Ctx, method: &'static str) -> Result<()> {
    if ctx.settings.get(keys::Webdav_Integration_Enabled) {
        return Ok(());
    }
    Err(details(Error::new("error-not-allowed", "WebDAV Integration Not Allowed"), method))
}

fn unreachable(method: &'static str) -> Error {
    details(Error::new("could-not-access-webdav", "Could not access webdav"), method)
}

/// The caller's account.
async fn own(ctx: &Ctx, id: String, method: &'static str) -> Result<Account> {
    let uid = ctx.uid().to_owned();
    let found = ctx.read(async move |tx| accounts::own(tx, &id, &uid).await).await?;
    found.ok_or_else(|| details(Error::new("error-invalid-account", "Invalid WebDAV Account"), method))
}

/// A result that says that it is one.
#[derive(Serialize)]
struct Success<T> {
    success: bool,
    data: T,
}

impl<T> Success<T> {
    fn of(data: T) -> Self {
        Self { success: true, data }
    }
}

/// Bytes, as EJSON writes them.
fn bytes(content: &[u8]) -> Value {
    json!({ "$binary": STANDARD.encode(content) })
}

/// `addWebdavAccount [{serverURL, username, password, name?}]`: answers `true` once the server has accepted it.
#[derive(Deserialize)]
struct Add {
    account: Value,
}

#[derive(Deserialize)]
struct NewAccount {
    #[serde(rename = "serverURL")]
    server_url: String,
    username: String,
    password: String,
    name: Option<String>,
}

impl Method for Add {
    const SPEC: MethodSpec = MethodSpec::new("addWebdavAccount", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        const METHOD: &str = "addWebdavAccount";
        enabled(ctx, METHOD)?;
        let new: NewAccount = serde_json::from_value(self.account).map_err(|_| Error::match_failed())?;
        let account = Account {
            id: ctx.ids.id(),
            server_url: new.server_url,
            name: new.name.unwrap_or_default(),
            login: Login::Password { username: new.username, password: new.password },
        };
        let (uid, sought) = (caller.uid.clone(), account.clone());
        let taken = ctx.read(async move |tx| has_same(tx, &uid, &sought).await).await?;
        if taken {
            return Err(details(Error::new("duplicated-account", "Account not found"), METHOD));
        }
        Client::new(ctx, &account).check().await.map_err(|_| unreachable(METHOD))?;
        let now = ctx.now;
        ctx.write(async move |tx| accounts::save(tx, &caller.uid, &account, now).await).await?;
        Ok(true)
    }
}

/// Whether a user has an account on that server under that username.
async fn has_same(tx: &Tx, uid: &str, account: &Account) -> Result<bool> {
    let name = |login: &Login| match login {
        Login::Password { username, .. } => Some(username.clone()),
        Login::Token(_) => None,
    };
    let own = accounts::of_user(tx, uid).await?;
    Ok(own
        .iter()
        .any(|other| other.server_url == account.server_url && name(&other.login) == name(&account.login)))
}

/// `addWebdavAccountByToken [{serverURL, token: {access_token, token_type, refresh_token?}, name?}]`: answers
/// `true` once the server has accepted it. One of the same name on the same server is replaced.
#[derive(Deserialize)]
struct AddByToken {
    account: Value,
}

#[derive(Deserialize)]
struct NewToken {
    #[serde(rename = "serverURL")]
    server_url: String,
    token: Token,
    name: Option<String>,
}

impl Method for AddByToken {
    const SPEC: MethodSpec = MethodSpec::new("addWebdavAccountByToken", TAG);
    type Guard = LoggedIn;
    type Reply = bool;

    async fn call(self, LoggedIn(caller): LoggedIn, ctx: &Ctx) -> Result<bool> {
        const METHOD: &str = "addWebdavAccount";
        enabled(ctx, METHOD)?;
        let new: NewToken = serde_json::from_value(self.account).map_err(|_| Error::match_failed())?;
        let account = Account {
            id: ctx.ids.id(),
            server_url: new.server_url,
            name: new.name.unwrap_or_default(),
            login: Login::Token(new.token),
        };
        Client::new(ctx, &account).check().await.map_err(|_| unreachable(METHOD))?;
        let now = ctx.now;
        ctx.write(async move |tx| {
            let own = accounts::of_user(tx, &caller.uid).await?;
            let same =
                own.iter().find(|own| own.server_url == account.server_url && own.name == account.name);
            let id = same.map_or(&account.id, |same| &same.id).clone();
            accounts::save(tx, &caller.uid, &Account { id, ..account.clone() }, now).await
        })
        .await?;
        Ok(true)
    }
}

/// `getWebdavFileList [accountId, path]`: answers what is in a folder.
#[derive(Deserialize)]
struct List {
    account_id: String,
    path: String,
}

impl Method for List {
    const SPEC: MethodSpec = MethodSpec::new("getWebdavFileList", TAG);
    type Guard = LoggedIn;
    type Reply = Success<Vec<Node>>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Success<Vec<Node>>> {
        enabled(ctx, Self::SPEC.name)?;
        let account = own(ctx, self.account_id, Self::SPEC.name).await?;
        let nodes = Client::new(ctx, &account).list(&self.path).await;
        nodes.map(Success::of).map_err(|_| unreachable(Self::SPEC.name))
    }
}

/// `getFileFromWebdav [accountId, {filename}]`: answers a file's bytes.
#[derive(Deserialize)]
struct Read {
    account_id: String,
    file: Named,
}

#[derive(Deserialize)]
struct Named {
    filename: String,
}

impl Method for Read {
    const SPEC: MethodSpec = MethodSpec::new("getFileFromWebdav", TAG);
    type Guard = LoggedIn;
    type Reply = Success<Value>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Success<Value>> {
        enabled(ctx, Self::SPEC.name)?;
        let account = own(ctx, self.account_id, Self::SPEC.name).await?;
        let content = Client::new(ctx, &account).read(&self.file.filename).await;
        content
            .map(|content| Success::of(bytes(&content)))
            .map_err(|_| details(Error::new("unable-to-get-file", "Unable to get file"), Self::SPEC.name))
    }
}

/// `getWebdavFilePreview [accountId, path]`: answers a small picture of a file on the workspace's Nextcloud, or
/// nothing. Upstream shows the login of any account to the Nextcloud; here it goes to its own server only.
#[derive(Deserialize)]
struct Preview {
    account_id: String,
    path: String,
}

impl Method for Preview {
    const SPEC: MethodSpec = MethodSpec::new("getWebdavFilePreview", TAG);
    type Guard = LoggedIn;
    type Reply = Option<Success<Value>>;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Option<Success<Value>>> {
        enabled(ctx, Self::SPEC.name)?;
        let nextcloud = ctx.settings.text_by_id("Accounts_OAuth_Nextcloud_URL");
        if nextcloud.is_empty() {
            let refusal = Error::new("error-not-allowed", "WebDAV Integration Not Allowed");
            return Err(details(refusal, Self::SPEC.name));
        }
        let account = own(ctx, self.account_id, Self::SPEC.name).await?;
        if origin(&account.server_url).is_none_or(|own| Some(own) != origin(&nextcloud)) {
            return Ok(None);
        }
        let base = nextcloud.trim_end_matches('/');
        let url = format!("{base}/index.php/core/preview.png?file={}&x=64&y=64", encode(&self.path));
        let picture = Client::new(ctx, &account).preview(url).await;
        Ok(picture.ok().map(|picture| Success::of(bytes(&picture))))
    }
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<(Scheme, Authority)> {
    let parts = url.parse::<Uri>().ok()?.into_parts();
    Some((parts.scheme?, parts.authority?))
}

/// `uploadFileToWebdav [accountId, bytes, name]`: stores a file, and answers whether that went well.
#[derive(Deserialize)]
struct Upload {
    account_id: String,
    content: Value,
    name: String,
}

/// Whether a file was stored, or why not.
#[derive(Serialize)]
struct Uploaded {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

impl Method for Upload {
    const SPEC: MethodSpec = MethodSpec::new("uploadFileToWebdav", TAG);
    type Guard = LoggedIn;
    type Reply = Uploaded;

    async fn call(self, _: LoggedIn, ctx: &Ctx) -> Result<Uploaded> {
        enabled(ctx, Self::SPEC.name)?;
        let account = own(ctx, self.account_id, Self::SPEC.name).await?;
        let content = binary::content(&self.content)?;
        let message = match Client::new(ctx, &account).write(&self.name, content.to_vec()).await {
            Ok(()) => None,
            Err(Failure::Status(status)) => Some(match status.as_u16() {
                404 => "webdav-server-not-found",
                401 => "error-invalid-account",
                412 => "Duplicate_file_name_found",
                _ => "FileUpload_Error",
            }),
            Err(Failure::Other) => Some("FileUpload_Error"),
        };
        Ok(Uploaded { success: message.is_none(), message })
    }
}
