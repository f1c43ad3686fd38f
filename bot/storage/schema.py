"""Every table of every room, as the migrations must make them."""

from bot.storage import (
    admin_tables,
    campaign_tables,
    curation_tables,
    dialogue_tables,
    figures_tables,
    guidance_tables,
    known_value,
    messaging_tables,
    privacy_tables,
)
from bot.storage.tables import Base

ROOMS = (
    admin_tables,
    campaign_tables,
    curation_tables,
    dialogue_tables,
    figures_tables,
    guidance_tables,
    known_value,
    messaging_tables,
    privacy_tables,
)
"""Whose import registers their tables."""
METADATA = Base.metadata
