"""Every setting, read from the environment once."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.errors import InvalidInputError
from bot.core.messaging.network_source import Network
from bot.core.privacy.retention import MAX_RETENTION_DAYS, MIN_RETENTION_DAYS

GRAPH_API = "https://graph.facebook.com"
GRAPH_VERSION = "v23.0"
NEW_PORTFOLIO = 250
"""People a new business portfolio may write to in 24 hours (`docs/limits.md`, messaging limit)."""
TELEGRAM_API = "https://api.telegram.org"
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as `secret_token` (`docs/limits.md`)."""
HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
ROOT = Path(__file__).parent.parent
"""The project's folder; relative paths in settings start here."""


@dataclass(frozen=True, kw_only=True)
class WhatsAppSettings:
    """The number that people write to, as Meta's app names it."""

    token: str = field(repr=False)
    phone_number_id: str
    account_id: str | None
    """The WhatsApp Business Account; None: message templates are not known, so nothing goes outside a window."""
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    api: str
    version: str
    per_second: int
    """Messages of the number, replies and reminders together."""
    people_a_day: int
    """People whom reminders may reach outside their window in 24 hours."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one process; `SETTINGS` lists them with their meaning."""

    database_url: str
    key_file: Path
    host: str
    port: int
    nlu_url: str
    nlu_secret: str | None = field(repr=False)
    """None: the one beside the key file."""
    nlu_python: Path
    model_folder: Path
    log_folder: Path
    timezone: ZoneInfo
    agency: str | None
    contact: str | None
    telegram_token: str | None
    """None: no Telegram."""
    telegram_api: str
    telegram_webhook_url: str | None
    """This service's public address; None: long polling."""
    telegram_webhook_secret: str | None
    telegram_per_second: int
    """Messages of the bot, replies and reminders together."""
    whatsapp: WhatsAppSettings | None
    """None: no WhatsApp."""
    unanswered_days: int
    """How long masked unanswered questions are kept."""
    messages_per_minute: int
    """Of one person, on every channel."""
    address_messages_per_minute: int
    """Of one network address, which a whole office may share."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose word on a visitor's address and encryption is taken; nobody's by default."""
    hosts: frozenset[str] = frozenset()
    """Names under which people reach the web pages, lower case."""
    telegram_price: int | None = None
    """Rupiah for a reminder; None: not shown."""
    whatsapp_price: int | None = None

    @property
    def own_hosts(self) -> frozenset[str]:
        """Return every name that requests may be meant for: those set, and the one that Telegram is told."""
        told = urlsplit(self.telegram_webhook_url or "").hostname
        return self.hosts | {name for name in (told, self.host.lower()) if name}

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            InvalidInputError: naming the setting that cannot be read.
        """
        get = environment.get
        return cls(
            database_url=get("SINETRAL_DATABASE_URL") or f"sqlite:///{ROOT / 'var' / 'sinetral.db'}",
            key_file=_path(get("SINETRAL_KEY_FILE"), "var/keys/master.key"),
            host=get("SINETRAL_HOST") or "127.0.0.1",
            port=_number(environment, "SINETRAL_PORT", 8080),
            nlu_url=(get("SINETRAL_NLU_URL") or "http://127.0.0.1:5005").rstrip("/"),
            nlu_secret=get("SINETRAL_NLU_SECRET") or None,
            nlu_python=_path(get("SINETRAL_NLU_PYTHON"), ".venv-nlu/bin/python"),
            model_folder=_path(get("SINETRAL_MODEL_FOLDER"), "var/models"),
            log_folder=_path(get("SINETRAL_LOG_FOLDER"), "var/log"),
            timezone=_zone(get("SINETRAL_TIMEZONE") or "Asia/Jakarta"),
            agency=get("SINETRAL_AGENCY") or None,
            contact=get("SINETRAL_CONTACT") or None,
            telegram_token=get("TELEGRAM_BOT_TOKEN") or None,
            telegram_api=(get("TELEGRAM_API_BASE_URL") or TELEGRAM_API).rstrip("/"),
            telegram_webhook_url=(get("TELEGRAM_WEBHOOK_URL") or "").rstrip("/") or None,
            telegram_webhook_secret=_webhook_secret(get("TELEGRAM_WEBHOOK_URL"), get("TELEGRAM_WEBHOOK_SECRET")),
            telegram_per_second=_number(environment, "SINETRAL_TELEGRAM_PER_SECOND", 25),
            whatsapp=_whatsapp(environment),
            unanswered_days=_retention(environment),
            messages_per_minute=_number(environment, "SINETRAL_MESSAGES_PER_MINUTE", 20),
            address_messages_per_minute=_number(environment, "SINETRAL_ADDRESS_MESSAGES_PER_MINUTE", 120),
            trusted_proxies=_networks(environment, "SINETRAL_TRUSTED_PROXIES"),
            hosts=_hosts(environment, "SINETRAL_HOSTS"),
            telegram_price=_price(environment, "SINETRAL_TELEGRAM_PRICE"),
            whatsapp_price=_price(environment, "SINETRAL_WHATSAPP_PRICE"),
        )


def _whatsapp(environment: Mapping[str, str]) -> WhatsAppSettings | None:
    get = environment.get
    if not get("WHATSAPP_TOKEN"):
        return None
    for name in ("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"):
        if not get(name):
            raise InvalidInputError(f"{name} must be set beside WHATSAPP_TOKEN")
    return WhatsAppSettings(
        token=environment["WHATSAPP_TOKEN"],
        phone_number_id=environment["WHATSAPP_PHONE_NUMBER_ID"],
        account_id=get("WHATSAPP_BUSINESS_ACCOUNT_ID") or None,
        app_secret=environment["WHATSAPP_APP_SECRET"],
        verify_token=environment["WHATSAPP_VERIFY_TOKEN"],
        api=(get("WHATSAPP_API_BASE_URL") or GRAPH_API).rstrip("/"),
        version=get("WHATSAPP_GRAPH_VERSION") or GRAPH_VERSION,
        per_second=_number(environment, "SINETRAL_WHATSAPP_PER_SECOND", 68),
        people_a_day=_number(environment, "SINETRAL_WHATSAPP_PEOPLE_A_DAY", NEW_PORTFOLIO, 100_000_000),
    )


def _webhook_secret(url: str | None, secret: str | None) -> str | None:
    if url and not (secret and WEBHOOK_SECRET.fullmatch(secret)):
        raise InvalidInputError(
            "TELEGRAM_WEBHOOK_SECRET must be 1 to 256 of A-Z a-z 0-9 _ - beside TELEGRAM_WEBHOOK_URL"
        )
    return secret or None


def _path(value: str | None, default: str) -> Path:
    # Joining keeps an absolute path as it is; resolving would follow a virtual environment's links.
    return ROOT / (value or default)


def _number(environment: Mapping[str, str], name: str, default: int, most: int = 65_535) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise InvalidInputError(f"{name} must be a whole number from 1 to {most}")
    return int(value)


def _networks(environment: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in _listed(environment, name))
    except ValueError as error:
        raise InvalidInputError(f"{name} must list addresses or networks, such as 10.0.0.5,10.1.0.0/16") from error


def _hosts(environment: Mapping[str, str], name: str) -> frozenset[str]:
    hosts = frozenset(each.strip().lower().removesuffix(".") for each in _listed(environment, name))
    if not all(HOST.fullmatch(host) for host in hosts):
        raise InvalidInputError(f"{name} must list names without scheme or port, such as netral.kotacontoh.go.id")
    return hosts


def _listed(environment: Mapping[str, str], name: str) -> list[str]:
    return [each for each in (environment.get(name) or "").split(",") if each.strip()]


def _price(environment: Mapping[str, str], name: str) -> int | None:
    return _number(environment, name, 0) if environment.get(name) else None


def _retention(environment: Mapping[str, str]) -> int:
    days = _number(environment, "SINETRAL_UNANSWERED_DAYS", 60)
    if not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
        raise InvalidInputError(f"SINETRAL_UNANSWERED_DAYS must be from {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS}")
    return days


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInputError(
            f"SINETRAL_TIMEZONE must name a time zone, such as Asia/Makassar; not {name}"
        ) from error


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What `docs/operations.md` says of one variable of the environment."""

    name: str
    default: str | None
    """What is taken where it is unset; None where no value stands for that."""
    unset: str = ""
    """What being unset means, where there is no default."""
    meaning: str


