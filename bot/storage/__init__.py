"""Tables, repositories, the unit of work, encryption at rest, and running Alembic."""
