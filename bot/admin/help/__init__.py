"""Pages that explain the admin."""
