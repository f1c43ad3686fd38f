"""The web chat and /health, as a browser meets them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from bot.application.dialogue.limit_texts import MAX_TEXTS_A_DAY
from bot.bootstrap.services import Services
from bot.bootstrap.web import build_app
from bot.channels.web.routes import ADDRESS_BURST, BURST, COOKIE, MAX_BODY
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from bot.storage.engine.engine import make_engine
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.nlu import FakeNlu
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, rows, settings_for

TOPIC = "tim_sukses"
ASK = "boleh ikut timses?"
FOLLOW_UP = "sanksinya apa?"
FRAGMENT = {"X-SiNetral-Fragment": "1"}
OWN = "http://testserver"


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.found: list[tuple[str, Mapping[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        self.found.append((tag, dict(attrs)))

    def values(self, *names: str) -> list[str | None]:
        """Return the values of the attributes of these names."""
        return [attributes[name] for _, attributes in self.found for name in names if name in attributes]


@dataclass(frozen=True, kw_only=True)
class Web:
    """The application, a browser, and what it stands on."""

    client: TestClient
    parts: Services
    clock: StillClock
    interpreter: FakeInterpreter

    def say(self, text: str, **headers: str) -> httpx2.Response:
        """Send the form with a text."""
        return self.client.post("/chat", data={"text": text}, headers=headers)

    def press(self, payload: str, label: str = "Tombol") -> httpx2.Response:
        """Send the form of a button."""
        return self.client.post("/chat", data={"payload": payload, "label": label})

    def as_stranger(self) -> None:
        """Go on without the cookie, as another browser."""
        self.client.cookies.clear()

    def sql(self, statement: str, **values: object) -> None:
        """Change rows behind the program's back."""
        assert self.client.portal is not None
        self.client.portal.call(lambda: execute(self.parts.engine, statement, **values))


@pytest.fixture
def web(seeded_sqlite: str, tmp_path: Path, now: datetime) -> Iterator[Web]:
    """Return the application on a SQLite file of its own."""
    engine = make_engine(seeded_sqlite)
    clock = StillClock(now)
    settings = replace(settings_for(seeded_sqlite, tmp_path), agency="BKPSDM Kabupaten Contoh")
    parts = Services(settings=settings, engine=engine, store=database_store(engine), clock=clock)
    interpreter = FakeInterpreter(parses={ASK: parsed((TOPIC, 0.95)), FOLLOW_UP: parsed(("tanya_sanksi", 0.95))})
    with TestClient(build_app(parts, FakeNlu(interpreter), read_lexicon(()))) as client:
        yield Web(client=client, parts=parts, clock=clock, interpreter=interpreter)
        assert client.portal is not None
        client.portal.call(engine.dispose)


# The page


def test_the_page_greets_names_the_agency_and_offers_examples(web: Web) -> None:
    page = web.client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "BKPSDM Kabupaten Contoh" in page.text
    assert [example for example in texts.EXAMPLES if example not in page.text] == []


def test_the_page_works_with_forms_alone(web: Web) -> None:
    elements = Elements(web.client.get("/").text)
    forms = [attributes for tag, attributes in elements.found if tag == "form"]
    assert {(form["method"], form["action"]) for form in forms} == {("post", "/chat")}
    assert ("textarea", "text") in [(tag, attributes.get("name")) for tag, attributes in elements.found]


@pytest.mark.parametrize("path", ["/", "/chat"])
def test_every_page_forbids_what_it_does_not_need(web: Web, path: str) -> None:
    response = web.client.get("/") if path == "/" else web.say(ASK)
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"


def test_the_pages_name_only_resources_of_our_own(web: Web) -> None:
    pages = [web.client.get("/").text, web.say(ASK).text, web.press("m").text]
    named = [value for page in pages for value in Elements(page).values("src", "href", "action", "srcset", "poster")]
    assert set(named) == {"/chat", "/static/chat.css", "/static/chat.js", "/static/icon.svg"}
    assert [page for page in pages if "http://" in page or "https://" in page] == []


