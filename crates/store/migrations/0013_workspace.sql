-- Moderation, OAuth applications, statistics, banners, push tokens.

ALTER TABLE moderation_reports ADD COLUMN search TEXT NOT NULL DEFAULT '';      -- lower case: text, description and names, a line each
ALTER TABLE moderation_reports ADD COLUMN search_text TEXT NOT NULL DEFAULT ''; -- lower case: the reported message's text
ALTER TABLE moderation_reports ADD COLUMN outcome TEXT;                         -- JSON: who dealt with it, when, why

-- Applications that people let act for them.
CREATE TABLE oauth_apps (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    client_secret TEXT NOT NULL,        -- in the clear: administrators look it up
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    redirect_uri TEXT NOT NULL,         -- several separated by commas
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,           -- JSON: _id, username
    updated_at BIGINT NOT NULL,
    updated_by TEXT                     -- JSON: _id, username
);

CREATE TABLE oauth_codes (
    hash TEXT NOT NULL PRIMARY KEY,     -- base64 of the SHA-256 of the code
    client_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT,                     -- PKCE, S256
    used BOOLEAN NOT NULL,              -- a second use ends what the first one gave out
    expires_at BIGINT NOT NULL
);

CREATE TABLE oauth_tokens (
    hash TEXT NOT NULL PRIMARY KEY,     -- base64 of the SHA-256 of the access token
    refresh_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    code_hash TEXT NOT NULL,            -- the code that it goes back to
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_tokens_by_user ON oauth_tokens (uid);
CREATE INDEX oauth_tokens_by_client ON oauth_tokens (client_id);
CREATE INDEX oauth_tokens_by_code ON oauth_tokens (code_hash);

-- The workspace in numbers, day by day.
CREATE TABLE statistics (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    doc TEXT NOT NULL                   -- JSON
);
CREATE INDEX statistics_by_time ON statistics (created_at);

CREATE TABLE banners (
    id TEXT NOT NULL PRIMARY KEY,
    active BOOLEAN NOT NULL,
    start_at BIGINT NOT NULL,
    expire_at BIGINT NOT NULL,
    doc TEXT NOT NULL                   -- JSON
);
CREATE INDEX banners_by_time ON banners (active, expire_at);

CREATE TABLE banner_dismissals (
    uid TEXT NOT NULL,
    banner TEXT NOT NULL,
    ts BIGINT NOT NULL,
    PRIMARY KEY (uid, banner)
);

-- Devices that notifications can be pushed to.
CREATE TABLE push_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,                 -- apn, gcm
    value TEXT NOT NULL,
    app_name TEXT NOT NULL,
    uid TEXT,
    auth_token TEXT,                    -- hash of the login that the device uses
    enabled BOOLEAN NOT NULL,
    voip_token TEXT,
    metadata TEXT,                      -- JSON
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX push_tokens_by_value ON push_tokens (kind, value, app_name);
CREATE INDEX push_tokens_by_user ON push_tokens (uid);
