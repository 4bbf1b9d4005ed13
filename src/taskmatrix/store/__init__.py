"""Tables, migrations and blobs: the source of truth, in a SQLite file by default."""
