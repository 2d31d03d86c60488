-- Threads: who follows them and who has not read them. Search: the folded text of a message.

CREATE TABLE thread_followers (
    tmid TEXT NOT NULL,
    uid TEXT NOT NULL,
    rid TEXT NOT NULL,
    PRIMARY KEY (tmid, uid)
);
CREATE INDEX thread_followers_by_room ON thread_followers (rid);

CREATE TABLE thread_unreads (
    uid TEXT NOT NULL,
    rid TEXT NOT NULL,
    tmid TEXT NOT NULL,
    ts BIGINT NOT NULL,                 -- first unread reply; orders the list
    user_mention BOOLEAN NOT NULL,      -- a reply mentions the user
    group_mention BOOLEAN NOT NULL,     -- a reply mentions everybody
    PRIMARY KEY (uid, rid, tmid)
);
CREATE INDEX thread_unreads_by_room ON thread_unreads (rid);
CREATE INDEX thread_unreads_by_thread ON thread_unreads (tmid);

ALTER TABLE messages ADD COLUMN folded TEXT; -- NULL where there is nothing to find
