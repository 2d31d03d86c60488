//! Applications as stored, and how they change.
//! Upstream: `apps/meteor/app/oauth2-server-config/server/admin`.

use gantry_kernel::prelude::*;
use gantry_store::vals;

/// An application.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Id.
    #[serde(rename = "_id")]
    pub id: String,
    /// What people see when they are asked.
    pub name: String,
    /// Whether it may get and use tokens.
    pub active: bool,
    /// By what it names itself.
    pub client_id: String,
    /// What proves that it is itself; only for those who may manage applications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Where people are sent back to, several separated by commas.
    pub redirect_uri: String,
    #[serde(rename = "_createdAt")]
    created_at: Timestamp,
    /// `_id` and `username`.
    #[serde(rename = "_createdBy")]
    created_by: Value,
    #[serde(rename = "_updatedAt")]
    updated_at: Timestamp,
    /// `_id` and `username`.
    #[serde(rename = "_updatedBy", skip_serializing_if = "Option::is_none")]
    updated_by: Option<Value>,
}

impl App {
    /// Whether people may be sent back to `uri`: it must be one of the registered ones to the letter.
    pub fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uri.split(',').any(|known| known.trim() == uri)
    }

    /// The address that people are sent back to when the request names none.
    pub fn first_redirect(&self) -> &str {
        self.redirect_uri.split(',').next().unwrap_or_default().trim()
    }

    /// The application without its secret.
    #[must_use]
    pub fn without_secret(mut self) -> Self {
        self.client_secret = None;
        self
    }
}

fn app(row: &Row) -> Result<App> {
    let json = |text: &str| serde_json::from_str(text).map_err(Error::internal);
    Ok(App {
        id: row.text(0)?,
        client_id: row.text(1)?,
        client_secret: Some(row.text(2)?),
        name: row.text(3)?,
        active: row.bool(4)?,
        redirect_uri: row.text(5)?,
        created_at: Timestamp::from_millis(row.int(6)?),
        created_by: json(row.str(7)?)?,
        updated_at: Timestamp::from_millis(row.int(8)?),
        updated_by: row.opt_str(9)?.map(json).transpose()?,
    })
}

/// All applications, the oldest first.
///
/// # Errors
/// The database's.
pub async fn all(tx: &Tx) -> Result<Vec<App>> {
    let rows = tx
        .query(
            "SELECT id, client_id, client_secret, name, active, redirect_uri, created_at, created_by, updated_at, \
             updated_by FROM oauth_apps ORDER BY created_at, id",
            &[],
        )
        .await?;
    rows.iter().map(app).collect()
}

/// The application of that id.
///
/// # Errors
/// The database's.
pub async fn by_id(tx: &Tx, id: &str) -> Result<Option<App>> {
    let row = tx
        .query_opt(
            "SELECT id, client_id, client_secret, name, active, redirect_uri, created_at, created_by, updated_at, \
             updated_by FROM oauth_apps WHERE id = ?1",
            &vals![id],
        )
        .await?;
    row.as_ref().map(app).transpose()
}

/// The application that names itself so.
///
/// # Errors
/// The database's.
pub async fn by_client(tx: &Tx, client_id: &str) -> Result<Option<App>> {
    let row = tx
        .query_opt(
            "SELECT id, client_id, client_secret, name, active, redirect_uri, created_at, created_by, updated_at, \
             updated_by FROM oauth_apps WHERE client_id = ?1",
            &vals![client_id],
        )
        .await?;
    row.as_ref().map(app).transpose()
}

/// What can be said of an application.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) redirect_uri: String,
}

impl Wish {
    /// The wish with its addresses in order.
    ///
    /// # Errors
    /// `error-invalid-name`, `error-invalid-redirectUri`.
    fn checked(mut self, method: &'static str) -> Result<Self> {
        let details = json!({ "method": method });
        if self.name.trim().is_empty() {
            return Err(Error::new("error-invalid-name", "Invalid name").with_details(details));
        }
        let uris: Vec<&str> =
            self.redirect_uri.split([',', '\n']).map(str::trim).filter(|uri| !uri.is_empty()).collect();
        if uris.is_empty() || !uris.iter().all(|uri| may_redirect(uri)) {
            return Err(Error::new("error-invalid-redirectUri", "Invalid redirectUri").with_details(details));
        }
        self.redirect_uri = uris.join(",");
        Ok(self)
    }
}

/// Whether a browser may be sent there: not to something that it would run or show as the workspace's own.
fn may_redirect(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    !matches!(scheme.as_str(), "javascript" | "data" | "vbscript" | "blob" | "file")
        && !uri.contains(|c: char| c.is_control() || c.is_whitespace() || c == '#')
}

fn allowed(ctx: &Ctx, method: &'static str) -> Result<Value> {
    let caller = ctx.caller()?;
    if ctx.may("manage-oauth-apps") {
        Ok(json!({ "_id": caller.uid, "username": caller.username }))
    } else {
        Err(Error::new("error-not-allowed", "Not allowed").with_details(json!({ "method": method })))
    }
}

