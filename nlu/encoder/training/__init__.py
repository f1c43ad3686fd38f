"""Makes the encoder's files; run by hand in an environment of its own (`requirements.in`), never by setup."""
