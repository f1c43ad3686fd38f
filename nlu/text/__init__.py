"""Pure functions on Indonesian chat text; no Rasa, no files."""
