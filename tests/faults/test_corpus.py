"""The corpus itself: every kind that the platforms have, and the same variants on every run."""

import json

import pytest
from telegram.constants import MessageType, UpdateType

from tests.faults.malformed import LEAK, WAYS, kinds, variants

NOT_CONTENT = {MessageType.BUSINESS_CONNECTION_ID, MessageType.EFFECT_ID, MessageType.SENDER_BOOST_COUNT}
"""What the library calls a type and what only stands beside one; the corpus has them as fields."""
CHANGES = {
    *("messages", "account_alerts", "account_review_update", "account_update", "business_capability_update"),
    *("message_template_status_update", "message_template_quality_update", "message_template_components_update"),
    *("template_category_update", "phone_number_name_update", "phone_number_quality_update", "security", "flows"),
    *("user_preferences", "smb_message_echoes", "smb_app_state_sync", "history", "calls", "partner_solutions"),
    *("payment_configuration_update", "tracking_events", "automatic_events", "account_settings_update"),
    *("group_lifecycle_update", "group_participants_update", "business_username_update"),
}
"""What an app can subscribe to (Meta, WhatsApp Business Platform, webhooks reference)."""
MESSAGES = {
    *("text", "image", "audio", "video", "document", "sticker", "location", "contacts", "reaction", "button"),
    *("interactive", "order", "system", "request_welcome", "unsupported", "unknown", "edit", "revoke", "ephemeral"),
}
LEAST = 2_000


def test_every_update_of_the_bot_api_is_in_the_corpus() -> None:
    found = {next(key for key in body if key != "update_id") for body in kinds("telegram").values()}
    assert {kind.value for kind in UpdateType} <= found


def test_every_content_of_a_telegram_message_is_in_the_corpus() -> None:
    fields = {
        key for body in kinds("telegram").values() for each in body.values() if isinstance(each, dict) for key in each
    }
    assert {kind.value for kind in MessageType} - {kind.value for kind in NOT_CONTENT} <= fields


def test_every_change_of_the_cloud_api_is_in_the_corpus() -> None:
    found = {
        change["field"] for body in kinds("whatsapp").values() for entry in body["entry"] for change in entry["changes"]
    }
    assert found >= CHANGES


def test_every_message_of_the_cloud_api_is_in_the_corpus() -> None:
    found = {
        message["type"]
        for body in kinds("whatsapp").values()
        for change in body["entry"][0]["changes"]
        for message in change["value"].get("messages", [])
    }
    assert found >= MESSAGES


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_every_field_is_spoiled_in_four_ways(channel: str) -> None:
    made = variants(channel)
    ways: dict[tuple[str, object], set[str]] = {}
    for each in made:
        if each.path:
            ways.setdefault((each.kind, each.path), set()).add(each.way)
    assert all(found == set(WAYS) for found in ways.values())
    assert len(made) >= LEAST


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_the_same_variants_are_made_every_time(channel: str) -> None:
    some = variants(channel, 50)
    assert [each.json(5) for each in some] == [each.json(5) for each in variants(channel, 50)]
    assert len({each.canary for each in variants(channel)}) == len(variants(channel))


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_what_people_write_can_be_searched_for(channel: str) -> None:
    for each in variants(channel):
        if each.way == "as it is" and "message_text" in each.kind:
            assert LEAK.search(each.json())
            json.loads(each.json())
