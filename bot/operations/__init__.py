"""Setting up, health, and what else keeps the service running."""
