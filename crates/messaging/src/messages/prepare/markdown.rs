//! Text to the `md` tree.

use gantry_kernel::prelude::*;
use gantry_message_parser::{Katex, Options, parse};
use gantry_protocol::objects::Message;

use super::addresses;

/// Parses the text and the first file's caption. Encrypted text is left alone.
/// Upstream: `apps/meteor/server/services/messages/hooks/BeforeSaveMarkdownParser.ts`.
pub(super) fn build(ctx: &Ctx, message: &mut Message) -> Result<()> {
    if matches!(message.t.as_deref(), Some("e2e" | "otr" | "otr-ack")) {
        return Ok(());
    }
    let caption = message
        .attachments
        .as_mut()
        .and_then(|list| list.first_mut())
        .filter(|first| first.description.is_some());
    if message.msg.is_empty() && caption.is_none() {
        message.md = None;
        return Ok(());
    }
    let options = options(ctx);
    let tree = |text: &str| {
        let mut tree = serde_json::to_value(parse(text, &options)).map_err(Error::internal)?;
        addresses::defuse_tree(&mut tree);
        Ok::<_, Error>(tree)
    };
    if let Some(first) = caption {
        first.description_md = match first.description.as_deref() {
            Some(text) if !text.is_empty() => Some(tree(text)?),
            _ => None,
        };
    }
    message.md = if message.msg.is_empty() { None } else { Some(tree(&message.msg)?) };
    Ok(())
}

/// What the workspace's settings turn on.
pub(crate) fn options(ctx: &Ctx) -> Options {
    let settings = &ctx.settings;
    let domains = settings.get(keys::Message_CustomDomain_AutoLink);
    Options {
        colors: settings.get(keys::HexColorPreview_Enabled),
        emoticons: true,
        katex: settings.get(keys::Katex_Enabled).then(|| Katex {
            dollar_syntax: settings.get(keys::Katex_Dollar_Syntax),
            parenthesis_syntax: settings.get(keys::Katex_Parenthesis_Syntax),
        }),
        custom_domains: domains
            .split(',')
            .map(str::trim)
            .filter(|domain| !domain.is_empty())
            .map(str::to_owned)
            .collect(),
        now_ms: ctx.now.millis(),
    }
}