SETTINGS: Sequence[Setting] = (
    Setting(
        name="SINETRAL_DATABASE_URL",
        default=None,
        unset="a SQLite file, `var/sinetral.db`",
        meaning="or `postgresql://user:password@host/name`",
    ),
    Setting(
        name="SINETRAL_KEY_FILE",
        default="var/keys/master.key",
        meaning=(
            "made at first start, readable by its owner only; back it up apart from the database: without it a"
            " database that holds consents or users is not opened"
        ),
    ),
    Setting(
        name="SINETRAL_HOST",
        default="127.0.0.1",
        meaning="where the web listens",
    ),
    Setting(
        name="SINETRAL_PORT",
        default="8080",
        meaning="where the web listens",
    ),
    Setting(
        name="SINETRAL_NLU_URL",
        default="http://127.0.0.1:5005",
        meaning="where the NLU answers; started by us unless it already does",
    ),
    Setting(
        name="SINETRAL_NLU_SECRET",
        default=None,
        unset="made at the first start, in `nlu-secret` beside the key",
        meaning=(
            "what bot and NLU prove to each other by; set it on both when the NLU runs by itself or on another"
            " machine (then https or a private address)"
        ),
    ),
    Setting(
        name="SINETRAL_NLU_PYTHON",
        default=".venv-nlu/bin/python",
        meaning="the interpreter of the NLU",
    ),
    Setting(
        name="SINETRAL_MODEL_FOLDER",
        default="var/models",
        meaning="trained models; the one of the present content is used",
    ),
    Setting(
        name="SINETRAL_LOG_FOLDER",
        default="var/log",
        meaning="logs of set-up and NLU",
    ),
    Setting(
        name="SINETRAL_TIMEZONE",
        default="Asia/Jakarta",
        meaning='decides what "today" is',
    ),
    Setting(
        name="SINETRAL_AGENCY",
        default=None,
        unset="not shown",
        meaning="the agency's name on the page and in /privasi",
    ),
    Setting(
        name="SINETRAL_CONTACT",
        default=None,
        unset="not shown",
        meaning="whom to ask when the bot does not know",
    ),
    Setting(
        name="TELEGRAM_BOT_TOKEN",
        default=None,
        unset="no Telegram",
        meaning="the token of the bot; long polling begins with it",
    ),
    Setting(
        name="TELEGRAM_WEBHOOK_URL",
        default=None,
        unset="long polling",
        meaning="this service's public address; Telegram then delivers to `/telegram/webhook`",
    ),
    Setting(
        name="TELEGRAM_WEBHOOK_SECRET",
        default=None,
        unset="long polling",
        meaning="1-256 of A-Z a-z 0-9 _ -; must be set beside the address",
    ),
    Setting(
        name="TELEGRAM_API_BASE_URL",
        default="https://api.telegram.org",
        meaning="another Bot API server, for tests",
    ),
    Setting(
        name="SINETRAL_TELEGRAM_PER_SECOND",
        default="25",
        meaning="messages of the bot, replies and reminders together; some 85 % of what Telegram allows",
    ),
    Setting(
        name="SINETRAL_TELEGRAM_PRICE",
        default=None,
        unset="not shown",
        meaning="rupiah for one reminder, for the cost of a campaign before it is approved",
    ),
    Setting(
        name="SINETRAL_WHATSAPP_PRICE",
        default=None,
        unset="not shown",
        meaning="the same for WhatsApp",
    ),
    Setting(
        name="WHATSAPP_TOKEN",
        default=None,
        unset="no WhatsApp",
        meaning="a system user's permanent token; the next three must be set beside it",
    ),
    Setting(
        name="WHATSAPP_PHONE_NUMBER_ID",
        default=None,
        meaning="the number's id in Meta's app, not the number",
    ),
    Setting(
        name="WHATSAPP_APP_SECRET",
        default=None,
        meaning="the app's secret, which signs webhooks",
    ),
    Setting(
        name="WHATSAPP_VERIFY_TOKEN",
        default=None,
        meaning="a word of your own for the handshake",
    ),
    Setting(
        name="WHATSAPP_BUSINESS_ACCOUNT_ID",
        default=None,
        unset="no templates",
        meaning="the account whose message templates are read; without it nothing is sent outside a 24-hour window",
    ),
    Setting(
        name="WHATSAPP_API_BASE_URL",
        default="https://graph.facebook.com",
        meaning="another Graph server, for tests",
    ),
    Setting(
        name="WHATSAPP_GRAPH_VERSION",
        default="v23.0",
        meaning="the version of Meta's Graph API",
    ),
    Setting(
        name="SINETRAL_WHATSAPP_PER_SECOND",
        default="68",
        meaning="messages of the number, replies and reminders together; 85 % of what Meta allows",
    ),
    Setting(
        name="SINETRAL_WHATSAPP_PEOPLE_A_DAY",
        default="250",
        meaning="people whom reminders may reach outside their window in 24 hours: the portfolio's messaging limit",
    ),
    Setting(
        name="SINETRAL_UNANSWERED_DAYS",
        default="60",
        meaning="how long masked texts of unanswered questions are kept, 30 to 90",
    ),
    Setting(
        name="SINETRAL_MESSAGES_PER_MINUTE",
        default="20",
        meaning="of one person, on every channel; half as many may come at once, ten at least",
    ),
    Setting(
        name="SINETRAL_ADDRESS_MESSAGES_PER_MINUTE",
        default="120",
        meaning="of one network address (IPv6: one /64), which a whole office may share",
    ),
    Setting(
        name="SINETRAL_TRUSTED_PROXIES",
        default=None,
        unset="nobody is believed",
        meaning=(
            "addresses or networks of your reverse proxy, such as `127.0.0.1,10.0.0.0/24`. Only their"
            " `X-Forwarded-For` and `X-Forwarded-Proto` are believed; the proxy must set both itself and drop"
            " the visitor's. Without it all visitors behind a proxy count as one, and cookies are not `Secure`"
        ),
    ),
    Setting(
        name="SINETRAL_HOSTS",
        default=None,
        unset="addresses and `localhost` only",
        meaning=(
            "names under which people open the web pages, such as `netral.kotacontoh.go.id`; any other name is"
            " refused (421)"
        ),
    ),
)
"""In the order of the page; a test holds it to what is read."""
