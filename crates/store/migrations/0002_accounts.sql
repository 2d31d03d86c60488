-- Users, their sessions and what finds them.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT,
    username_folded TEXT UNIQUE,   -- lower case; absent until a name is chosen
    name TEXT,
    name_folded TEXT,
    search TEXT NOT NULL,          -- lower case: username, name, nickname and biography, a line each
    type TEXT NOT NULL,            -- user, bot, app, unknown
    active BOOLEAN NOT NULL,
    roles TEXT NOT NULL,           -- JSON array of role ids; user_roles finds by role
    status TEXT NOT NULL,          -- what others see
    status_default TEXT NOT NULL,  -- what the user chose
    status_connection TEXT NOT NULL,
    status_text TEXT,
    created_at BIGINT NOT NULL,
    last_login BIGINT,
    updated_at BIGINT NOT NULL,
    password_hash TEXT,            -- bcrypt of the lower-case hex SHA-256 of the password
    avatar_etag TEXT,
    doc TEXT NOT NULL              -- JSON: the user without the columns above
);

CREATE INDEX users_by_name ON users (name_folded);
CREATE INDEX users_by_creation ON users (created_at);

-- Who may have which address; the addresses themselves are in the document.
CREATE TABLE user_emails (
    address_folded TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    position BIGINT NOT NULL,
    address TEXT NOT NULL,
    verified BOOLEAN NOT NULL
);

CREATE INDEX user_emails_by_user ON user_emails (uid, position);

CREATE TABLE user_roles (
    role TEXT NOT NULL,
    uid TEXT NOT NULL,
    PRIMARY KEY (role, uid)
);

CREATE INDEX user_roles_by_user ON user_roles (uid);

-- Ids in the system that a user was imported from.
CREATE TABLE user_imports (
    import_id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL
);

CREATE INDEX user_imports_by_user ON user_imports (uid);

CREATE TABLE login_tokens (
    hash TEXT NOT NULL PRIMARY KEY,      -- base64 of the SHA-256 of the token
    uid TEXT NOT NULL,
    kind TEXT NOT NULL,                  -- login, personal
    name TEXT,                           -- of a personal access token
    last_token_part TEXT,                -- its last six characters, to recognise it
    bypass_two_factor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,                   -- absent: by the setting Accounts_LoginExpiration
    two_factor_until BIGINT,             -- until then a second factor counts as given ...
    two_factor_hash TEXT,                -- ... to a client with this fingerprint
    last_used BIGINT,
    user_agent TEXT,
    address TEXT
);

CREATE INDEX login_tokens_by_user ON login_tokens (uid, kind);

-- Single-use secrets that were mailed: password resets, address confirmations, second-factor codes.
CREATE TABLE user_codes (
    purpose TEXT NOT NULL,               -- reset, enroll, verify, second-factor
    hash TEXT NOT NULL,
    uid TEXT NOT NULL,
    address TEXT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, hash)
);

CREATE INDEX user_codes_by_user ON user_codes (uid, purpose);
