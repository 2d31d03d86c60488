-- The full-text index of messages: groups of three characters of the folded text, so that parts of words are
-- found and writing systems without spaces too. Used by the store's `search` module alone.

-- SQLite: an index without a copy of the text, keyed by the message's rowid (SQLite keeps the rowids of tables
-- that have indexes when it copies or vacuums a database). Writing a message only notes that it is due; the
-- index takes due messages in batches, and searches look at those that are still due themselves.
-- sqlite-only:
CREATE VIRTUAL TABLE message_text USING fts5(
    text, content='', contentless_delete=1, detail='none', tokenize='trigram case_sensitive 1'
);
CREATE TABLE message_text_due (n INTEGER NOT NULL PRIMARY KEY);
CREATE TRIGGER message_text_added AFTER INSERT ON messages WHEN new.folded IS NOT NULL BEGIN
    INSERT OR IGNORE INTO message_text_due (n) VALUES (new.rowid);
END;
CREATE TRIGGER message_text_changed AFTER UPDATE OF folded ON messages WHEN new.folded IS NOT old.folded BEGIN
    INSERT OR IGNORE INTO message_text_due (n) VALUES (new.rowid);
END;
CREATE TRIGGER message_text_removed AFTER DELETE ON messages WHEN old.folded IS NOT NULL BEGIN
    INSERT OR IGNORE INTO message_text_due (n) VALUES (old.rowid);
END;
INSERT INTO message_text_due (n) SELECT rowid FROM messages WHERE folded IS NOT NULL;
-- end

-- PostgreSQL: an inverted index over the same groups, which needs no extension and no locale.
-- postgres-only:
CREATE FUNCTION message_grams(t text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT COALESCE(array_agg(DISTINCT c[i] || c[i + 1] || c[i + 2]), '{}')
    FROM (SELECT string_to_array(t, NULL) AS c) s, generate_series(1, cardinality(c) - 2) i
$$;
CREATE INDEX messages_by_text ON messages USING gin (message_grams(folded)) WHERE folded IS NOT NULL;
-- end
