//! Quotes: a link to a message of this workspace becomes an attachment that shows it.

use gantry_kernel::prelude::*;
use gantry_protocol::objects::{Attachment, Message, Room};

use crate::access::can_access;
use crate::messages::rows;
use crate::rooms;

/// Quote attachments are always built anew, so that one never outlives its link. The author must be able to
/// read what is quoted.
/// Upstream: `apps/meteor/server/services/messages/hooks/BeforeSaveJumpToMessage.ts`.
///
/// # Errors
/// The database's.
pub(super) async fn build(ctx: &Ctx, tx: &Tx, room: &Room, message: &mut Message) -> Result<()> {
    if let Some(attachments) = &mut message.attachments {
        attachments.retain(|attachment| attachment.message_link.is_none());
    }
    let site = ctx.settings.get(keys::Site_Url);
    let Some(urls) = message.urls.as_mut().filter(|urls| !urls.is_empty() && !site.is_empty()) else {
        return Ok(());
    };
    let ids: Vec<Option<String>> = urls.iter().map(|url| quoted_id(&url.url, &site)).collect();
    if ids.iter().all(Option::is_none) {
        return Ok(());
    }
    let limit = ctx.settings.get(keys::Message_QuoteChainLimit);
    let wanted: Vec<String> = ids.iter().flatten().cloned().collect();
    let found = rows::by_ids(tx, &wanted).await?;
    let mut quotes = Vec::new();
    for (url, id) in urls.iter_mut().zip(&ids) {
        let Some(quoted) = id.as_ref().and_then(|id| found.iter().find(|m| m.id == *id)) else { continue };
        if !readable(ctx, tx, room, &quoted.rid).await? {
            continue;
        }
        url.ignore_parse = Some(true);
        quotes.push(quote(quoted, &url.url, limit, ctx.settings.get(keys::UI_Use_Real_Name)));
    }
    if !quotes.is_empty() {
        message.attachments.get_or_insert_default().extend(quotes);
    }
    Ok(())
}

/// The message that a link of this site names in its `msg` parameter.
fn quoted_id(url: &str, site: &str) -> Option<String> {
    if !url.contains(site) {
        return None;
    }
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let id = query.split('&').find_map(|pair| pair.strip_prefix("msg="))?;
    (!id.is_empty()).then(|| id.to_owned())
}

async fn readable(ctx: &Ctx, tx: &Tx, here: &Room, rid: &str) -> Result<bool> {
    if here.id == rid {
        return Ok(true);
    }
    match rooms::rows::by_id(tx, rid).await? {
        Some(room) => can_access(ctx, tx, &room).await,
        None => Ok(false),
    }
}

fn quote(quoted: &Message, link: &str, limit: i64, real_name: bool) -> Attachment {
    let username = quoted.u.username.clone();
    let name = quoted.u.name.clone().filter(|_| real_name).or_else(|| username.clone());
    let mut inner = if limit < 2 { Vec::new() } else { quoted.attachments.clone().unwrap_or_default() };
    for attachment in &mut inner {
        shorten(attachment, 1, limit);
    }
    Attachment {
        text: Some(quoted.msg.clone()),
        md: quoted.md.clone(),
        translations: quoted.translations.clone(),
        message_link: Some(link.to_owned()),
        author_name: quoted.alias.clone().filter(|alias| !alias.is_empty()).or(name),
        author_icon: username.map(|username| crate::messages::avatar_path(&username)),
        attachments: Some(inner),
        ts: Some(quoted.ts),
        ..Attachment::default()
    }
}

/// Cuts quotes within quotes below the limit.
fn shorten(attachment: &mut Attachment, depth: i64, limit: i64) {
    if attachment.message_link.is_none() {
        return;
    }
    if depth < limit - 1 {
        for inner in attachment.attachments.iter_mut().flatten() {
            shorten(inner, depth + 1, limit);
        }
    } else {
        attachment.attachments = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_this_site_name_a_message() {
        let site = "http://localhost:3000";
        assert_eq!(
            quoted_id("http://localhost:3000/channel/general?msg=abc&x=1", site).as_deref(),
            Some("abc")
        );
        assert_eq!(quoted_id("http://localhost:3000/channel/general", site), None);
        assert_eq!(quoted_id("http://elsewhere/channel/general?msg=abc", site), None);
    }

    #[test]
    fn chains_of_quotes_are_cut() {
        let link = |inner: Vec<Attachment>| Attachment {
            message_link: Some("x".into()),
            attachments: Some(inner),
            ..Attachment::default()
        };
        let mut chain = link(vec![link(vec![link(vec![])])]);
        shorten(&mut chain, 1, 3);
        assert_eq!(chain.attachments.unwrap()[0].attachments, None);
    }
}