def test_the_pages_hold_nothing_that_their_policy_forbids(web: Web) -> None:
    for page in (web.client.get("/").text, web.say(ASK).text):
        elements = Elements(page)
        inline = [tag for tag, attributes in elements.found if tag == "script" and "src" not in attributes]
        handlers = [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
        assert (inline, handlers, elements.values("style")) == ([], [], [])
        assert "style" not in [tag for tag, _ in elements.found]


# A turn


def test_an_answer_shows_the_question_the_answer_and_its_articles(web: Web, book: GuidanceBook) -> None:
    page = web.say(ASK).text
    assert page.startswith("<!doctype html>")
    assert f"<p>{ASK}</p>" in page
    assert book.topics[TOPIC].title in page
    assert book.entries[TOPIC].short in page
    cited = [place.article for place in book.entries[TOPIC].bases()]
    assert [article for article in cited if article not in page] == []


def test_a_script_gets_the_turn_alone(web: Web, book: GuidanceBook) -> None:
    whole, part = web.say(ASK).text, web.say(ASK, **FRAGMENT).text
    assert book.entries[TOPIC].short in part
    assert {tag for tag, _ in Elements(part).found} & {"html", "head", "body", "footer", "textarea"} == set()
    assert part.strip() in whole


def test_what_was_written_is_shown_as_text_only(web: Web) -> None:
    page = web.say('<script>alert("x")</script><img src=x onerror=alert(1)>').text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_label_that_came_with_a_button_is_shown_as_text_only(web: Web) -> None:
    page = web.press("m", '"><script>alert(1)</script>').text
    assert "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_text_of_the_database_is_shown_as_text_only(web: Web) -> None:
    web.sql("UPDATE guidance SET short = '<b>tebal</b> & miring' WHERE topic_id = :topic", topic=TOPIC)
    assert "<p>&lt;b&gt;tebal&lt;/b&gt; &amp; miring</p>" in web.say(ASK).text


def test_a_pressed_button_is_answered_and_its_label_shown(web: Web, book: GuidanceBook) -> None:
    page = web.press(f"s:{TOPIC}", "Sanksinya?").text
    assert "<p>Sanksinya?</p>" in page
    assert f"<h3>{texts.SANCTION} · {book.topics[TOPIC].title}</h3>" in page
    assert web.interpreter.asked == []


def test_every_button_of_an_answer_can_be_pressed(web: Web) -> None:
    found = Elements(web.say(ASK).text).found
    payloads = [attributes["value"] for tag, attributes in found if tag == "button" and "value" in attributes]
    assert len(payloads) >= 6
    pages = [web.press(str(payload)).text for payload in payloads]
    assert [page for page in pages if texts.STALE_BUTTON in page] == []


@pytest.mark.parametrize("payload", ["v:tim_sukses:-1", "t:tak_ada", "zz", ":::", "v:tim_sukses:١", "s:" * 500])
def test_a_payload_that_is_no_button_of_ours_is_harmless(web: Web, payload: str) -> None:
    assert web.press(payload).status_code == 200


@pytest.mark.parametrize("field", [{}, {"text": ""}, {"lain": "x"}, {"payload": "", "text": " "}])
def test_an_empty_form_is_answered_as_an_empty_message(web: Web, field: dict[str, str]) -> None:
    answer = web.client.post("/chat", data=field)
    assert (answer.status_code, texts.EMPTY in answer.text) == (200, True)
    assert web.interpreter.asked == []


def test_a_text_of_the_greatest_length_passes_and_a_longer_one_is_said_to_be_too_long(web: Web) -> None:
    longest = "€" * 4095 + "a"
    assert texts.TOO_LONG not in web.say(longest).text
    assert web.interpreter.asked == [longest]
    too_long = web.say(longest + "a")
    assert (too_long.status_code, texts.TOO_LONG in too_long.text) == (200, True)
    assert web.interpreter.asked == [longest]


def test_without_the_nlu_people_are_told_honestly_and_buttons_still_work(web: Web, book: GuidanceBook) -> None:
    web.interpreter.is_down = True
    assert texts.NLU_DOWN in web.say(ASK).text
    assert book.entries[TOPIC].short in web.press(f"t:{TOPIC}").text


# The cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(web: Web) -> None:
    [cookie] = web.client.get("/").headers.get_list("set-cookie")
    pair, *attributes = cookie.split("; ")
    assert re.fullmatch(COOKIE + "=[A-Za-z0-9_-]{43}", pair) is not None
    assert {attribute.lower() for attribute in attributes} == {"httponly", "max-age=86400", "path=/", "samesite=lax"}


def test_over_https_the_cookie_never_goes_over_http(web: Web) -> None:
    [cookie] = web.client.get("https://testserver/").headers.get_list("set-cookie")
    assert "secure" in {attribute.lower() for attribute in cookie.split("; ")}


def test_the_cookie_is_kept_and_carries_the_conversation(web: Web, book: GuidanceBook) -> None:
    first = web.say(ASK).cookies[COOKIE]
    follow_up = web.say(FOLLOW_UP)
    assert follow_up.cookies[COOKIE] == first
    assert f"<h3>{texts.SANCTION} · {book.topics[TOPIC].title}</h3>" in follow_up.text


def test_browsers_do_not_share_a_conversation(web: Web, book: GuidanceBook) -> None:
    first = web.say(ASK).cookies[COOKIE]
    web.as_stranger()
    follow_up = web.say(FOLLOW_UP)
    assert follow_up.cookies[COOKIE] != first
    assert book.topics[TOPIC].title not in follow_up.text


@pytest.mark.parametrize("forged", ["", "x", "a" * 42, "a" * 44, "a" * 5000, *("a" * 42 + each for each in ".!/%~")])
def test_a_cookie_that_we_cannot_have_made_is_replaced(web: Web, forged: str) -> None:
    answer = web.client.get("/", headers={"Cookie": f"{COOKIE}={forged}"})
    assert answer.cookies[COOKIE] != forged
    assert len(answer.cookies[COOKIE]) == 43


# Who may send


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://testserver.evil.example",
        "http://testserver:81",
        "http://[",
        "null",
        "testserver",
    ],
)
def test_a_form_of_another_site_is_refused(web: Web, origin: str) -> None:
    answer = web.say(ASK, Origin=origin)
    assert (answer.status_code, texts.WEB_FOREIGN in answer.text) == (403, True)
    assert web.interpreter.asked == []


