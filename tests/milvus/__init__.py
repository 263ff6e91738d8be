"""Tests of an index in Milvus, against a real server."""
