"""Backups of the whole database as one file of our own, and their restoring (why: docs/backup.md)."""
