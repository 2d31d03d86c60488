//! Link previews: what a link leads to, fetched after the message was sent.

mod html;
mod providers;

use std::time::Duration;

use futures_util::future::join_all;
use gantry_kernel::outgoing::{Fetched, Network, Policy, Request, fetch};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Message, MessageUrl, UrlHeaders};
use http::HeaderValue;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, USER_AGENT};
use serde_json::Map;
use tokio::sync::Semaphore;

use super::{changed, rows};
use crate::events::MessageSaved;

/// Messages with more links to other sites get no previews.
const MAX_LINKS: usize = 5;
/// Messages whose links are fetched at the same time; the others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(64);
/// Where clouds tell machines their secrets: out of reach whatever the settings say.
const METADATA: &str = "169.254.0.0/16";

/// A message was saved: fetches the previews of its links and writes them on it. Does not keep the caller waiting.
/// Upstream: `apps/meteor/app/oembed/server/server.ts`.
pub(crate) fn message_saved(kernel: &Arc<Kernel>, event: &MessageSaved) {
    let message = &event.message;
    let fresh = event.new || message.edited_at == Some(message.updated_at);
    if !fresh || message.t.is_some() || !kernel.settings.get(keys::API_Embed) {
        return;
    }
    let site = kernel.settings.get(keys::Site_Url);
    let urls: Vec<&MessageUrl> = message.urls.iter().flatten().collect();
    let foreign = urls.iter().filter(|url| site.is_empty() || !url.url.contains(&*site)).count();
    let wanted = urls.iter().any(|url| wants(url));
    if !wanted || foreign > MAX_LINKS || message.attachments.as_ref().is_some_and(|list| !list.is_empty()) {
        return;
    }
    let (kernel, message) = (kernel.clone(), message.clone());
    tokio::spawn(async move {
        let _place = AT_ONCE.acquire().await;
        if let Err(error) = add(&Ctx::internal(&kernel), &message).await {
            tracing::warn!(%error, message = message.id, "previews could not be stored");
        }
    });
}

fn wants(url: &MessageUrl) -> bool {
    url.ignore_parse != Some(true) && url.meta.is_empty() && url.headers.is_none()
}

async fn add(ctx: &Ctx, message: &Message) -> Result<()> {
    let links: Vec<String> =
        message.urls.iter().flatten().filter(|url| wants(url)).map(|url| url.url.clone()).collect();
    let found = join_all(links.iter().map(|link| of(ctx, link))).await;
    let previews: Vec<MessageUrl> = found.into_iter().flatten().collect();
    if previews.is_empty() {
        return Ok(());
    }
    let (inner, id) = (Ctx { now: ctx.clock.now(), ..ctx.clone() }, message.id.clone());
    ctx.write(async move |tx| {
        // The message may have changed or gone while its links were fetched.
        let Some(mut message) = rows::lock(tx, &id).await? else { return Ok(()) };
        let mut any = false;
        for url in message.urls.iter_mut().flatten().filter(|url| wants(url)) {
            if let Some(preview) = previews.iter().find(|preview| preview.url == url.url) {
                *url = preview.clone();
                any = true;
            }
        }
        if any {
            changed::store(&inner, tx, message).await?;
        }
        Ok(())
    })
    .await
}

/// The preview of a link; `None` if there is nothing behind it that may be reached.
pub async fn of(ctx: &Ctx, link: &str) -> Option<MessageUrl> {
    if !(link.starts_with("http://") || link.starts_with("https://")) {
        return None;
    }
    let target = providers::oembed(link);
    let answer = fetch(request(ctx, target.as_deref().unwrap_or(link)), &policy(ctx)).await;
    let fetched = answer.inspect_err(|error| tracing::debug!(link, %error, "no preview")).ok()?;
    if !fetched.status.is_success() {
        return None;
    }
    let meta = if target.is_some() { providers::meta(link, &fetched.body) } else { html_meta(&fetched) };
    Some(MessageUrl { url: link.to_owned(), meta, headers: Some(headers(&fetched)), ..MessageUrl::default() })
}

fn html_meta(fetched: &Fetched) -> Map<String, Value> {
    let kind = text(fetched, &CONTENT_TYPE).unwrap_or_default();
    if !kind.is_empty() && !kind.contains("html") && !kind.contains("xml") {
        return Map::new();
    }
    html::meta(&String::from_utf8_lossy(&fetched.body))
}

fn headers(fetched: &Fetched) -> UrlHeaders {
    UrlHeaders {
        content_length: text(fetched, &CONTENT_LENGTH),
        content_type: text(fetched, &CONTENT_TYPE),
        ..UrlHeaders::default()
    }
}

fn text(fetched: &Fetched, name: &HeaderName) -> Option<String> {
    fetched.headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn request(ctx: &Ctx, link: &str) -> Request {
    let mut request = Request::get(link);
    let seconds = ctx.settings.get(keys::API_EmbedTimeout);
    request.timeout = Duration::from_secs(u64::try_from(seconds).ok().filter(|s| *s > 0).unwrap_or(10));
    let agent = format!("{} Gantry", &*ctx.settings.get(keys::API_Embed_UserAgent));
    let language = ctx.settings.text_by_id("Language");
    for (name, value) in
        [(USER_AGENT, agent.as_str()), (ACCEPT_LANGUAGE, if language.is_empty() { "en" } else { &language })]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers.insert(name, value);
        }
    }
    request
}

/// The ignored hosts of the settings, and with them everything private; an administrator who empties the list
/// allows this workspace's own network.
fn policy(ctx: &Ctx) -> Policy {
    let ignored = ctx.settings.get(keys::API_EmbedIgnoredHosts);
    let mut policy = Policy::blocking(&ignored).ports(&ctx.settings.get(keys::API_EmbedSafePorts));
    policy.private = ignored.trim().is_empty();
    policy.networks.extend(Network::parse(METADATA));
    policy
}
