-- End-to-end encryption: who can read what is encrypted for them. The keys themselves are in the documents of
-- users and subscriptions; these tables find them.

CREATE TABLE e2e_users (
    uid TEXT NOT NULL PRIMARY KEY,
    public_key TEXT NOT NULL
);

-- A subscription that holds a room's key, or has been offered one. A subscription that ends leaves its row
-- behind, which nothing finds then.
CREATE TABLE e2e_subscriptions (
    sub_id TEXT NOT NULL PRIMARY KEY,
    rid TEXT NOT NULL,
    uid TEXT NOT NULL,
    held BOOLEAN NOT NULL,
    suggested BOOLEAN NOT NULL
);
CREATE INDEX e2e_subscriptions_by_room ON e2e_subscriptions (rid);
CREATE INDEX e2e_subscriptions_by_user ON e2e_subscriptions (uid);

-- What auditors looked at.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    ts BIGINT NOT NULL,
    uid TEXT NOT NULL,                  -- the auditor
    doc TEXT NOT NULL                   -- JSON
);
CREATE INDEX audit_log_by_time ON audit_log (ts);
