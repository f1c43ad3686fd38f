"""Settings out of an environment."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import InvalidInputError
from bot.settings import ROOT, Settings

DEFAULTS = Settings(
    database_url=f"sqlite:///{ROOT}/var/sinetral.db",
    key_file=ROOT / "var/keys/master.key",
    host="127.0.0.1",
    port=8080,
    nlu_url="http://127.0.0.1:5005",
    nlu_secret=None,
    nlu_python=ROOT / ".venv-nlu/bin/python",
    model_folder=ROOT / "var/models",
    log_folder=ROOT / "var/log",
    timezone=ZoneInfo("Asia/Jakarta"),
    agency=None,
    contact=None,
    telegram_token=None,
    telegram_api="https://api.telegram.org",
    telegram_webhook_url=None,
    telegram_webhook_secret=None,
    telegram_per_second=25,
    whatsapp=None,
    unanswered_days=60,
    messages_per_minute=20,
    address_messages_per_minute=120,
)
NUMBERS = ["SINETRAL_PORT", "SINETRAL_MESSAGES_PER_MINUTE", "SINETRAL_ADDRESS_MESSAGES_PER_MINUTE"]
NAMES = [
    "SINETRAL_DATABASE_URL",
    "SINETRAL_KEY_FILE",
    "SINETRAL_HOST",
    "SINETRAL_NLU_URL",
    "SINETRAL_NLU_SECRET",
    "SINETRAL_NLU_PYTHON",
    "SINETRAL_MODEL_FOLDER",
    "SINETRAL_LOG_FOLDER",
    "SINETRAL_TIMEZONE",
    "SINETRAL_AGENCY",
    "SINETRAL_CONTACT",
    "SINETRAL_TRUSTED_PROXIES",
    "SINETRAL_HOSTS",
    *NUMBERS,
]


def _error(environment: Mapping[str, str]) -> str:
    with pytest.raises(InvalidInputError) as raised:
        Settings.from_env(environment)
    return str(raised.value)


def test_every_setting_has_a_default() -> None:
    assert Settings.from_env({}) == DEFAULTS


def test_an_empty_setting_is_an_unset_one() -> None:
    assert Settings.from_env(dict.fromkeys(NAMES, "")) == DEFAULTS


def test_other_variables_do_not_matter() -> None:
    assert Settings.from_env({"PORT": "1", "PATH": "/bin"}) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SINETRAL_DATABASE_URL", "postgresql://db/x", replace(DEFAULTS, database_url="postgresql://db/x")),
        ("SINETRAL_KEY_FILE", "/etc/kunci", replace(DEFAULTS, key_file=Path("/etc/kunci"))),
        ("SINETRAL_HOST", "::1", replace(DEFAULTS, host="::1")),
        ("SINETRAL_PORT", "9090", replace(DEFAULTS, port=9090)),
        ("SINETRAL_NLU_URL", "http://nlu:1/", replace(DEFAULTS, nlu_url="http://nlu:1")),
        ("SINETRAL_NLU_SECRET", "rahasia", replace(DEFAULTS, nlu_secret="rahasia")),
        ("SINETRAL_NLU_PYTHON", "lain/python", replace(DEFAULTS, nlu_python=ROOT / "lain/python")),
        ("SINETRAL_MODEL_FOLDER", "model", replace(DEFAULTS, model_folder=ROOT / "model")),
        ("SINETRAL_LOG_FOLDER", "/var/log/x", replace(DEFAULTS, log_folder=Path("/var/log/x"))),
        ("SINETRAL_TIMEZONE", "Asia/Makassar", replace(DEFAULTS, timezone=ZoneInfo("Asia/Makassar"))),
        ("SINETRAL_AGENCY", "BKPSDM", replace(DEFAULTS, agency="BKPSDM")),
        ("SINETRAL_CONTACT", "lantai 2", replace(DEFAULTS, contact="lantai 2")),
        (
            "SINETRAL_TRUSTED_PROXIES",
            "127.0.0.1, 10.1.0.0/16",
            replace(DEFAULTS, trusted_proxies=(ip_network("127.0.0.1"), ip_network("10.1.0.0/16"))),
        ),
        ("SINETRAL_HOSTS", "A.example.,b", replace(DEFAULTS, hosts=frozenset({"a.example", "b"}))),
        ("SINETRAL_MESSAGES_PER_MINUTE", "5", replace(DEFAULTS, messages_per_minute=5)),
        ("SINETRAL_ADDRESS_MESSAGES_PER_MINUTE", "500", replace(DEFAULTS, address_messages_per_minute=500)),
    ],
)
def test_each_variable_sets_its_own_setting_and_no_other(name: str, value: str, expected: Settings) -> None:
    assert Settings.from_env({name: value}) == expected


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["0", "65536", "-1", "8080.0", "banyak", " 80", "²"])
def test_a_number_out_of_range_or_none_at_all_is_refused_by_name(name: str, value: str) -> None:
    assert _error({name: value}) == f"{name} must be a whole number from 1 to 65535"


@pytest.mark.parametrize("value", ["10.0.0.1/8", "proxy", "10.0.0", "*"])
def test_a_proxy_that_is_no_address_is_refused_by_name(value: str) -> None:
    assert "SINETRAL_TRUSTED_PROXIES" in _error({"SINETRAL_TRUSTED_PROXIES": value})


@pytest.mark.parametrize("value", ["https://a.example", "a.example:8080", "a/b", "*"])
def test_a_host_that_is_no_name_is_refused_by_name(value: str) -> None:
    assert "SINETRAL_HOSTS" in _error({"SINETRAL_HOSTS": value})


@pytest.mark.parametrize("value", ["1", "65535"])
def test_the_smallest_and_the_largest_number_are_accepted(value: str) -> None:
    assert Settings.from_env({"SINETRAL_PORT": value}).port == int(value)


@pytest.mark.parametrize("zone", ["Asia/Bandung", "WIB", "../etc/passwd", "/etc/localtime", "Asia"])
def test_a_time_zone_that_nobody_knows_is_refused_by_name(zone: str) -> None:
    expected = f"SINETRAL_TIMEZONE must name a time zone, such as Asia/Makassar; not {zone}"
    assert _error({"SINETRAL_TIMEZONE": zone}) == expected


WHATSAPP = {
    "WHATSAPP_TOKEN": "EAAG",
    "WHATSAPP_PHONE_NUMBER_ID": "1065",
    "WHATSAPP_APP_SECRET": "rahasia",
    "WHATSAPP_VERIFY_TOKEN": "kata",
}


@pytest.mark.whatsapp
def test_whatsapp_has_defaults_beside_its_token() -> None:
    whatsapp = Settings.from_env(WHATSAPP).whatsapp
    assert whatsapp is not None
    assert (whatsapp.api, whatsapp.version, whatsapp.account_id) == ("https://graph.facebook.com", "v23.0", None)
    assert (whatsapp.per_second, whatsapp.people_a_day) == (68, 250)


@pytest.mark.whatsapp
def test_whatsapp_is_set_up_as_told_and_its_secrets_are_not_shown() -> None:
    given = {
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "1022",
        "WHATSAPP_API_BASE_URL": "http://127.0.0.1:9/",
        "WHATSAPP_GRAPH_VERSION": "v25.0",
        "SINETRAL_WHATSAPP_PER_SECOND": "17",
        "SINETRAL_WHATSAPP_PEOPLE_A_DAY": "100000",
    }
    whatsapp = Settings.from_env(WHATSAPP | given).whatsapp
    assert whatsapp is not None
    assert (whatsapp.api, whatsapp.version, whatsapp.account_id) == ("http://127.0.0.1:9", "v25.0", "1022")
    assert (whatsapp.per_second, whatsapp.people_a_day) == (17, 100_000)
    assert not [secret for secret in ("EAAG", "rahasia", "kata") if secret in repr(whatsapp)]


@pytest.mark.whatsapp
@pytest.mark.parametrize("name", [name for name in WHATSAPP if name != "WHATSAPP_TOKEN"])
def test_what_whatsapp_needs_beside_its_token_is_asked_for_by_name(name: str) -> None:
    assert _error({**WHATSAPP, name: ""}) == f"{name} must be set beside WHATSAPP_TOKEN"
