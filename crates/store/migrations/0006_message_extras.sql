-- Who read what when, reports to moderators, and the messages that discussions hang on.

-- One row each time somebody who had something unread reads a room or (tmid) a thread: everything up to `at`
-- is read. Kept only while the workspace stores read receipts.
CREATE TABLE message_reads (
    rid TEXT NOT NULL,
    tmid TEXT NOT NULL,                 -- empty for the room itself
    uid TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (rid, tmid, uid, at)
);

CREATE TABLE moderation_reports (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,                 -- message, user
    ts BIGINT NOT NULL,
    uid TEXT NOT NULL,                  -- who is reported
    mid TEXT,
    rid TEXT,
    reporter TEXT NOT NULL,
    hidden BOOLEAN NOT NULL,            -- dismissed or dealt with
    doc TEXT NOT NULL                   -- JSON
);
CREATE INDEX moderation_reports_by_user ON moderation_reports (uid, ts);
CREATE INDEX moderation_reports_by_message ON moderation_reports (mid, ts);
CREATE INDEX moderation_reports_by_time ON moderation_reports (kind, ts);

CREATE INDEX messages_by_discussion ON messages (drid) WHERE drid IS NOT NULL;
CREATE INDEX messages_discussions ON messages (rid, ts) WHERE drid IS NOT NULL;
