"""WhatsApp through Meta's Cloud API: a signed webhook in, a thin Graph client out."""
