"""One reply arrives once, and where its acceptance is lost at most once more."""

from collections.abc import Iterator

import pytest

from tests.fakes.spoiling_proxy import Way
from tests.faults.copies import count_copies
from tests.faults.world import World, world

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(900)]

CONNECTIONS = 24
SECONDS = 90.0
UNREADABLE = (Way.OK_ALONE, Way.HTML, Way.EMPTY_OBJECT, Way.EMPTY_BODY, Way.LIST, Way.NULL, Way.CHUNKED_HTML)
BROKEN = (Way.HALF_JSON, Way.BAD_GZIP, Way.NO_CONTENT, Way.REDIRECT, Way.BAD_GATEWAY, Way.ERROR_OBJECT)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one bot for every way of losing an acceptance."""
    with world(tmp_path_factory.mktemp("copies") / "bot") as running:
        yield running


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
@pytest.mark.parametrize(
    "ways", [(Way.CUT,), UNREADABLE, BROKEN, (Way.HANG,)], ids=["cut", "unreadable", "broken", "silent"]
)
def test_a_reply_whose_acceptance_is_lost_is_repeated_once_at_most_and_never_lost(
    made: World, channel: str, ways: tuple[Way, ...], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    first = (abs(hash(request.node.nodeid)) % 900 + 100) * 1_000
    few = CONNECTIONS if Way.HANG not in ways else CONNECTIONS // 3
    copies = count_copies(made, channel, few, SECONDS, ways, first)
    with capsys.disabled():
        print("\n" + copies.line())
    assert copies.spoiled > 0
    assert (copies.lost, copies.most <= 2) == (0, True)
