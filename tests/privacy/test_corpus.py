"""Five thousand sentences with what is personal in them marked: what masking leaves of it."""

import asyncio
import re
import secrets
import sqlite3
import tarfile
import time
import urllib.error
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.bootstrap.nlu import workshop
from bot.core.privacy.masking import mask
from bot.settings import Settings
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.telegram.bot_api import NO_LIMITS, FakeBotApi
from tests.integration.channels.telegram.process import running, telegram_bot
from tests.privacy.corpus import COMMON, FORMS, LAWS, Sentence, corpus, region_names
from tests.privacy.leaks import Figures, figures_of
from tests.support.bot_process import Bot

pytestmark = pytest.mark.privacy

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FIRST_CHAT = 7_330_001
CHATS = 200
ON_TELEGRAM = 400
"""25 a second at most, and SQLite has one writer."""
ON_WEB = 700
SHORTEST = 7
"""Characters of an identifier that are looked for in bytes; "b no 18" is anywhere."""


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    """Return the corpus."""
    return corpus()


@pytest.fixture(scope="module")
def figures(sentences: list[Sentence]) -> Figures:
    """Mask the corpus once."""
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    return figures_of((sentence, mask(sentence.text, lexicon).text) for sentence in sentences)


def test_the_corpus_is_as_large_as_it_has_to_be(sentences: list[Sentence]) -> None:
    assert len(sentences) >= 5_000
    assert len(region_names()) >= 300
    assert {len(forms) for forms in FORMS.values()} == {20}
    assert len(LAWS) >= 40
    assert [each for each in sentences if "{" in each.text or "<<" in each.text] == []


def test_no_structured_identifier_is_left(figures: Figures) -> None:
    assert figures.identifiers.wrong.total() == 0, figures.identifiers.report("identifiers leaked")


def test_97_percent_of_the_names_are_masked(figures: Figures) -> None:
    report = f"{figures.names.report('names left, by region')}\n{figures.by_carrier.report('names left, by sentence')}"
    assert figures.names.share_wrong <= 0.03, report


def test_hardly_a_law_citation_is_masked(figures: Figures) -> None:
    assert figures.citations.share_wrong <= 0.01, figures.citations.report("citations masked")


# Through the running bot


@pytest.fixture(scope="module")
def talked(sentences: list[Sentence], bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Say every sentence to the running bot, each on one channel; stop it, write the log, and back it up."""
    folder = tmp_path_factory.mktemp("corpus")
    by_telegram, by_web = sentences[:ON_TELEGRAM], sentences[ON_TELEGRAM : ON_TELEGRAM + ON_WEB]
    with FakeBotApi(limits=NO_LIMITS) as api, running(_hasty_bot(folder, bot, api)) as own:
        # One channel after the other: SQLite has one writer, and this is no test of its load.
        for sentence in by_web:
            _say(own, sentence.text)
        chats = [api.add_private(FIRST_CHAT + number) for number in range(CHATS)]
        for number, sentence in enumerate(by_telegram):
            api.say(chats[number % CHATS], sentence.text)
        api.wait_until(lambda: len(api.calls_of("sendMessage")) >= ON_TELEGRAM, timeout=120)
        api.wait_until(lambda: _unfinished(folder) == 0, timeout=60)
        lines = "".join(f"{sentence.text}\n" for sentence in sentences[ON_TELEGRAM + ON_WEB :])
        assert own.command("chat", stdin=lines.encode()).returncode == 0
    asyncio.run(_write_log(folder))
    with sqlite3.connect(folder / "sinetral.db") as source, sqlite3.connect(folder / "backup.db") as target:
        source.backup(target)
    source.close()
    target.close()
    return folder


@pytest.mark.full
def test_no_identifier_stands_in_any_byte_and_hardly_a_name(talked: Path, sentences: list[Sentence]) -> None:
    content = b"\n".join(path.read_bytes() for path in sorted(talked.rglob("*")) if path.is_file()).lower()
    content += _model().lower()
    # What is searched for can be printed: it stands, if at all, in a run of such characters.
    content = b"\n".join(re.findall(rb"[ -~]{5,}", content))
    found = sorted(each for each in _identifiers(sentences) if each.encode() in content)
    assert found == []
    database = (talked / "backup.db").read_bytes().lower()
    words = set(re.findall(r"[a-z]+", database.decode("utf-8", "ignore")))
    names = _names(sentences) - set(re.findall(r"[a-z]+", _seed_bytes().decode("utf-8", "ignore").lower()))
    assert len(names) > 250
    left = sorted(names & words)
    assert len(left) / len(names) <= 0.03, left


@pytest.mark.full
def test_texts_were_kept_and_every_sentence_was_counted(talked: Path, sentences: list[Sentence]) -> None:
    database = sqlite3.connect(talked / "backup.db")
    counted = dict(database.execute("SELECT channel, count(*) FROM query_log GROUP BY channel").fetchall())
    [(kept,)] = database.execute("SELECT count(*) FROM unanswered").fetchall()
    database.close()
    rest = len(sentences) - ON_TELEGRAM - ON_WEB
    assert counted == {"telegram": ON_TELEGRAM, "web": ON_WEB, "terminal": rest}
    assert kept > 50


def _say(bot: Bot, text: str) -> None:
    """Ask on the web page, again when it was too fast."""
    for _ in range(20):
        try:
            bot.say(text)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 429:
                raise
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the web chat refused for two seconds")


def _hasty_bot(folder: Path, nlu: Bot, api: FakeBotApi) -> Bot:
    """Return a bot whose web chat takes as many messages from one address as the test has."""
    hasty = telegram_bot(folder, nlu, api)
    hasty.extra["SINETRAL_ADDRESS_MESSAGES_PER_MINUTE"] = "65535"
    return hasty


async def _write_log(folder: Path) -> None:
    engine = make_engine(f"sqlite:///{folder / 'sinetral.db'}")
    keys = keys_from_file(folder / "keys" / "master.key")
    await DatabaseStore(engine, keys, lambda: secrets.token_hex(16)).flush_query_log(LATER)
    await engine.dispose()


def _unfinished(folder: Path) -> int:
    database = sqlite3.connect(folder / "sinetral.db", timeout=20)
    [(inbox, outbox)] = database.execute("SELECT (SELECT count(payload) FROM inbox), (SELECT count(*) FROM outbox)")
    database.close()
    return int(inbox) + int(outbox)


def _identifiers(sentences: list[Sentence]) -> set[str]:
    found = {sentence.of(span).lower() for sentence in sentences for span in sentence.identifiers}
    bare = {re.sub(r"\D", "", each) for each in found}
    return {each for each in found if len(each) >= SHORTEST} | {each for each in bare if len(each) >= 9}


def _names(sentences: list[Sentence]) -> set[str]:
    words = {word for each in sentences for span in each.names for word in each.of(span).lower().split()}
    return {word for word in words if len(word) >= 4 and word not in COMMON}


def _model() -> bytes:
    with tarfile.open(workshop(Settings.from_env({})).latest()) as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        return b"\n".join(file.read() for file in files if file is not None)


def _seed_bytes() -> bytes:
    """Return what stands in the guidance, which names nobody: words of it are no names."""
    return b"\n".join(path.read_bytes() for path in sorted(SEED_FOLDER.rglob("*.yml")))
