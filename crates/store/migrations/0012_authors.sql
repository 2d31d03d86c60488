-- What somebody wrote and where they are mentioned: a removed or renamed user is found without reading
-- every message.

CREATE INDEX messages_by_author ON messages (uid);
CREATE INDEX message_mentions_by_target ON message_mentions (target);
