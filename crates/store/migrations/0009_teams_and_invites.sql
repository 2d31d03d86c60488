-- Teams: people who share a main room and the rooms that were put beside it. Who is in a team, and with which
-- roles, is who is in its main room: only what a subscription does not say has a table of its own.

CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,          -- case-folded; shares the space of usernames
    private BOOLEAN NOT NULL,
    room_id TEXT NOT NULL,              -- main room
    created_by TEXT NOT NULL,
    created_by_username TEXT,           -- for when the user is gone
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_by_name ON teams (name_folded);
CREATE UNIQUE INDEX teams_by_room ON teams (room_id);

-- Who brought a member in.
CREATE TABLE team_members (
    team_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_username TEXT,
    PRIMARY KEY (team_id, uid)
);

-- Members of the team join by themselves.
ALTER TABLE rooms ADD COLUMN team_default BOOLEAN NOT NULL DEFAULT FALSE;

-- Links with which people come into a room.
CREATE TABLE invites (
    id TEXT NOT NULL PRIMARY KEY,       -- the token
    rid TEXT NOT NULL,
    uid TEXT NOT NULL,                  -- who made it
    days BIGINT NOT NULL,               -- 0: for ever
    max_uses BIGINT NOT NULL,           -- 0: as often as wanted
    uses BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires BIGINT
);
CREATE INDEX invites_by_room ON invites (rid, uid);
