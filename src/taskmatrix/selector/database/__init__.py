"""Both indexes as tables of a PostgreSQL database, which is searched where it is."""
