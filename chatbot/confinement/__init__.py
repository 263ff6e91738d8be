"""Processes that handle untrusted files, and that may do little else."""
