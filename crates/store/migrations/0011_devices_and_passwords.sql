-- What the list of devices shows of a login, passwords that may not come again, one-time ways in, and the
-- archives that people ask for.

ALTER TABLE login_tokens ADD COLUMN session_id TEXT;   -- absent until the login is used by a client
ALTER TABLE login_tokens ADD COLUMN login_at BIGINT;   -- last login or return
ALTER TABLE login_tokens ADD COLUMN host TEXT;         -- name under which the client reached the server
ALTER TABLE login_tokens ADD COLUMN device TEXT;       -- JSON: {type, name, longVersion, os: {name, version}, version}
ALTER TABLE login_tokens ADD COLUMN device_name TEXT;
ALTER TABLE login_tokens ADD COLUMN os_name TEXT;
ALTER TABLE login_tokens ADD COLUMN os_version TEXT;
ALTER TABLE login_tokens ADD COLUMN session_search TEXT; -- lower case: what the list of devices is searched by
CREATE UNIQUE INDEX login_tokens_by_session ON login_tokens (session_id);
CREATE INDEX login_tokens_by_login ON login_tokens (login_at);

-- Hashes of passwords that a user had, newest last.
CREATE TABLE password_history (
    uid TEXT NOT NULL,
    at BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (uid, at, hash)
);

-- A second factor that is asked for after a login by another service.
CREATE TABLE two_factor_challenges (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    method TEXT NOT NULL,              -- totp, email
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX two_factor_challenges_by_time ON two_factor_challenges (expires_at);

-- Archives of what a user has said, as the user asked for them.
CREATE TABLE data_exports (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    full_export BOOLEAN NOT NULL,      -- with files and as JSON
    status TEXT NOT NULL,              -- pending, exporting, completed, failed
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    file_id TEXT
);
CREATE INDEX data_exports_by_user ON data_exports (uid, full_export, created_at);
CREATE INDEX data_exports_by_status ON data_exports (status, created_at);
