-- Members who may be told of messages that do not name them: by highlighted words, or because they want to hear
-- of every message. Few in any room, so that sending looks at them alone.
ALTER TABLE subscriptions ADD COLUMN attentive BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE subscriptions SET attentive = TRUE WHERE doc LIKE '%"userHighlights":["%' OR doc LIKE '%Notifications":"all"%';
CREATE INDEX subscriptions_attentive ON subscriptions (rid) WHERE attentive;

-- Files made for one person to download: exports of rooms and of what the workspace knows of them.
CREATE TABLE user_data_files (
    id TEXT NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,                  -- who alone may download it
    name TEXT NOT NULL,                 -- name to save it under
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX user_data_files_by_user ON user_data_files (uid, created_at);
