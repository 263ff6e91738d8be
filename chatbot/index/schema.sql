-- The catalogue of a build. Offsets count characters of documents.text; rows count from 0 and
-- are the same in every file of the build.

CREATE TABLE files (
    file        INTEGER PRIMARY KEY,
    path        TEXT NOT NULL UNIQUE,     -- from the corpus, with forward slashes
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    skipped     TEXT,                     -- the kind of reason; NULL if it is in the index
    detail      TEXT NOT NULL,            -- of the reason, in English
    media_type  TEXT NOT NULL             -- empty if it couldn't be opened
);

CREATE TABLE parts (                      -- files inside files that aren't in the index
    file    INTEGER NOT NULL REFERENCES files,
    path    TEXT NOT NULL,                -- starts with the path of the file
    skipped TEXT NOT NULL,                -- the kind of reason
    detail  TEXT NOT NULL                 -- of the reason, in English
);
CREATE INDEX parts_by_file ON parts (file);

CREATE TABLE documents (
    doc         INTEGER PRIMARY KEY,
    doc_id      TEXT NOT NULL UNIQUE,
    file        INTEGER NOT NULL REFERENCES files,
    title       TEXT NOT NULL,
    source      TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    author      TEXT,
    date        TEXT,
    language    TEXT,
    extra       TEXT NOT NULL,            -- JSON object
    structure   TEXT NOT NULL,            -- JSON: blocks, furniture, pages
    runs        BLOB NOT NULL,            -- the text's places on the pages, see packed_runs.py
    text        TEXT NOT NULL
);
CREATE INDEX documents_by_file ON documents (file);
CREATE INDEX documents_by_title ON documents (title);
-- For filters: scanning the rows themselves would read every text.
CREATE INDEX documents_by_date ON documents (date);
CREATE INDEX documents_by_language ON documents (language);
CREATE INDEX documents_by_source ON documents (source);

CREATE TABLE versions (                   -- how versions of a document are found, see text/versions.py
    doc       INTEGER PRIMARY KEY REFERENCES documents,
    file_key  TEXT NOT NULL,              -- the file's name without the version; may be empty
    title_key TEXT NOT NULL,
    sketch    BLOB NOT NULL
);
CREATE INDEX versions_by_file ON versions (file_key);
CREATE INDEX versions_by_title ON versions (title_key);

CREATE TABLE tags (
    doc INTEGER NOT NULL REFERENCES documents,
    tag TEXT NOT NULL,
    PRIMARY KEY (doc, tag)
) WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags (tag);

CREATE TABLE passages (
    row            INTEGER PRIMARY KEY,
    doc            INTEGER NOT NULL REFERENCES documents,
    ordinal        INTEGER NOT NULL,
    start          INTEGER NOT NULL,
    stop           INTEGER NOT NULL,
    section        TEXT NOT NULL,         -- JSON list of headings
    pages          TEXT NOT NULL,         -- JSON list of numbers
    lead           TEXT NOT NULL,         -- JSON: start, stop, text of header rows before the passage
    heads          BLOB NOT NULL,         -- spans of the header rows in it, as int32 pairs
    sentences      BLOB NOT NULL,         -- int32 pairs
    language       TEXT,                  -- NULL if it can't be told
    first_sentence INTEGER NOT NULL,      -- row in sentences.npy
    embedded       BLOB NOT NULL          -- hash of everything that its vectors are made from
);
CREATE INDEX passages_by_doc ON passages (doc);
CREATE INDEX passages_by_embedded ON passages (embedded);
