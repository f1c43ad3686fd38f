"""The stores that the contract is tried on."""

from collections.abc import AsyncIterator

import pytest

from bot.core.guidance.book import GuidanceBook
from bot.storage.engine.engine import make_engine
from tests.contract.stores import FakeCase, RealCase, StoreCase
from tests.fakes.store import FakeStore
from tests.support.database import database_store, seeded_postgres, seeded_sqlite

__all__ = ["seeded_postgres", "seeded_sqlite"]


@pytest.fixture(
    params=[
        pytest.param(None, id="fake"),
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str | None:
    """Return the address of each database in turn, None for the fake."""
    return None if request.param is None else str(request.getfixturevalue(request.param))


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def database(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def case(address: str | None, book: GuidanceBook) -> AsyncIterator[StoreCase]:
    """Return each store in turn, with the seed published and nothing else."""
    if address is None:
        yield FakeCase(store=FakeStore(book=book))
        return
    engine = make_engine(address)
    yield RealCase(store=database_store(engine), engine=engine)
    await engine.dispose()
