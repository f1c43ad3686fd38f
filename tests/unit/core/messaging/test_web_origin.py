"""One origin in all its spellings is ours; another one is not."""

import pytest

from bot.core.messaging.web_origin import is_same_origin


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("https://name", "name", "https"),
        ("https://name", "name:443", "https"),
        ("https://name", "name:443", "http"),
        ("https://name:443", "name", "http"),
        ("https://name", "name:80", "http"),
        ("http://name", "name:80", "http"),
        ("http://name:80", "name", "http"),
        ("HTTPS://NAME", "Name", "https"),
        ("https://name.", "name", "https"),
        ("https://name", "name.:443", "https"),
        ("http://name:8080", "name:8080", "http"),
        ("https://name:80", "name:80", "http"),
        ("http://name:443", "name:443", "http"),
        ("http://[::1]:8080", "[0:0::1]:8080", "http"),
        ("http://[::1]", "[::1]:80", "http"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "http"),
    ],
)
def test_one_origin_is_the_same_in_every_spelling(origin: str, host: str, scheme: str) -> None:
    assert is_same_origin(origin, host, scheme)


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("null", "name", "http"),
        ("", "name", "http"),
        ("name", "name", "http"),
        ("https://name", None, "https"),
        ("https://name", "", "https"),
        ("https://", "", "https"),
        ("http://name", "name", "https"),
        ("http://name", "name:443", "http"),
        ("https://name:8443", "name", "https"),
        ("https://name:80", "name", "http"),
        ("http://name", "name:0", "http"),
        ("https://name", "name:8443", "https"),
        ("https://other", "name", "https"),
        ("https://name.evil.example", "name", "https"),
        ("https://evil.example/name", "evil.example", "https"),
        ("https://name@evil.example", "name", "https"),
        ("https://evil.example@name", "name", "https"),
        ("ftp://name", "name", "http"),
        ("http://name:99999", "name:99999", "http"),
        ("http://[", "[", "http"),
        ("https://name..", "name", "https"),
        ("http://[::1]", "[::2]", "http"),
    ],
)
def test_another_origin_is_refused(origin: str, host: str | None, scheme: str) -> None:
    assert not is_same_origin(origin, host, scheme)
