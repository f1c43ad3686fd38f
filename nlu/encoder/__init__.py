"""The sentence encoder: how it is run, and in `making` how it is made."""
