-- Files in rooms. Their bytes are in the file store, under storage_key.

CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    rid TEXT NOT NULL,
    uid TEXT,                           -- who sent it; empty for visitors
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- media type
    type_group TEXT NOT NULL,           -- image, audio, text, ...; thumb for a preview picture
    size BIGINT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    expires_at BIGINT,                  -- no message shows it yet: removed then
    hidden BOOLEAN NOT NULL,            -- its message is hidden
    mid TEXT,                           -- the message that shows it
    original TEXT,                      -- of a preview picture: the picture
    storage_key TEXT NOT NULL,
    preview TEXT,                       -- tiny JPEG, base64
    doc TEXT NOT NULL                   -- JSON, as clients see it
);
CREATE INDEX uploads_by_room ON uploads (rid, type_group, uploaded_at);
CREATE INDEX uploads_unconfirmed ON uploads (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX uploads_by_message ON uploads (mid) WHERE mid IS NOT NULL;
CREATE INDEX uploads_by_original ON uploads (original) WHERE original IS NOT NULL;

-- Bytes that nothing names any more. They are written here in the transaction that forgets them and removed
-- from the file store after it, so that none stays behind when the server stops in between.
CREATE TABLE file_removals (
    storage_key TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
