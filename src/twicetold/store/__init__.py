"""The store: what outlives a run, in a schema of its own on PostgreSQL, or in one SQLite file."""
