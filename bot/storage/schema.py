"""Every table of every room, as the migrations must make them."""

from bot.storage.accounts import tables as accounts
from bot.storage.campaigns import tables as campaigns
from bot.storage.curation import tables as curation
from bot.storage.dialogue import tables as dialogue
from bot.storage.engine import known_value
from bot.storage.engine.base import Base
from bot.storage.figures import tables as figures
from bot.storage.guidance import tables as guidance
from bot.storage.messaging import tables as messaging
from bot.storage.privacy import tables as privacy

ROOMS = (accounts, campaigns, curation, dialogue, figures, guidance, known_value, messaging, privacy)
"""Whose import registers their tables."""
METADATA = Base.metadata
