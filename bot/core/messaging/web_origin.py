"""Compare where a form was sent from with the address it was sent to."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
"""Source: RFC 9110, sections 4.2.1 and 4.2.2."""


def is_same_origin(origin: str, host: str | None, scheme: str) -> bool:
    """Return whether an `Origin` header names the address of the request that carries it.

    Names are compared in lower case and without a dot at their end, addresses by their value, ports without those
    that the schemes have by default. A proxy may have taken the encryption off, so that a form of an https page
    arrives over http; the other way round it is another origin.

    Args:
        origin: the header's value; `null` and whatever is no origin are refused.
        host: the `Host` header, None when there is none.
        scheme: what the request came over, http or https.

    Source: RFC 6454, sections 4 to 6.
    """
    try:
        sent_from, sent_to = urlsplit(origin), urlsplit(f"//{host or ''}")
        if sent_from.scheme not in DEFAULT_PORTS or not (_is_bare(sent_from) and _is_bare(sent_to)):
            return False
        if scheme == "https" and sent_from.scheme != "https":
            return False
        name = _name(sent_from)
        port = sent_from.port or DEFAULT_PORTS[sent_from.scheme]
        return name is not None and name == _name(sent_to) and port in _ports(sent_to, sent_from.scheme, scheme)
    except ValueError:
        return False


def _is_bare(address: SplitResult) -> bool:
    """Return whether an address is a name and a port, and nothing else."""
    return not (address.path or address.query or address.fragment or "@" in address.netloc)


def _ports(sent_to: SplitResult, page: str, request: str) -> set[int]:
    """Return the ports that a `Host` header may stand for: to a page, none and the request's default are its own."""
    own = DEFAULT_PORTS[page]
    if sent_to.port is None:
        return {own}
    return {sent_to.port, own} if sent_to.port == DEFAULT_PORTS.get(request) else {sent_to.port}


def _name(address: SplitResult) -> str | None:
    """Return the host in one spelling, None when there is none."""
    name = (address.hostname or "").removesuffix(".")
    try:
        return ipaddress.ip_address(name).compressed
    except ValueError:
        return name or None
