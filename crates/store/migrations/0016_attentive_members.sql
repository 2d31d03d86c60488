-- Members who may be told of messages that do not name them: by highlighted words, or because they want to hear
-- of every message. Few in any room, so that sending looks at them alone.
ALTER TABLE subscriptions ADD COLUMN attentive BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE subscriptions SET attentive = TRUE WHERE doc LIKE '%"userHighlights":["%' OR doc LIKE '%Notifications":"all"%';
CREATE INDEX subscriptions_attentive ON subscriptions (rid) WHERE attentive;
