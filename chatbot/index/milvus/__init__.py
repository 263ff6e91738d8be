"""An index in Milvus: the parts of its builds that grow with the passages.

Two collections hold an index called `NAME`:

    NAME_passages_DIMENSIONS   an entity for each passage: its vector, its impacts as a sparse
                               vector, and its details (sentence vectors, sentence terms, text)
    NAME_files                 files, cut into pieces: the text of each document, the outline of
                               each build, the state of the index, and the lock of its writer

Entities are never changed. Each has the number of the document it belongs to, and of the build that
brought it. A document that changes gets a new number. A build sees the entities that it or earlier
builds brought, except those of documents that it no longer has; every search has this condition.

The *outline* of a build is a folder that each server downloads: the catalogue without texts, the
vectors of titles and documents, the rights, the term statistics, and the documents' numbers.

Publishing replaces the state, one small entity, last. A build that is killed before leaves entities
that no build sees; the next writer deletes them. Rolling back replaces the state, too.
"""