@pytest.mark.parametrize(
    ("host", "origin"), [("testserver:443", "https://testserver"), ("TESTSERVER", "http://testserver:80")]
)
def test_a_form_of_our_own_page_in_another_spelling_of_its_origin_is_accepted(web: Web, host: str, origin: str) -> None:
    assert web.say(ASK, Host=host, Origin=origin).status_code == 200


def test_what_another_site_sends_does_not_replace_the_conversation(web: Web) -> None:
    answer = web.say(ASK, Origin="http://evil.example")
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f"])
def test_a_control_character_is_refused_before_anybody_is_asked(web: Web, character: str) -> None:
    for answer in (
        web.say(f"boleh{character}kah?"),
        web.press(f"t:{character}"),
        web.press(character),
        web.press("m", f"To{character}mbol"),
        web.client.get("/", params={"q": character}),
    ):
        assert (answer.status_code, texts.WEB_CONTROL_CHARACTERS in answer.text) == (400, True)
    assert web.interpreter.asked == []


def test_line_breaks_and_tabs_are_asked_as_breaks_and_blanks(web: Web) -> None:
    web.say("boleh\r\nikut\ttimses?")
    assert web.interpreter.asked == ["boleh\nikut timses?"]


def test_a_form_of_our_own_page_is_accepted(web: Web) -> None:
    assert web.say(ASK, Origin=OWN).status_code == 200
    assert web.interpreter.asked == [ASK]


# Limits


def test_a_body_at_the_limit_is_read_and_a_longer_one_refused(web: Web) -> None:
    fits = b"text=" + b"a" * (MAX_BODY - 5)
    assert _post(web, fits).status_code == 200
    refused = _post(web, fits + b"a")
    assert (refused.status_code, texts.TOO_LONG in refused.text) == (413, True)


def test_a_body_without_an_end_is_refused_as_soon_as_it_is_too_long(web: Web) -> None:
    received: list[int] = []
    sent: list[Message] = []

    async def receive() -> Message:
        received.append(len(received))
        return {"type": "http.request", "body": b"a" * 16_384, "more_body": len(received) < 64}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/chat", "headers": [], "query_string": b"", "scheme": "http"}
    assert web.client.portal is not None
    web.client.portal.call(web.client.app, scope, receive, send)
    assert (sent[0]["status"], len(received)) == (413, 5)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&b=2&c=3&d=4&e=5"], ids=["not UTF-8", "too many fields"])
def test_a_body_that_is_no_form_of_ours_is_refused(web: Web, body: bytes) -> None:
    refused = _post(web, body)
    assert (refused.status_code, texts.WEB_UNREADABLE in refused.text) == (400, True)


def test_a_browser_that_sends_too_fast_is_told_how_long_to_wait(web: Web) -> None:
    assert {web.say("hai").status_code for _ in range(BURST)} == {200}
    refused = web.say(ASK)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
    assert texts.WEB_TOO_FAST.format(seconds=3) in refused.text
    assert ASK not in web.interpreter.asked


def test_after_the_wait_the_browser_may_go_on(web: Web) -> None:
    for _ in range(BURST + 1):
        web.say("hai")
    web.clock.at += timedelta(seconds=2)
    assert web.say(ASK).status_code == 429
    web.clock.at += timedelta(seconds=1)
    assert web.say(ASK).status_code == 200


def test_a_browser_held_up_does_not_hold_others_up(web: Web) -> None:
    for _ in range(BURST + 1):
        web.say("hai")
    web.as_stranger()
    assert web.say(ASK).status_code == 200


