//! Media types by file name, for files that come without one.

/// `(extension, media type)`. The first extension of a type is the one that a file of it gets.
const KINDS: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("ico", "image/x-icon"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("heic", "image/heic"),
    ("avif", "image/avif"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("flac", "audio/flac"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("weba", "audio/webm"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("mov", "video/quicktime"),
    ("avi", "video/x-msvideo"),
    ("mkv", "video/x-matroska"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("lst", "text/plain"),
    ("conf", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("js", "application/javascript"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("yaml", "text/yaml"),
    ("yml", "text/yaml"),
    ("pdf", "application/pdf"),
    ("rtf", "application/rtf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("tar", "application/x-tar"),
    ("7z", "application/x-7z-compressed"),
    ("rar", "application/vnd.rar"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("ics", "text/calendar"),
    ("vcf", "text/vcard"),
    ("eml", "message/rfc822"),
    ("apk", "application/vnd.android.package-archive"),
    ("wasm", "application/wasm"),
];

/// The media type that a file of this name has; `application/octet-stream` if nobody knows.
pub fn kind_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    KINDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension))
        .map_or("application/octet-stream", |(_, kind)| kind)
}

/// The media type that a file is taken for: what the client says, unless it says nothing useful or the name
/// says the same more plainly. Upstream: `getMimeType` in `apps/meteor/app/utils/lib/mimeTypes.ts`.
pub fn settled_kind(said: &str, name: &str) -> String {
    let by_name = kind_of(name);
    let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let useful = essence.split_once('/').is_some_and(|(group, sub)| !group.is_empty() && !sub.is_empty());
    if !useful || essence == "application/octet-stream" { by_name.to_owned() } else { essence }
}

/// Whether a name ends as names of files of this media type do, or nobody knows how they do.
pub fn name_fits(name: &str, kind: &str) -> bool {
    kind == "application/octet-stream" || extension_of(kind).is_none() || kind_of(name) == kind
}

/// The extension of files of a media type, without the dot.
pub fn extension_of(kind: &str) -> Option<&'static str> {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    KINDS.iter().find(|(_, known)| known.eq_ignore_ascii_case(kind)).map(|(extension, _)| *extension)
}
