-- Rooms, who is in them, and what was said.

CREATE TABLE rooms (
    id TEXT NOT NULL PRIMARY KEY,
    t TEXT NOT NULL,                    -- c, p, d, l
    name TEXT,                          -- slug; none for direct rooms
    name_folded TEXT,                   -- case-folded, unique among the rooms that have a name
    fname TEXT,                         -- shown name
    fname_folded TEXT,
    uid TEXT,                           -- creator
    dm_key TEXT,                        -- direct rooms: the sorted member ids
    prid TEXT,                          -- discussion: the parent room
    team_id TEXT,
    team_main BOOLEAN NOT NULL,
    is_default BOOLEAN NOT NULL,
    archived BOOLEAN NOT NULL,
    broadcast BOOLEAN NOT NULL,
    encrypted BOOLEAN NOT NULL,
    featured BOOLEAN NOT NULL,          -- listed first in the directory
    join_code TEXT,                     -- never part of the document, so that it cannot leave with it
    ts BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,         -- any change, the last message included
    meta_at BIGINT NOT NULL,            -- a change that the members' subscriptions show
    msgs BIGINT NOT NULL,
    users_count BIGINT NOT NULL,
    seq BIGINT NOT NULL,                -- grows with every message that makes the room unread
    lm BIGINT,
    last_message TEXT,                  -- JSON
    doc TEXT NOT NULL                   -- JSON: the room without the columns that messages change
);
CREATE UNIQUE INDEX rooms_by_name ON rooms (name_folded);
CREATE UNIQUE INDEX rooms_by_dm_key ON rooms (dm_key);
CREATE INDEX rooms_by_type ON rooms (t, name_folded);
CREATE INDEX rooms_by_parent ON rooms (prid);
CREATE INDEX rooms_by_team ON rooms (team_id);
CREATE INDEX rooms_default ON rooms (id) WHERE is_default;

CREATE TABLE subscriptions (
    id TEXT NOT NULL PRIMARY KEY,
    rid TEXT NOT NULL,
    uid TEXT NOT NULL,
    ts BIGINT NOT NULL,                 -- joined at
    updated_at BIGINT NOT NULL,         -- own changes; what the room adds is derived
    open BOOLEAN NOT NULL,              -- as the user left it; a later message opens it
    hidden_seq BIGINT NOT NULL,         -- the room's seq when the user closed it
    read_seq BIGINT NOT NULL,           -- the room's seq up to which the user has read
    alert BOOLEAN NOT NULL,             -- set by hand or by a thread; a newer message alerts by itself
    unread BIGINT NOT NULL,
    user_mentions BIGINT NOT NULL,
    group_mentions BIGINT NOT NULL,
    ls BIGINT,
    lr BIGINT,
    favorite BOOLEAN NOT NULL,
    roles TEXT,                         -- JSON array of role ids in this room
    doc TEXT NOT NULL                   -- JSON: everything else
);
CREATE UNIQUE INDEX subscriptions_by_room ON subscriptions (rid, uid);
CREATE INDEX subscriptions_by_user ON subscriptions (uid, updated_at);
-- Only the few members who hold a role in a room: owners and the like are looked up without its size.
CREATE INDEX subscriptions_with_roles ON subscriptions (rid) WHERE roles IS NOT NULL;

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    rid TEXT NOT NULL,
    ts BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    uid TEXT NOT NULL,
    t TEXT,                             -- system message type
    tmid TEXT,                          -- thread parent
    tshow BOOLEAN NOT NULL,             -- thread reply also shown in the room
    tcount BIGINT NOT NULL,             -- replies, on thread parents
    tlm BIGINT,                         -- last reply, on thread parents
    pinned BOOLEAN NOT NULL,
    hidden BOOLEAN NOT NULL,            -- kept but not listed
    drid TEXT,                          -- discussion that it opens
    doc TEXT NOT NULL                   -- JSON: the whole message
);
CREATE INDEX messages_by_room ON messages (rid, ts);
CREATE INDEX messages_by_change ON messages (rid, updated_at);
CREATE INDEX messages_by_thread ON messages (tmid, ts) WHERE tmid IS NOT NULL;
CREATE INDEX messages_thread_parents ON messages (rid, tlm) WHERE tcount > 0;
CREATE INDEX messages_pinned ON messages (rid, ts) WHERE pinned;

CREATE TABLE message_stars (
    uid TEXT NOT NULL,
    mid TEXT NOT NULL,
    rid TEXT NOT NULL,
    PRIMARY KEY (uid, mid)
);
CREATE INDEX message_stars_by_message ON message_stars (mid);

-- Who was mentioned where: a user id, or all, here.
CREATE TABLE message_mentions (
    rid TEXT NOT NULL,
    target TEXT NOT NULL,
    ts BIGINT NOT NULL,
    mid TEXT NOT NULL,
    PRIMARY KEY (rid, target, ts, mid)
);
CREATE INDEX message_mentions_by_message ON message_mentions (mid);