def test_an_address_that_keeps_changing_its_cookie_is_held_up_too(web: Web) -> None:
    for _ in range(ADDRESS_BURST):
        web.as_stranger()
        assert web.say("hai").status_code == 200
    web.as_stranger()
    refused = web.say(ASK)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")


def test_reading_the_page_is_never_held_up(web: Web) -> None:
    for _ in range(BURST + 1):
        web.say("hai")
    assert web.client.get("/").status_code == 200


@pytest.mark.parametrize("status", [403, 413, 400, 429])
def test_a_refusal_keeps_the_headers_and_the_cookie_of_every_page(web: Web, status: int) -> None:
    kept = web.client.get("/").cookies[COOKIE]
    answers = {
        403: lambda: web.say(ASK, Origin="http://evil.example"),
        413: lambda: _post(web, b"a" * (MAX_BODY + 1)),
        400: lambda: _post(web, b"\xff"),
        429: lambda: [web.say("hai") for _ in range(BURST + 1)][-1],
    }
    refused = answers[status]()
    assert (refused.status_code, refused.cookies[COOKIE]) == (status, kept)
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


# Health


def test_health_says_what_works_and_nothing_of_people(web: Web) -> None:
    web.say(ASK)
    answer = web.client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body.pop("parts")) == {"database", "nlu", "guidance", "queues", "audit"}
    assert body == {"status": "ok", "failing": [], "model": "fake-model", "answers": 59, "withheld": []}


def test_health_is_unavailable_while_the_nlu_is_down(web: Web) -> None:
    web.interpreter.is_down = True
    answer = web.client.get("/health")
    assert answer.status_code == 503
    body = answer.json()
    assert body["parts"].pop("nlu")["trouble"] == "no_answer"
    assert [part["state"] for part in body.pop("parts").values()] == ["ok"] * 4
    assert body == {"status": "degraded", "failing": ["nlu"], "model": None, "answers": 59, "withheld": []}


def test_health_names_the_answers_that_are_withheld(web: Web) -> None:
    web.sql("UPDATE guidance SET review_by = :day WHERE topic_id = :topic", day=date(2026, 11, 23), topic=TOPIC)
    answer = web.client.get("/health").json()
    assert (answer["answers"], answer["withheld"]) == (58, [TOPIC])


# The rest


@pytest.mark.parametrize(
    ("file", "kind"),
    [("chat.css", "text/css"), ("chat.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_static_files_are_served_with_their_type(web: Web, file: str, kind: str) -> None:
    answer = web.client.get(f"/static/{file}")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
    assert answer.content != b""


def test_style_and_script_load_nothing_from_elsewhere(web: Web) -> None:
    for file in ("chat.css", "chat.js"):
        assert re.findall(r"https?://|url\(|@import|//[a-z]+\.", web.client.get(f"/static/{file}").text) == []


@pytest.mark.parametrize(
    "path", ["/tidak-ada", "/static/tidak-ada.js", "/static/", "/static/..%2Froutes.py", "/static/%2E%2E/routes.py"]
)
def test_what_does_not_exist_is_not_found(web: Web, path: str) -> None:
    assert web.client.get(path).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/chat"), ("POST", "/"), ("POST", "/health"), ("PUT", "/chat")])
def test_other_methods_are_not_allowed(web: Web, method: str, path: str) -> None:
    assert web.client.request(method, path).status_code == 405


def test_browsers_of_one_address_share_what_is_kept_of_their_unanswered_texts_in_a_day(web: Web) -> None:
    for number in range(MAX_TEXTS_A_DAY + 5):
        web.as_stranger()
        assert web.say(f"harga beras naik {'sekali ' * number}").status_code == 200
    assert web.client.portal is not None
    web.client.portal.call(web.parts.store.flush_query_log, web.clock.now() + timedelta(hours=2))
    counted = "SELECT (SELECT count(*) FROM unanswered), (SELECT sum(asked) FROM query_day)"
    found = web.client.portal.call(lambda: rows(web.parts.engine, counted))
    assert found == [(MAX_TEXTS_A_DAY, MAX_TEXTS_A_DAY + 5)]


@pytest.mark.privacy
def test_neither_words_nor_cookie_nor_address_stand_in_any_file(web: Web, tmp_path: Path) -> None:
    cookie = web.say("bolehkah Zorblatta Quixendra kampanye").cookies[COOKIE]
    content = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    traces = ["Zorblatta", "Quixendra", cookie, "testclient"]
    assert [trace for trace in traces if trace.encode() in content] == []


def _post(web: Web, body: bytes) -> httpx2.Response:
    return web.client.post("/chat", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
