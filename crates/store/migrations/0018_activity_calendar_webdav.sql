-- When people are here, what they have to do, what was changed in the settings, and their places for files.

-- In which hours a user was connected or signed in; hours are numbered since 1970, in UTC.
CREATE TABLE active_hours (
    hour BIGINT NOT NULL,
    uid TEXT NOT NULL,
    PRIMARY KEY (hour, uid)
);

-- Who changed which setting.
CREATE TABLE setting_changes (
    id TEXT NOT NULL PRIMARY KEY,
    ts BIGINT NOT NULL,
    setting TEXT NOT NULL,
    actor TEXT NOT NULL,                -- user, system
    uid TEXT,
    username TEXT,
    address TEXT,
    user_agent TEXT,
    reason TEXT,                        -- why the system did it
    before TEXT,                        -- JSON; secrets are masked
    after TEXT                          -- JSON; secrets are masked
);
CREATE INDEX setting_changes_by_time ON setting_changes (ts);
CREATE INDEX setting_changes_by_setting ON setting_changes (setting, ts);

CREATE TABLE calendar_events (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    external_id TEXT,                   -- of an event that came from another calendar
    remind_at BIGINT,
    reminded BOOLEAN NOT NULL,
    busy BOOLEAN NOT NULL,              -- whether the user shows as busy meanwhile
    entered BOOLEAN NOT NULL,           -- the user was made busy for it
    doc TEXT NOT NULL                   -- JSON: what clients see
);
CREATE INDEX calendar_events_by_user ON calendar_events (uid, starts_at);
CREATE INDEX calendar_events_by_external_id ON calendar_events (uid, external_id);
CREATE INDEX calendar_events_by_reminder ON calendar_events (reminded, remind_at);
CREATE INDEX calendar_events_by_start ON calendar_events (starts_at);

-- Servers on which people keep files.
CREATE TABLE webdav_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    server_url TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT,
    password TEXT,
    token TEXT,                         -- JSON: {access_token, token_type, refresh_token?}
    created_at BIGINT NOT NULL
);
CREATE INDEX webdav_accounts_by_user ON webdav_accounts (uid);
