"""Tests of tables, whatever format they come from."""
