"""WhatsApp, end to end."""
