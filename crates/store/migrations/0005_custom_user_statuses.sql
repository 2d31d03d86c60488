-- Statuses that a workspace offers besides online, away, busy and offline.

CREATE TABLE custom_user_statuses (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    status_type TEXT NOT NULL,     -- online, away, busy, offline; empty for none
    updated_at BIGINT NOT NULL
);
