-- What the server needs before any domain: settings, permissions, roles, and the memory of what was deleted.

CREATE TABLE settings (
    id TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,          -- JSON
    doc TEXT,                     -- JSON: the rest of the setting, when it differs from the built-in one
    updated_at BIGINT NOT NULL
);

CREATE TABLE permissions (
    id TEXT NOT NULL PRIMARY KEY,
    roles TEXT NOT NULL,          -- JSON array of role ids
    updated_at BIGINT NOT NULL
);

CREATE TABLE roles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    description TEXT NOT NULL,
    protected BOOLEAN NOT NULL,
    mandatory_2fa BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Deleted objects, so that clients which ask "what changed since" learn of removals.
CREATE TABLE tombstones (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT,                   -- whose list the object was on: a room id, a user id
    deleted_at BIGINT NOT NULL,
    doc TEXT,                     -- JSON: what the removal notice shows besides the id
    PRIMARY KEY (kind, id)
);

CREATE INDEX tombstones_by_owner ON tombstones (kind, owner, deleted_at);
