"""Decide one turn: pure, from what was heard, what is remembered, the guidance and the day."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.core.dialogue.conversation import (
    ORDINAL_ENTITY,
    PRESSURE_ENTITY,
    Command,
    Conversation,
    Parse,
    Press,
    Search,
    Thumb,
    TurnInput,
)
from bot.core.dialogue.decision import ConfidenceBand, Decision, DecisionKind
from bot.core.dialogue.evidence import (
    OPINION_INTENT,
    OUT_OF_SCOPE_INTENT,
    PRESSURE_TOPIC,
    act_under_pressure,
    confidence_band,
    likely_intents,
    questions_asked,
    resolve_ordinal,
    slots_in,
    sounds_like_opinion,
)
from bot.core.dialogue.feedback import on_feedback
from bot.core.dialogue.follow_up import CHANGED_SITUATION_INTENT, is_slot_only, named_aspect
from bot.core.dialogue.topic_search import search
from bot.core.dialogue.votes import About, Answered
from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.legal_day import legal_day
from bot.core.replies import answer, canned, texts
from bot.core.replies.payload import ActionKind, ButtonAction, decode
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Aspect, Slot, Stage, Unreadable

SANCTION_TOPIC = "sanksi_etik_disiplin"
LEGAL_BASIS_TOPIC = "dasar_hukum"
MAX_OPTIONS = 3
SHORT_FOLLOW_UP_WORDS = 5
NOT_THAT_MENU = canned.menu_hint(texts.NOT_THAT_MENU)
LASTING_SLOTS = (Slot.ROLE, Slot.STAGE, Slot.ELECTION)
"""What a person said of themselves or of the time stays true when the topic changes."""


def decide(
    conversation: Conversation,
    heard: TurnInput,
    guidance: GuidanceBook,
    stage: Stage | None,
    now: datetime,
    about: About = None,
) -> Decision:
    """Decide what to say to what was heard.

    Args:
        heard: a parse, or what came instead of one.
        stage: the election stage of the calendar, None when no election runs.
        now: aware; its date decides which answers may be sent.
        about: what a yes or no stands under.
    """
    decision = _decided(_TurnContext(conversation, guidance, stage, legal_day(now), about), heard)
    if decision.erase:
        return decision
    # Rules make fresh conversations for a new topic; who voted on what is no part of a topic.
    kept = replace(
        decision.conversation,
        votes=decision.conversation.votes or conversation.votes,
        shown=conversation.shown,
        loop=conversation.loop,
        pressed=conversation.pressed,
    )
    return replace(decision, conversation=kept)


def _decided(turn: "_TurnContext", heard: TurnInput) -> Decision:
    match heard:
        case Parse():
            decision = turn.on_parse(heard)
            return replace(decision, intent=heard.intent, confidence=heard.confidence, band=confidence_band(heard))
        case Press():
            return turn.on_press(heard)
        case Command():
            return turn.on_command(heard)
        case Search():
            return turn.on_search(heard)
        case Thumb():
            helpful = heard is Thumb.UP
            meant = "umpan_balik_positif" if helpful else "umpan_balik_negatif"
            return replace(turn.on_feedback(helpful=helpful), intent=meant)
        case Unreadable():
            return turn.not_heard(heard)


class _TurnContext:
    """One turn being decided; holds what every rule needs, changes nothing."""

    def __init__(
        self, conversation: Conversation, guidance: GuidanceBook, stage: Stage | None, today: date, about: About
    ) -> None:
        self._conversation = conversation
        self._guidance = guidance
        self._stage = stage
        self._today = today
        self._about = about

    # What was heard

    def on_parse(self, parse: Parse) -> Decision:
        follow_up = self._bare_follow_up(parse)
        if follow_up is not None:
            return follow_up
        asked = questions_asked(parse, self._guidance.topics)
        if confidence_band(parse) is ConfidenceBand.FALLBACK and len(asked) < 2:
            # Whatever words or entities stand in it, nothing was understood that could be decided on.
            return self.unknown()
        not_ours = self._not_ours(parse)
        if not_ours is not None:
            return not_ours
        if parse.values(PRESSURE_ENTITY) and confidence_band(parse) is not ConfidenceBand.FALLBACK:
            return self._under_pressure(parse)
        if len(asked) > 1:
            return self._on_several(parse, asked)
        if self._is_changed_situation(parse):
            return self._change_situation(parse)
        if parse.intent in self._guidance.topics:
            return self._on_topic(parse)
        said = self._fixed().get(parse.intent)
        if said is not None:
            return self.say(*said)
        rule = self._rules().get(parse.intent)
        return rule(parse) if rule else self.unknown()

    def _not_ours(self, parse: Parse) -> Decision | None:
        """Decide what is none of ours, surely or likely."""
        if sounds_like_opinion(parse):
            return self.say(*self._fixed()[OPINION_INTENT])
        if self._is_out_of_scope(parse):
            return self.unknown()
        is_opinion = parse.intent == OPINION_INTENT and not parse.values(PRESSURE_ENTITY)
        if parse.intent == OUT_OF_SCOPE_INTENT or is_opinion:
            # Likely none of ours, but not surely: the person decides.
            return self._clarify(parse)
        return None

    def _bare_follow_up(self, parse: Parse) -> Decision | None:
        """Decide what says nothing of its own but an aspect or a situation, while a topic is talked about."""
        if self._conversation.topic is None:
            return None
        aspect = named_aspect(parse)
        if aspect is not None:
            return self._aspect(parse, aspect, None)
        if is_slot_only(parse, self._conversation.topic):
            return self._change_situation(parse)
        return None

    def on_press(self, press: Press) -> Decision:
        choice = decode(press.payload)
        if choice is None:
            return self.say(DecisionKind.FALLBACK, canned.menu_hint(texts.STALE_BUTTON))
        match choice.act:
            case ActionKind.MENU:
                return self.say(DecisionKind.SMALLTALK, canned.menu(self._guidance))
            case ActionKind.GROUP:
                return self._group(choice.target)
            case ActionKind.STOP:
                return self._stop()
            case ActionKind.SUBSCRIBE | ActionKind.CONSENT | ActionKind.SETTING | ActionKind.TRIAL:
                # Only where nothing can be sent unasked; elsewhere `subscription.py` has decided before.
                return self.say(DecisionKind.SMALLTALK, canned.REPLIES["berlangganan"])
            case ActionKind.PRIVACY:
                return self.say(DecisionKind.SMALLTALK, canned.privacy(self._guidance))
            case ActionKind.NONE_OF_THESE:
                return self.say(DecisionKind.FALLBACK, NOT_THAT_MENU, replace(self._conversation, alternatives=()))
            case ActionKind.HELPFUL | ActionKind.UNHELPFUL:
                about = Answered(topic=choice.target, version=choice.number)
                return self.on_feedback(helpful=choice.act is ActionKind.HELPFUL, about=about)
            case _:
                return self._on_topic_button(choice)

    def on_command(self, command: Command) -> Decision:
        if command is Command.ERASE:
            return replace(self.say(DecisionKind.SMALLTALK, canned.erased(), Conversation()), erase=True)
        if command is Command.STOP:
            # "stop" alone is heard without the NLU; it means what the NLU would have made of it.
            return replace(self._stop(), intent="berhenti_langganan")
        replies = {
            Command.START: canned.greeting(),
            Command.HELP: canned.help_text(),
            Command.TOPICS: canned.menu(self._guidance),
            Command.PRIVACY: canned.privacy(self._guidance),
            Command.SUBSCRIBE: canned.REPLIES["berlangganan"],
        }
        return self.say(DecisionKind.SMALLTALK, replies[command])

    def _stop(self) -> Decision:
        return replace(self.say(DecisionKind.SMALLTALK, canned.unsubscribed()), withdraw=True)

    def on_search(self, wanted: Search) -> Decision:
        found = search(self._guidance.topics.values(), wanted.words)
        answerable = self._answerable(tuple(topic.id for topic in found))
        topics = tuple(self._guidance.topics[topic] for topic in answerable)
        return self.say(DecisionKind.SMALLTALK, canned.search_result(topics))

    def on_feedback(self, *, helpful: bool, about: About = None) -> Decision:
        return on_feedback(self._conversation, self._guidance, about or self._about, self._today, helpful=helpful)

    # Topics

    def _on_topic(self, parse: Parse) -> Decision:
        band = confidence_band(parse)
        if band is ConfidenceBand.ANSWER and parse.out_of_scope >= parse.out_of_scope_caution:
            # Likely enough none of ours that the person decides.
            return self._clarify(parse)
        # Among topics just offered, the one that is named or paraphrased need not be as sure as out of the blue.
        is_picked = band is ConfidenceBand.CLARIFY and parse.intent in self._conversation.options
        if band is ConfidenceBand.ANSWER or is_picked:
            return self._answer(parse.intent, self._slots_of(parse, parse.intent), self._others(parse))
        if band is ConfidenceBand.CLARIFY:
            return self._clarify(parse)
        return self.unknown()

    def _on_several(self, parse: Parse, asked: tuple[str, ...]) -> Decision:
        """Answer one question and offer the others: what the whole message surely is about, else what came first."""
        is_sure = parse.intent in self._guidance.topics and confidence_band(parse) is ConfidenceBand.ANSWER
        topic = parse.intent if is_sure else asked[0]
        left = self._answerable(tuple(each for each in asked if each != topic))
        alternatives = tuple(dict.fromkeys([*left, *self._others(parse)]))
        decision = self._answer(topic, self._slots_of(parse, topic), alternatives)
        return replace(
            decision,
            reply=canned.with_other_questions(decision.reply, [self._guidance.topics[each] for each in left]),
            conversation=replace(decision.conversation, options=left),
        )

    def _under_pressure(self, parse: Parse) -> Decision:
        """Return the protected channels first, then the way to the act itself."""
        if isinstance(self._guidance.answer_on(PRESSURE_TOPIC, self._today), WithheldAnswer):
            return (
                self._clarify(parse)
                if confidence_band(parse) is ConfidenceBand.CLARIFY
                else self._withheld(PRESSURE_TOPIC)
            )
        likely = self._answerable(likely_intents(parse))
        acts = tuple(topic for topic in likely if topic != PRESSURE_TOPIC)[:MAX_OPTIONS]
        decision = self._answer(PRESSURE_TOPIC, self._slots_of(parse, PRESSURE_TOPIC), acts)
        act = act_under_pressure(parse, acts, self._guidance.topics)
        return replace(decision, reply=canned.with_superior_pressure(decision.reply, self._topic(act)))

    def _answer(self, topic: str, slots: Mapping[Slot, str], alternatives: tuple[str, ...] = ()) -> Decision:
        entry = self._guidance.answer_on(topic, self._today)
        if isinstance(entry, WithheldAnswer):
            return self._withheld(topic, slots)
        reply = answer.answer_reply(self._guidance.topics[topic], entry, self._with_stage(slots))
        remembered = Conversation(topic=topic, alternatives=alternatives, slots=dict(slots))
        return self._given(entry, Aspect.ANSWER, reply, remembered)

    def _given(self, entry: GuidanceEntry, aspect: Aspect, reply: Reply, remembered: Conversation) -> Decision:
        return Decision(
            kind=DecisionKind.ANSWER,
            topic=entry.topic,
            aspect=aspect,
            reply=reply,
            conversation=replace(remembered, version=entry.version),
            citations=(*entry.bases(), *entry.backgrounds()),
            version=entry.version,
        )

    def _withheld(self, topic: str, slots: Mapping[Slot, str] | None = None) -> Decision:
        entry = self._guidance.entries.get(topic)
        if topic not in self._guidance.topics:
            return self.unknown()
        reply = canned.withheld(self._guidance.topics[topic], entry is not None, self._guidance)
        # It is the topic talked about now: a follow-up must not be answered from the topic before it.
        remembered = Conversation(topic=topic, slots=self._kept_slots(topic) if slots is None else dict(slots))
        return Decision(kind=DecisionKind.FALLBACK, topic=topic, reply=reply, conversation=remembered)

    def _clarify(self, parse: Parse) -> Decision:
        options = self._answerable(likely_intents(parse))[:MAX_OPTIONS]
        if not options:
            return self.unknown()
        slots = self._slots_of(parse, None)
        intro = texts.CLARIFY_ONE if len(options) == 1 else texts.CLARIFY
        return self._offer(options, intro, replace(self._conversation, slots=slots))

    def _offer(self, options: tuple[str, ...], intro: str, remembered: Conversation) -> Decision:
        topics = tuple(self._guidance.topics[option] for option in options)
        return Decision(
            kind=DecisionKind.CLARIFY,
            options=options,
            reply=canned.options(intro, topics),
            conversation=replace(remembered, options=options, alternatives=()),
        )

    def unknown(self) -> Decision:
        return self.say(DecisionKind.FALLBACK, canned.unknown(self._guidance))

    # Follow-ups

    def _fixed(self) -> Mapping[str, tuple[DecisionKind, Reply]]:
        """Return what is said whatever was talked about, by conversation intent of `domain.yml`."""
        return {
            **{intent: (DecisionKind.SMALLTALK, reply) for intent, reply in canned.REPLIES.items()},
            "privasi_data": (DecisionKind.SMALLTALK, canned.privacy(self._guidance)),
            "bantuan": (DecisionKind.SMALLTALK, canned.help_text()),
            "hubungi_manusia": (DecisionKind.SMALLTALK, canned.human_contact(self._guidance)),
            OPINION_INTENT: (DecisionKind.REFUSE, canned.refusal()),
        }

    def _rules(self) -> Mapping[str, Callable[[Parse], Decision]]:
        """Return the rule of each conversation intent whose answer depends on what was talked about."""
        return {
            "tanya_sanksi": lambda parse: self._aspect(parse, Aspect.SANCTION, SANCTION_TOPIC),
            "tanya_dasar_hukum": lambda parse: self._aspect(parse, Aspect.LEGAL_BASIS, LEGAL_BASIS_TOPIC),
            "tanya_pengecualian": lambda parse: self._aspect(parse, Aspect.EXCEPTION, None),
            CHANGED_SITUATION_INTENT: self._change_situation,
            "bukan_itu": lambda _: self._not_that(),
            "pilih_opsi": self._pick,
            "ya": lambda _: self._yes(),
            "tidak": lambda _: self._no(),
            "berhenti_langganan": lambda _: self._stop(),
            "umpan_balik_positif": lambda _: self.on_feedback(helpful=True),
            "umpan_balik_negatif": lambda _: self.on_feedback(helpful=False),
        }

    def _aspect(self, parse: Parse, aspect: Aspect, without_topic: str | None) -> Decision:
        """Return one part of the topic talked about; without one, the topic about that part itself."""
        topic = self._conversation.topic
        if topic is None:
            if without_topic is not None and without_topic in self._guidance.topics:
                return self._answer(without_topic, self._slots_of(parse, without_topic))
            return self.say(DecisionKind.FALLBACK, canned.menu_hint(texts.WHICH_TOPIC))
        entry = self._guidance.answer_on(topic, self._today)
        if isinstance(entry, WithheldAnswer):
            return self._withheld(topic)
        compose = {
            Aspect.SANCTION: answer.sanction_reply,
            Aspect.LEGAL_BASIS: answer.legal_basis_reply,
            Aspect.EXCEPTION: answer.exception_reply,
        }[aspect]
        reply = compose(self._guidance.topics[topic], entry)
        slots = {**self._conversation.slots, **slots_in(parse)}
        return self._given(entry, aspect, reply, replace(self._conversation, slots=slots, options=()))

    def _change_situation(self, parse: Parse) -> Decision:
        topic = self._conversation.topic
        if topic is None:
            return self.say(DecisionKind.FALLBACK, canned.menu_hint(texts.WHICH_TOPIC))
        entry = self._guidance.answer_on(topic, self._today)
        if isinstance(entry, WithheldAnswer):
            return self._withheld(topic)
        now_said = slots_in(parse)
        if not now_said and confidence_band(parse) is not ConfidenceBand.ANSWER:
            return self.unknown()
        slots = {**self._conversation.slots, **now_said}
        # What was just said must take part; else an older slot would answer a question about something else.
        variant = entry.variant_for(self._with_stage(slots))
        if variant is not None and now_said and not set(variant.when) & set(now_said):
            variant = entry.variant_for(now_said)
        reply = answer.variant_reply(self._guidance.topics[topic], entry, variant)
        return self._given(entry, Aspect.VARIANT, reply, replace(self._conversation, slots=slots, options=()))

    def _pick(self, parse: Parse) -> Decision:
        options = self._conversation.options
        if not options:
            return self.say(DecisionKind.FALLBACK, canned.menu_hint(texts.WHICH_TOPIC))
        if self._offers_beside_answer() and self._conversation.topic is not None:
            # Counted as the person asked: the first question has its answer already.
            options = (self._conversation.topic, *options)
        ordinals = parse.values(ORDINAL_ENTITY)
        place = resolve_ordinal(ordinals[0], len(options)) if ordinals else None
        if place is None:
            return self._offer(options, texts.WHICH_OPTION, self._conversation)
        return self._answer(options[place], self._conversation.slots)

    def _yes(self) -> Decision:
        options = self._conversation.options
        if len(options) == 1:
            return self._answer(options[0], self._conversation.slots)
        if options:
            return self._offer(options, texts.WHICH_OPTION, self._conversation)
        return self.on_feedback(helpful=True) if self._conversation.topic else self._ready()

    def _no(self) -> Decision:
        if self._offers_beside_answer():
            return self._ready()
        if self._conversation.options:
            return self._not_that()
        return self.on_feedback(helpful=False) if self._conversation.topic else self._ready()

    def _not_that(self) -> Decision:
        """Offer what was next likely, once; after that the menu."""
        left = self._answerable(self._conversation.alternatives)[:MAX_OPTIONS]
        if left:
            return self._offer(left, texts.NOT_THAT, self._conversation)
        return self.say(DecisionKind.FALLBACK, NOT_THAT_MENU, replace(self._conversation, options=(), alternatives=()))

    def _offers_beside_answer(self) -> bool:
        """Say whether the last turn answered one question of a message and offered the others."""
        return bool(self._conversation.options and self._conversation.alternatives)

    def _ready(self) -> Decision:
        return self.say(DecisionKind.SMALLTALK, canned.menu_hint(texts.READY))

    # Buttons

    def _on_topic_button(self, choice: ButtonAction) -> Decision:
        if choice.target not in self._guidance.topics:
            return self.say(DecisionKind.FALLBACK, canned.menu_hint(texts.STALE_BUTTON))
        if choice.act is ActionKind.TOPIC:
            return self._answer(choice.target, self._kept_slots(choice.target))
        entry = self._guidance.answer_on(choice.target, self._today)
        if isinstance(entry, WithheldAnswer):
            return self._withheld(choice.target)
        topic = self._guidance.topics[choice.target]
        if choice.act is ActionKind.MORE:
            # Only more of the same choices: what was offered still stands.
            more = answer.more_reply(topic, entry)
            return Decision(kind=DecisionKind.SMALLTALK, reply=more, conversation=self._conversation)
        remembered = Conversation(topic=choice.target, slots=self._kept_slots(choice.target))
        if choice.act is ActionKind.VARIANT and choice.number >= len(entry.variants):
            return self._answer(choice.target, remembered.slots)
        aspect, reply = self._part(choice, topic, entry)
        return self._given(entry, aspect, reply, remembered)

    def _part(self, choice: ButtonAction, topic: Topic, entry: GuidanceEntry) -> tuple[Aspect, Reply]:
        """Return the part of an answer that a button asks for."""
        match choice.act:
            case ActionKind.SANCTION:
                return Aspect.SANCTION, answer.sanction_reply(topic, entry)
            case ActionKind.LEGAL_BASIS:
                return Aspect.LEGAL_BASIS, answer.legal_basis_reply(topic, entry)
            case ActionKind.EXCEPTION:
                return Aspect.EXCEPTION, answer.exception_reply(topic, entry)
            case ActionKind.VARIANT:
                return Aspect.VARIANT, answer.variant_reply(topic, entry, entry.variants[choice.number])
            case _:
                return Aspect.ANSWER, answer.explanation_reply(topic, entry, self._related(topic))

    def _group(self, group: str) -> Decision:
        if group not in self._guidance.groups:
            return self.say(DecisionKind.SMALLTALK, canned.menu(self._guidance))
        return self.say(DecisionKind.SMALLTALK, canned.group_menu(self._guidance, group, self._today))

    # Small pieces

    def say(self, kind: DecisionKind, reply: Reply, remembered: Conversation | None = None) -> Decision:
        """Say something that offers no topics; what was offered before no longer stands."""
        return Decision(kind=kind, reply=reply, conversation=replace(remembered or self._conversation, options=()))

    def not_heard(self, why: Unreadable) -> Decision:
        """Say that nothing was understood; what was offered still stands, since nothing was said to it."""
        return Decision(kind=DecisionKind.FALLBACK, reply=canned.unreadable(why), conversation=self._conversation)

    def _is_out_of_scope(self, parse: Parse) -> bool:
        return parse.out_of_scope >= parse.bands.out_of_scope and not self._is_follow_up(parse)

    def _is_follow_up(self, parse: Parse) -> bool:
        """Say whether a conversation intent is sure: "yang kedua" lies far from every topic, and is ours."""
        return parse.intent not in self._guidance.topics and confidence_band(parse) is ConfidenceBand.ANSWER

    def _is_changed_situation(self, parse: Parse) -> bool:
        """Say whether a few words only name a role, stage or election while a topic is talked about."""
        if self._conversation.topic is None or not slots_in(parse) or parse.words > SHORT_FOLLOW_UP_WORDS:
            return False
        heard = [ranked.intent for ranked in parse.intent_ranking[:MAX_OPTIONS]]
        return CHANGED_SITUATION_INTENT in heard and confidence_band(parse) is not ConfidenceBand.ANSWER

    def _others(self, parse: Parse) -> tuple[str, ...]:
        return self._answerable(tuple(intent for intent in likely_intents(parse) if intent != parse.intent))[
            :MAX_OPTIONS
        ]

    def _answerable(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        known = [topic for topic in topics if topic in self._guidance.topics]
        return tuple(t for t in known if isinstance(self._guidance.answer_on(t, self._today), GuidanceEntry))

    def _slots_of(self, parse: Parse, topic: str | None) -> dict[Slot, str]:
        return {**self._kept_slots(topic), **slots_in(parse)}

    def _kept_slots(self, topic: str | None) -> dict[Slot, str]:
        slots = self._conversation.slots
        offered = (self._conversation.topic, *self._conversation.options, *self._conversation.alternatives)
        if topic is not None and topic in offered:
            return dict(slots)
        return {slot: value for slot, value in slots.items() if slot in LASTING_SLOTS}

    def _with_stage(self, slots: Mapping[Slot, str]) -> dict[Slot, str]:
        """Add the calendar's stage where the person named none."""
        calendar = {Slot.STAGE: self._stage.value} if self._stage else {}
        return {**calendar, **slots}

    def _related(self, topic: Topic) -> tuple[Topic, ...]:
        return tuple(self._guidance.topics[each] for each in self._answerable(topic.related))

    def _topic(self, topic: str | None) -> tuple[str, str] | None:
        return (topic, self._guidance.topics[topic].title) if topic else None
