CREATE TABLE conversation_memory (
    id INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX conversation_memory_by_conversation ON conversation_memory (conversation_id);
