-- Sending looks at the attentive members of a room in the order of their ids. Without the id in it, the planner
-- prefers the index of all members, and a message costs the more the larger its room is.
DROP INDEX subscriptions_attentive;
CREATE INDEX subscriptions_attentive ON subscriptions (rid, uid) WHERE attentive;

-- Audits read the messages of an author from a time on.
CREATE INDEX messages_by_author_in_time ON messages (uid, ts);
