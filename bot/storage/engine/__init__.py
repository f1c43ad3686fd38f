"""The database itself: sessions, keys, statements, migrations."""
