"""Decide a yes or no to an answer: pure, one vote a person, answer and version."""

from dataclasses import replace
from datetime import date

from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import Decision, DecisionKind, Feedback
from bot.core.dialogue.votes import UNKNOWN_ANSWER, About, Answered, Vote, vote_on, with_vote
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import canned, texts
from bot.core.replies.reply import Reply


def on_feedback(
    conversation: Conversation, guidance: GuidanceBook, about: About, today: date, *, helpful: bool
) -> Decision:
    """Thank, and count the feedback for the version that was shown: once, and a changed mind in its place.

    Args:
        about: what it stands under; where that is not known to be an answer, nothing is counted.
    """
    if about == UNKNOWN_ANSWER:
        return _ask_which(conversation, guidance)
    answer = about or Answered(topic=conversation.topic or "", version=conversation.version or 0)
    reply = canned.menu_hint(texts.FEEDBACK_UP if helpful else texts.FEEDBACK_DOWN)
    entry = guidance.entries.get(answer.topic)
    before = vote_on(conversation.votes, answer)
    if entry is None or not 1 <= answer.version <= entry.version or (before and before.helpful is helpful):
        return _said(conversation, reply)
    vote = Vote(topic=answer.topic, version=answer.version, helpful=helpful, day=today)
    feedback = Feedback(
        topic=answer.topic, version=answer.version, helpful=helpful, replaces=before.day if before else None
    )
    voted = replace(conversation, votes=with_vote(conversation.votes, vote))
    return replace(_said(voted, reply), feedback=feedback)


def _ask_which(conversation: Conversation, guidance: GuidanceBook) -> Decision:
    """Ask which answer is meant, with the buttons of the newest."""
    topic = guidance.topics.get(conversation.topic or "")
    if topic is None or conversation.version is None:
        return _said(conversation, canned.menu_hint(texts.WHICH_ANSWER))
    return _said(conversation, canned.which_answer(topic, conversation.version))


def _said(conversation: Conversation, reply: Reply) -> Decision:
    return Decision(kind=DecisionKind.SMALLTALK, reply=reply, conversation=replace(conversation, options=()))
