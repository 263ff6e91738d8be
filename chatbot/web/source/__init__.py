"""The source viewer: a document as text or as pages, with the cited span marked."""
