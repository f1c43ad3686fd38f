"""Whom a network address stands for, and which names of a host are ours; pure."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOLDER_BITS = 64
"""Of an IPv6 address: every subscriber has at least a /64, and all of its addresses are one person's. RFC 6177."""
SITE_BITS = 48
"""Of an IPv6 address: what one customer may hold at most, that is 65,536 of the above. RFC 6177."""
SITE_SHARE = 8
"""How many times the allowance of one source a whole site has."""
LOOPBACK_NAMES = frozenset({"localhost"})


def source_of(address: str) -> str:
    """Return what an address is counted under: IPv4 as it is, IPv6 by its /64; anything else is one source."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, HOLDER_BITS), strict=False))


def site_of(address: str) -> str | None:
    """Return the larger network that an address is counted under too, an IPv6 /48; None where there is none."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv4Address) or known.ipv4_mapped is not None:
        return None
    return str(ipaddress.ip_network((known, SITE_BITS), strict=False))


def is_ours(host: str | None, names: Collection[str]) -> bool:
    """Say whether a request's `Host` header names this service.

    An address is always taken: another site's name can be made to lead here (DNS rebinding), an address is nobody's
    name.

    Args:
        host: the header's value, None when there is none.
        names: the service's own, lower case.
    """
    if host is None:
        return False
    try:
        split = urlsplit(f"//{host}")
        name = (split.hostname or "").removesuffix(".")
        if split.path or split.query or split.fragment or "@" in split.netloc or split.port == 0:
            return False
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in LOOPBACK_NAMES or name in names
    return True
