"""Consent to reminders, what a person chose, and the end of it: pure, decided before everything else."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.campaigns.consent import Agency, ReminderPreferences, TimeZone
from bot.core.campaigns.segment import MAX_A_WEEK
from bot.core.dialogue.conversation import Command, Conversation, Parse, Press, TurnInput
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.replies import canned, texts
from bot.core.replies.canned import DONE_BUTTON, STOP_BUTTON, consent_button
from bot.core.replies.payload import ActionKind, ButtonAction, decode, encode
from bot.core.replies.reply import Button, Reply, bullets, heading, note, text
from bot.core.vocabulary import Channel, Stage

REMINDED = frozenset({Channel.TELEGRAM, Channel.WHATSAPP})
"""Channels on which a message can come unasked."""

INTENT = "berlangganan"

ACTS = frozenset({ActionKind.SUBSCRIBE, ActionKind.CONSENT, ActionKind.SETTING})


def is_about_reminders(heard: TurnInput) -> bool:
    """Say whether something is for this module; ending them is not, that is decided on every channel."""
    match heard:
        case Command():
            return heard is Command.SUBSCRIBE
        case Press():
            choice = decode(heard.payload)
            return choice is not None and choice.act in ACTS
        case Parse():
            is_sure = heard.confidence >= heard.bands.answer and heard.out_of_scope < heard.bands.out_of_scope
            return heard.intent == INTENT and is_sure
        case _:
            return False


def decide_subscription(
    conversation: Conversation, heard: TurnInput, current: ReminderPreferences | None, agencies: Mapping[str, Agency]
) -> Decision | None:
    """Decide a turn about reminders, None for anything else.

    Args:
        current: what the person agreed to before, None when nothing.
        agencies: by code.
    """
    if not is_about_reminders(heard):
        return None
    choice = decode(heard.payload) if isinstance(heard, Press) else None
    act, subject = (choice.act, choice.target) if choice is not None else (ActionKind.SUBSCRIBE, "")
    match act:
        case ActionKind.CONSENT:
            agreed = current or ReminderPreferences(method="button", text_version=texts.CONSENT_VERSION)
            agreed = _under(agreed, agencies.get(subject))
            return _kept(conversation, agreed, agencies, texts.SUBSCRIBED)
        case ActionKind.SETTING if current is not None:
            return _changed(conversation, current, subject, agencies)
        case ActionKind.SUBSCRIBE if current is not None:
            invited = agencies.get(subject)
            if invited is not None and current.agency != invited.code:
                return _said(conversation, _question(invited))
            return _said(conversation, _settings(current, agencies))
        case _:
            return _said(conversation, _question(agencies.get(subject)))


def _changed(
    conversation: Conversation, current: ReminderPreferences, subject: str, agencies: Mapping[str, Agency]
) -> Decision:
    kind, _, value = subject.partition("-")
    match kind:
        case "zone" if value in set(TimeZone):
            return _kept(conversation, replace(current, zone=TimeZone(value)), agencies)
        case "role" if value in texts.ROLES:
            return _kept(conversation, replace(current, role=value), agencies)
        case "agency" if value in agencies:
            return _kept(conversation, _under(current, agencies[value]), agencies)
        case "agency":
            return _said(conversation, _agency_menu(agencies))
        case "stage" if value in set(Stage):
            # Nothing left would be an opt-out without saying so; everything is meant then.
            stages = (current.stages ^ {Stage(value)}) or frozenset(Stage)
            changed = replace(current, stages=stages)
            return replace(_said(conversation, _stage_menu(changed)), subscribe=changed)
        case "stage":
            return _said(conversation, _stage_menu(current))
        case _:
            return _said(conversation, canned.menu_hint(texts.STALE_BUTTON))


def _under(subscription: ReminderPreferences, agency: Agency | None) -> ReminderPreferences:
    """Put a person under an agency; its region and time zone come with it."""
    if agency is None:
        return subscription
    method = "link" if subscription.agency is None else subscription.method
    return replace(subscription, agency=agency.code, region=agency.region, zone=agency.zone, method=method)


def _kept(
    conversation: Conversation,
    subscription: ReminderPreferences,
    agencies: Mapping[str, Agency],
    lead: str | None = None,
) -> Decision:
    return replace(_said(conversation, _settings(subscription, agencies, lead)), subscribe=subscription)


def _said(conversation: Conversation, reply: Reply) -> Decision:
    return Decision(kind=DecisionKind.SMALLTALK, reply=reply, conversation=replace(conversation, options=()))


def _question(agency: Agency | None) -> Reply:
    """Ask for consent, naming the organisation where its link was followed."""
    words = [text(each.format(most=MAX_A_WEEK)) for each in texts.CONSENT]
    if agency is not None:
        words.append(text(texts.CONSENT_AGENCY.format(agency=agency.name)))
    return Reply(
        paragraphs=(heading(texts.CONSENT_TITLE), *words),
        buttons=(
            consent_button(agency.code if agency is not None else ""),
            Button(label=texts.BUTTON_NOT_NOW, payload=encode(ButtonAction(act=ActionKind.MENU))),
        ),
    )


def _settings(subscription: ReminderPreferences, agencies: Mapping[str, Agency], lead: str | None = None) -> Reply:
    agency = agencies.get(subscription.agency or "")
    is_everything = subscription.stages == frozenset(Stage)
    stages = texts.EVERY_STAGE if is_everything else ", ".join(_names(subscription))
    lines = (
        texts.SETTINGS_STAGES.format(stages=stages),
        texts.SETTINGS_ZONE.format(zone=subscription.zone.value),
        texts.SETTINGS_AGENCY.format(agency=agency.name if agency is not None else texts.NOT_CHOSEN),
        texts.SETTINGS_ROLE.format(role=subscription.role or texts.NOT_CHOSEN),
    )
    first = (text(lead),) if lead is not None else ()
    zones = [_setting(zone.value, "zone", zone.value) for zone in TimeZone if zone is not subscription.zone]
    roles = [_setting(role, "role", role) for role in texts.ROLES if role != subscription.role]
    others = [_setting(texts.BUTTON_AGENCY, "agency", "")] if agencies else []
    return Reply(
        paragraphs=(*first, heading(texts.SETTINGS_TITLE), bullets(lines)),
        buttons=(_setting(texts.BUTTON_STAGES, "stage", ""), *others, *zones, *roles, STOP_BUTTON),
    )


def _stage_menu(subscription: ReminderPreferences) -> Reply:
    buttons = [
        _setting(
            f"{'✅' if stage in subscription.stages else '▫️'} {texts.STAGE_NAMES[stage]}"[:20], "stage", stage.value
        )
        for stage in Stage
    ]
    chosen = note(texts.SETTINGS_STAGES.format(stages=", ".join(_names(subscription))))
    return Reply(paragraphs=(text(texts.CHOOSE_STAGES), chosen), buttons=(*buttons, DONE_BUTTON))


def _agency_menu(agencies: Mapping[str, Agency]) -> Reply:
    buttons = [_setting(agency.name[:20], "agency", agency.code) for agency in agencies.values()]
    return Reply(paragraphs=(text(texts.CHOOSE_AGENCY),), buttons=(*buttons, DONE_BUTTON))


def _names(subscription: ReminderPreferences) -> list[str]:
    return [texts.STAGE_NAMES[stage] for stage in Stage if stage in subscription.stages]


def _setting(label: str, kind: str, value: str) -> Button:
    return Button(label=label, payload=encode(ButtonAction(act=ActionKind.SETTING, target=f"{kind}-{value}")))
