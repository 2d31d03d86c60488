//! Reading what a server says about its files: the answer to PROPFIND (RFC 4918).

use gantry_kernel::percent;
use gantry_kernel::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Entries of a folder that are listed.
const MAX_NODES: usize = 10_000;

/// A file or folder, as clients show it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Node {
    /// Path below the server's address.
    pub(super) filename: String,
    basename: String,
    lastmod: String,
    size: i64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime: Option<String>,
    etag: Option<String>,
}

/// What the answer says; `None` if it cannot be read. `base` is the path of the server's address, decoded.
pub(super) fn nodes(xml: &str, base: &str) -> Option<Vec<Node>> {
    let mut reader = Reader::from_str(xml);
    let (mut nodes, mut node, mut text) = (Vec::new(), None::<Node>, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                text.clear();
                match tag.local_name().as_ref() {
                    b"response" => node = Some(Node { kind: "file", ..Node::default() }),
                    b"collection" => folder(node.as_mut()),
                    _ => {}
                }
            }
            Event::Empty(tag) if tag.local_name().as_ref() == b"collection" => folder(node.as_mut()),
            Event::Text(part) => text.push_str(&part.xml10_content().ok()?),
            Event::CData(part) => text.push_str(&part.decode().ok()?),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(c) => text.push(c),
                None => text.push_str(quick_xml::escape::resolve_predefined_entity(&entity.decode().ok()?)?),
            },
            Event::End(tag) => {
                if tag.local_name().as_ref() == b"response" {
                    nodes.extend(node.take().filter(|node| !node.filename.is_empty()));
                    if nodes.len() >= MAX_NODES {
                        return Some(nodes);
                    }
                } else if let Some(node) = &mut node {
                    property(node, tag.local_name().as_ref(), text.trim(), base);
                }
                text.clear();
            }
            // Entities of its own are nothing that a server needs.
            Event::DocType(_) => return None,
            Event::Eof => return Some(nodes),
            _ => {}
        }
    }
}

fn folder(node: Option<&mut Node>) {
    if let Some(node) = node {
        node.kind = "directory";
        node.mime = None;
    }
}

fn property(node: &mut Node, name: &[u8], text: &str, base: &str) {
    match name {
        b"href" if node.filename.is_empty() => {
            node.filename = below(text, base);
            node.basename = node.filename.rsplit('/').next().unwrap_or_default().to_owned();
        }
        b"getlastmodified" => text.clone_into(&mut node.lastmod),
        b"getcontentlength" => node.size = text.parse().unwrap_or(0),
        b"getcontenttype" if node.kind == "file" && !text.is_empty() => node.mime = Some(text.to_owned()),
        b"getetag" if !text.is_empty() => node.etag = Some(text.trim_matches('"').to_owned()),
        _ => {}
    }
}

/// The path of an address (whole, or without the host) below `base`, decoded: `/folder/file`.
fn below(href: &str, base: &str) -> String {
    let path = match href.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => href,
    };
    let path = decode(path);
    let base = base.trim_end_matches('/');
    let rest = path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let rest = rest.unwrap_or(&path).trim_end_matches('/');
    if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
}

/// Undoes percent encoding; a path that is no text then stays as it is.
pub(super) fn decode(text: &str) -> String {
    percent::decode(text).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_told_apart() {
        let xml = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">
            <d:response><d:href>/dav/my%20files/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>
            </d:resourcetype></d:prop></d:propstat></d:response>
            <d:response><d:href>https://files.example/dav/my%20files/a&amp;b.txt</d:href><d:propstat><d:prop>
            <d:getlastmodified>Sun, 13 Mar 2016 04:23:32 GMT</d:getlastmodified><d:getcontentlength>7</d:getcontentlength>
            <d:getcontenttype>text/plain</d:getcontenttype><d:getetag>"x&#49;"</d:getetag><d:resourcetype/>
            </d:prop></d:propstat></d:response></d:multistatus>"#;
        let nodes = nodes(xml, "/dav/").unwrap();
        assert_eq!((nodes[0].filename.as_str(), nodes[0].kind), ("/my files", "directory"));
        let file = Node {
            filename: "/my files/a&b.txt".into(),
            basename: "a&b.txt".into(),
            lastmod: "Sun, 13 Mar 2016 04:23:32 GMT".into(),
            size: 7,
            kind: "file",
            mime: Some("text/plain".into()),
            etag: Some("x1".into()),
        };
        assert_eq!(nodes[1], file);
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for xml in ["<a><b></a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a/>", "<a>&unknown;</a>"] {
            assert_eq!(nodes(xml, "/"), None, "{xml}");
        }
        assert_eq!(nodes("", "/"), Some(Vec::new()));
    }
}
