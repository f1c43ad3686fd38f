"""Whom an address stands for, and which names are ours."""

import pytest

from bot.application.messaging.rate_limiter import RateLimit, address_allowances
from bot.core.messaging.network_source import is_ours, source_of


@pytest.mark.parametrize("last", ["1", "2", "ffff:ffff:ffff:ffff", "1:2:3:4"])
def test_every_address_of_a_64_is_one_source(last: str) -> None:
    address = f"2001:db8:1:2:{last}" if last.count(":") == 3 else f"2001:db8:1:2::{last}"
    assert source_of(address) == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("203.0.113.9, 10.0.0.1", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_an_address_is_counted_under_its_holder(address: str, source: str) -> None:
    assert source_of(address) == source


@pytest.mark.parametrize("address", ["2001:db8:1:2::1", "2001:db8:1:ffff::1"])
def test_a_site_of_many_64s_has_a_larger_allowance_and_no_more(address: str) -> None:
    own, site = address_allowances("login", address, 12, 20)
    assert own.source == f"login {source_of(address)}"
    assert site == RateLimit(source="login 2001:db8:1::/48", per_minute=96, burst=160)


@pytest.mark.parametrize("address", ["203.0.113.9", "::ffff:203.0.113.9", ""])
def test_where_there_are_no_sites_one_allowance_counts(address: str) -> None:
    assert [each.source for each in address_allowances("login", address, 12, 20)] == [f"login {source_of(address)}"]


OWN = frozenset({"netral.example.go.id"})


@pytest.mark.parametrize(
    "host",
    ["netral.example.go.id", "NETRAL.example.go.id.", "netral.example.go.id:8443", "localhost:8080", "127.0.0.1",
     "[::1]:8080", "192.0.2.7:80"],
)  # fmt: skip
def test_our_names_and_addresses_are_ours(host: str) -> None:
    assert is_ours(host, OWN)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "netral.example.go.id.evil.example", "evil.example:8080", "a@netral.example.go.id",
     "netral.example.go.id/x", "localhost.evil.example", "[::1", "127.0.0.1.evil.example", "x:y"],
)  # fmt: skip
def test_other_names_are_not(host: str | None) -> None:
    assert not is_ours(host, OWN)
