"""The web chat: a page that works without a script, and better with one."""