/// Adds an application with a name and a secret of its own.
///
/// # Errors
/// `error-not-allowed`, `error-invalid-name`, `error-invalid-redirectUri`.
pub(super) async fn add(ctx: &Ctx, wish: Wish) -> Result<App> {
    let by = allowed(ctx, "addOAuthApp")?;
    let wish = wish.checked("addOAuthApp")?;
    let app = App {
        id: ctx.ids.id(),
        name: wish.name,
        active: wish.active,
        client_id: ctx.ids.id(),
        client_secret: Some(ctx.ids.secret()),
        redirect_uri: wish.redirect_uri,
        created_at: ctx.now,
        created_by: by,
        updated_at: ctx.now,
        updated_by: None,
    };
    ctx.write(async move |tx| {
        insert(tx, &app).await?;
        Ok(app.clone())
    })
    .await
}

async fn insert(tx: &Tx, app: &App) -> Result<()> {
    tx.exec(
        "INSERT INTO oauth_apps (id, client_id, client_secret, name, active, redirect_uri, created_at, created_by, \
         updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
        &vals![
            &app.id,
            &app.client_id,
            app.client_secret.as_deref(),
            &app.name,
            app.active,
            &app.redirect_uri,
            app.created_at.millis(),
            &app.created_by.to_string(),
            app.updated_at.millis(),
        ],
    )
    .await?;
    Ok(())
}

/// Gives a new workspace the application that Zapier knows itself by in every workspace. What its secret opens is
/// sent to Zapier's own address alone.
/// Upstream: `apps/meteor/app/oauth2-server-config/server/oauth/default-services.ts`.
///
/// # Errors
/// The database's.
pub(super) async fn first(ctx: &Ctx) -> Result<()> {
    let zapier = App {
        id: "zapier".to_owned(),
        name: "Zapier".to_owned(),
        active: true,
        client_id: "zapier".to_owned(),
        client_secret: Some("RTK6TlndaCIolhQhZ7_KHIGOKj41RnlaOq_o-7JKwLr".to_owned()),
        redirect_uri: "https://zapier.com/dashboard/auth/oauth/return/RocketChatDevAPI/".to_owned(),
        created_at: ctx.now,
        created_by: json!({ "_id": "system", "username": "system" }),
        updated_at: ctx.now,
        updated_by: None,
    };
    ctx.write(async move |tx| {
        let any = tx.query_opt("SELECT 1 FROM rooms LIMIT 1", &[]).await?;
        // Where people were already, somebody may have removed it.
        if any.is_some() { Ok(()) } else { insert(tx, &zapier).await }
    })
    .await
}

fn missing(method: &'static str) -> Error {
    Error::new("error-application-not-found", "Application not found")
        .with_details(json!({ "method": method }))
}

/// Changes an application. Switching it off ends what its tokens can do at once.
///
/// # Errors
/// `error-not-allowed`, `error-invalid-name`, `error-invalid-redirectUri`, `error-application-not-found`.
pub(super) async fn update(ctx: &Ctx, id: String, wish: Wish) -> Result<App> {
    let by = allowed(ctx, "updateOAuthApp")?.to_string();
    let wish = wish.checked("updateOAuthApp")?;
    let now = ctx.now;
    ctx.write(async move |tx| {
        tx.exec(
            "UPDATE oauth_apps SET name = ?2, active = ?3, redirect_uri = ?4, updated_at = ?5, updated_by = ?6 \
             WHERE id = ?1",
            &vals![&id, &wish.name, wish.active, &wish.redirect_uri, now.millis(), &by],
        )
        .await?;
        by_id(tx, &id).await?.ok_or_else(|| missing("updateOAuthApp"))
    })
    .await
}

/// Removes an application with all its codes and tokens.
///
/// # Errors
/// `error-not-allowed`, `error-application-not-found`.
pub(super) async fn remove(ctx: &Ctx, id: String) -> Result<()> {
    allowed(ctx, "deleteOAuthApp")?;
    ctx.write(async move |tx| {
        let app = by_id(tx, &id).await?.ok_or_else(|| missing("deleteOAuthApp"))?;
        tx.exec("DELETE FROM oauth_apps WHERE id = ?1", &vals![&id]).await?;
        tx.exec("DELETE FROM oauth_tokens WHERE client_id = ?1", &vals![&app.client_id]).await?;
        tx.exec("DELETE FROM oauth_codes WHERE client_id = ?1", &vals![&app.client_id]).await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(redirect_uri: &str) -> Result<String> {
        let wish = Wish { name: "x".into(), active: true, redirect_uri: redirect_uri.into() };
        Ok(wish.checked("test")?.redirect_uri)
    }

    #[test]
    fn addresses_are_separated_by_commas_or_lines() {
        assert_eq!(wish("http://a/cb,\n http://b/cb \n").unwrap(), "http://a/cb,http://b/cb");
        assert_eq!(wish("myapp://back").unwrap(), "myapp://back");
    }

    #[test]
    fn nobody_is_sent_to_a_script() {
        for uri in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "", " , ", "http://a b"]
        {
            assert!(wish(uri).is_err(), "{uri}");
        }
    }
}
