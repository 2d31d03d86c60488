-- Webhooks: integrations, the history of outgoing calls, and the calls that are still to be made.

CREATE TABLE integrations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,            -- webhook-incoming, webhook-outgoing
    name_folded TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    doc TEXT NOT NULL
);

CREATE TABLE integration_channels (
    channel TEXT NOT NULL,         -- as written: #name, @user, all_public_channels
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    PRIMARY KEY (channel, integration)
);

CREATE TABLE integration_urls (
    url TEXT NOT NULL,
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    PRIMARY KEY (url, integration)
);

CREATE TABLE integration_history (
    id TEXT NOT NULL PRIMARY KEY,
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX integration_history_newest ON integration_history (integration, updated_at);

CREATE TABLE integration_calls (
    id TEXT NOT NULL PRIMARY KEY,
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    facts TEXT NOT NULL,           -- what happened, as JSON
    tries BIGINT NOT NULL,         -- that failed so far
    due_at BIGINT NOT NULL,
    taken_until BIGINT NOT NULL    -- until then somebody is at it
);
CREATE INDEX integration_calls_due ON integration_calls (due_at);
