//! `shield.svg`: a small picture for web pages that says how many are online, or names a channel or a person.
//! Upstream: `apps/meteor/app/api/server/v1/misc.ts`.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_kernel::resource::{Answer, Asked, Resource, ResourceSpec};
use gantry_protocol::objects::{User, UserStatus};

pub(crate) fn register(registry: &mut Registry) {
    registry.resource::<Shield>();
}

/// Draws a shield: a label and what it is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Shield {
    /// `online`, `channel` or `user`; an invitation without it.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `false` to leave out the workspace's icon.
    icon: Option<String>,
    /// The channel's name, for the type `channel`.
    channel: Option<String>,
    /// The label.
    name: Option<String>,
    /// The person, for the type `user`.
    user_id: Option<String>,
    /// The person, for the type `user`.
    username: Option<String>,
}

/// What stands on a shield, and on which colour.
struct Face {
    text: String,
    color: &'static str,
}

const GREEN: &str = "#4c1";

impl Shield {
    fn check(&self, ctx: &Ctx) -> Result<()> {
        let route = json!({ "route": "/api/v1/shield.svg" });
        if !ctx.settings.get(keys::API_Enable_Shields) {
            let error = Error::new("error-endpoint-disabled", "This endpoint is disabled");
            return Err(error.with_details(route));
        }
        let types = ctx.settings.get(keys::API_Shield_Types);
        let listed = |kind: &str| &*types == "*" || types.split(',').any(|known| known.trim() == kind);
        if self.kind.as_deref().is_some_and(|kind| !listed(kind)) {
            let error = Error::new("error-shield-disabled", "This shield type is disabled");
            return Err(error.with_details(route));
        }
        if self.bare() && self.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            return Err(Error::message("Name cannot be empty when icon is hidden"));
        }
        Ok(())
    }

    fn bare(&self) -> bool {
        self.icon.as_deref() == Some("false")
    }

    async fn face(&self, ctx: &Ctx) -> Result<Face> {
        match self.kind.as_deref() {
            Some("online") => {
                let online = ctx.read(async move |tx| online(tx).await).await?;
                Ok(Face { text: format!("{online} Online"), color: GREEN })
            }
            Some("channel") => match self.channel.as_deref().filter(|name| !name.is_empty()) {
                Some(name) => Ok(Face { text: format!("#{name}"), color: GREEN }),
                None => Err(Error::message("Shield channel is required for type \"channel\"")),
            },
            Some("user") => self.person(ctx).await,
            _ => Ok(Face { text: "JOIN CHAT".to_owned(), color: GREEN }),
        }
    }

    async fn person(&self, ctx: &Ctx) -> Result<Face> {
        if ctx.settings.get(keys::API_Shield_user_require_auth) && ctx.caller.is_none() {
            return Err(Error::message("You must be logged in to do this."));
        }
        let (id, name) = (self.user_id.clone(), self.username.clone());
        let found = ctx
            .read(async move |tx| match (&id, &name) {
                (Some(id), _) => users::by_id(tx, id).await,
                (None, Some(name)) => users::by_username(tx, name).await,
                (None, None) => Ok(None),
            })
            .await?;
        let user = found.ok_or_else(|| {
            Error::new(
                "error-invalid-user",
                "The required \"userId\" or \"username\" param provided does not match any users",
            )
        })?;
        let color = color(&user);
        let real = user.name.filter(|name| !name.is_empty() && ctx.settings.get(keys::UI_Use_Real_Name));
        let text = real.unwrap_or_else(|| format!("@{}", user.username.unwrap_or_default()));
        Ok(Face { text, color })
    }
}

fn color(user: &User) -> &'static str {
    match user.status {
        Some(UserStatus::Online) => "#1fb31f",
        Some(UserStatus::Away) => "#dc9b01",
        Some(UserStatus::Busy) => "#bc2031",
        _ => "#a5a1a1",
    }
}

async fn online(tx: &Tx) -> Result<i64> {
    let row = tx.query_opt("SELECT COUNT(*) FROM users WHERE active AND status <> 'offline'", &[]).await?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The picture: the label on grey at the left, the face on its colour at the right.
fn draw(face: &Face, name: &str, icon: Option<&str>) -> String {
    let letters = |text: &str| text.chars().count() * 6;
    let indent = if icon.is_some() { 24 } else { 7 };
    let left = if name.is_empty() { indent } else { letters(name) + 7 + indent };
    let right = letters(&face.text) + 20;
    let width = left + right;
    let (text, name, color) = (escape(&face.text), escape(name), face.color);
    let icon = icon.map_or_else(String::new, |url| {
        format!("<image x=\"5\" y=\"3\" width=\"14\" height=\"14\" href=\"{}\"/>", escape(url))
    });
    let written = |x: usize, text: &str| {
        format!(
            "<text x=\"{x}\" y=\"15\" fill=\"#010101\" fill-opacity=\".3\">{text}</text><text x=\"{x}\" y=\"14\">{text}</text>"
        )
    };
    let label = if name.is_empty() { String::new() } else { written(indent, &name) };
    let words = written(left + 7, &text);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\">\
         <clipPath id=\"c\"><rect width=\"{width}\" height=\"20\" rx=\"3\"/></clipPath>\
         <g clip-path=\"url(#c)\"><rect width=\"{left}\" height=\"20\" fill=\"#555\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/></g>{icon}\
         <g fill=\"#fff\" font-family=\"DejaVu Sans,Verdana,Geneva,sans-serif\" font-size=\"11\">{label}{words}</g></svg>"
    )
}

impl Resource for Shield {
    const SPEC: ResourceSpec = ResourceSpec::get("/api/v1/shield.svg", "miscellaneous").rate(60, 60_000);
    type Guard = Anyone;

    async fn answer(self, _: Asked, _: Anyone, ctx: &Ctx) -> Result<Answer> {
        self.check(ctx)?;
        let face = self.face(ctx).await?;
        let site = ctx.settings.get(keys::Site_Url);
        let icon = format!("{}/assets/favicon.svg", site.trim_end_matches('/'));
        let picture =
            draw(&face, self.name.as_deref().unwrap_or_default(), (!self.bare()).then_some(icon.as_str()));
        Ok(Answer::bytes(200, "image/svg+xml;charset=utf-8", picture))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shield_is_as_wide_as_its_words_and_runs_nothing() {
        let face = Face { text: "<b>&".to_owned(), color: GREEN };
        let picture = draw(&face, "x\"", None);
        assert!(picture.contains("width=\"70\""), "{picture}");
        assert!(picture.contains("&lt;b&gt;&amp;") && picture.contains("x&quot;"));
        assert!(!picture.contains("<b>") && !picture.contains("<image"));
    }
}
