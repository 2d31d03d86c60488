-- Small pictures and sounds of the workspace: avatars, custom emoji, custom sounds, assets. They are kept here
-- and not with the uploaded files, so that a picture and what names it (`avatarETag`, an emoji, a setting)
-- change in one commit. `bytes` is the last column: looking at the others does not read it.

CREATE TABLE media (
    area TEXT NOT NULL,            -- user-avatar, room-avatar, emoji, sound, asset
    name TEXT NOT NULL,            -- user id, room id, file name, asset name
    content_type TEXT NOT NULL,
    etag TEXT NOT NULL,            -- of the content
    uploaded_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (area, name)
);

CREATE TABLE custom_emoji (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    aliases TEXT NOT NULL,         -- JSON array
    extension TEXT NOT NULL,
    etag TEXT,                     -- absent until a file is there
    updated_at BIGINT NOT NULL
);

-- Every name and alias once.
CREATE TABLE custom_emoji_names (
    name TEXT NOT NULL PRIMARY KEY,
    emoji TEXT NOT NULL
);
CREATE INDEX custom_emoji_names_emoji ON custom_emoji_names (emoji);

-- What clients that saw them have to forget.
CREATE TABLE custom_emoji_removed (
    id TEXT NOT NULL PRIMARY KEY,
    doc TEXT NOT NULL,             -- as it was
    removed_at BIGINT NOT NULL
);

CREATE TABLE custom_sounds (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    extension TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
