"""The NLU process as the bot meets it: over HTTP, with a model trained by `rasa train nlu`."""

import json
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from operator import mul
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap.nlu import workshop
from bot.nlu_service.client import parse_from_json
from bot.nlu_service.models import environment
from bot.settings import Settings
from tests.support.bot_process import NLU_SECRET, Bot

DATA = Path(__file__).parents[2] / "nlu" / "evaluation" / "held_out"

pytestmark = [pytest.mark.nlu, pytest.mark.full]


def post(bot: Bot, body: bytes, path: str = "/model/parse") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {NLU_SECRET}"}
    request = urllib.request.Request(f"http://127.0.0.1:{bot.nlu_port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def parse(bot: Bot, text: str) -> dict[str, Any]:
    status, answer = post(bot, json.dumps({"text": text}).encode())
    assert status == 200
    return answer


def in_nlu(code: str, **extra: str) -> str:
    settings = Settings.from_env({})
    shop = workshop(settings)
    done = subprocess.run(
        [str(shop.python), "-c", code], cwd=shop.root, env=environment() | extra, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode().strip().splitlines()[-1]


def test_answers_with_rasas_json_and_our_additions(bot: Bot) -> None:
    answer = parse(bot, "gw pppk, bole gk sih dtg k kmpnye")
    assert {"text", "intent", "intent_ranking", "entities", "model", "bands", "out_of_scope"} <= set(answer)
    assert answer["intent"]["name"] == "hadir_kampanye"
    assert set(answer["bands"]) == {"answer", "clarify", "out_of_scope"}
    assert 0.0 <= answer["out_of_scope"] <= 1.0
    assert 0.0 < answer["doubt"] <= 0.5
    assert [(e["entity"], e["value"]) for e in answer["entities"]] == [("peran", "pppk")]


def test_the_client_reads_what_the_process_gives(bot: Bot) -> None:
    read = parse_from_json(parse(bot, "kalau sudah penetapan calon?"), "kalau sudah penetapan calon?")
    assert read.values("tahapan") == ("kampanye",)
    assert read.bands.clarify < read.bands.answer


def test_a_leading_slash_is_no_intent(bot: Bot) -> None:
    assert "out_of_scope" in parse(bot, "/minta_opini")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"text": ""}', b'{"text": 5}', json.dumps({"text": "a" * 4097}).encode()]
)
def test_refuses_what_is_no_text(bot: Bot, body: bytes) -> None:
    assert post(bot, body)[0] == 422


def test_superiors_pressure_is_found_whatever_the_act(bot: Bot) -> None:
    for text in ("disuruh sama kepala dinas pasang baliho", "atasan saya maksa kami ikut kampanye"):
        assert "tekanan_atasan" in {e["entity"] for e in parse(bot, text)["entities"]}, text


def test_telemetry_stays_off_even_where_it_is_switched_on() -> None:
    code = "import nlu.components.loaded_model, rasa.telemetry as t; print(t.is_telemetry_enabled())"
    assert in_nlu(code, RASA_TELEMETRY_ENABLED="true") == "False"


@pytest.mark.privacy
def test_no_text_is_logged_even_at_debug_level() -> None:
    code = (
        "import logging, sys, glob, os; logging.basicConfig(level=logging.DEBUG, stream=sys.stdout);"
        "import nlu.serving.__main__ as m; logging.disable(logging.INFO);"
        "from nlu.components.loaded_model import LoadedModel; from pathlib import Path;"
        "LoadedModel(Path(sorted(glob.glob('var/models/nlu-*.tar.gz'))[-1])).parse('kucing belang tiga'); print('end')"
    )
    settings = Settings.from_env({})
    done = subprocess.run(
        [str(settings.nlu_python), "-c", code],
        cwd=workshop(settings).root,
        env=environment() | {"LOG_LEVEL": "DEBUG", "LOG_LEVEL_LIBRARIES": "DEBUG"},
        capture_output=True,
        check=True,
    )
    assert b"end" in done.stdout
    assert b"kucing" not in done.stdout + done.stderr


def test_a_model_without_its_weights_is_not_served(tmp_path: Path) -> None:
    settings = Settings.from_env({})
    shop = workshop(settings)
    broken = tmp_path / "broken.tar.gz"
    with tarfile.open(shop.latest()) as whole, tarfile.open(broken, "w:gz") as part:
        for member in whole.getmembers():
            if not member.name.endswith("ngram_model.npz"):
                part.addfile(member, whole.extractfile(member) if member.isfile() else None)
    done = subprocess.run(
        [str(shop.python), "-m", "nlu.serving", "--model", str(broken), "--port", "1"],
        cwd=shop.root,
        env=environment() | {"SINETRAL_NLU_SECRET": NLU_SECRET},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"ngram_model.npz" in done.stderr


def test_the_nlu_answers_nobody_who_does_not_know_its_secret(bot: Bot) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"bearer {NLU_SECRET}x"}):
        for path in ("/model/parse", "/embed", "/lain"):
            request = urllib.request.Request(f"http://127.0.0.1:{bot.nlu_port}{path}", b'{"text": "boleh"}', headers)
            with pytest.raises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(request, timeout=5)
            assert raised.value.code == 401
            raised.value.close()


def test_without_a_secret_the_nlu_does_not_start() -> None:
    shop = workshop(Settings.from_env({}))
    done = subprocess.run(
        [str(shop.python), "-m", "nlu.serving", "--model", str(shop.latest()), "--port", "1"],
        cwd=shop.root,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"SINETRAL_NLU_SECRET" in done.stderr) == (1, True)


def test_the_nlu_is_started_with_no_secret_of_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "SINETRAL_DATABASE_URL", "PGPASSWORD"):
        monkeypatch.setenv(name, "zwartbolk")
    assert "zwartbolk" not in repr(environment())


def test_rasa_is_the_last_open_release() -> None:
    assert in_nlu("import importlib.metadata as m; print(m.version('rasa'))") == "3.6.21"


def test_a_model_is_made_anew_only_when_its_content_changes(tmp_path: Path) -> None:
    shop = workshop(Settings.from_env({}))
    first = shop.content_id()
    assert shop.content_id() == first
    copy = type(shop)(root=tmp_path, python=shop.python, models=tmp_path)
    for name in ("config.yml", "domain.yml", "nlu/requirements.txt", "nlu/data/writer_1/dasar.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((shop.root / name).read_bytes())
    before = copy.content_id()
    with (tmp_path / "nlu" / "data" / "writer_1" / "dasar.yml").open("a") as file:
        file.write("      - satu kalimat lagi\n")
    assert copy.content_id() != before


@pytest.mark.parametrize(
    "name",
    ["evaluation/report.py", "evaluation/held_out/questions.jsonl", "serving/server.py", "encoder/training/network.py"],
)
def test_what_does_not_change_answers_makes_no_model_anew(tmp_path: Path, name: str) -> None:
    shop = workshop(Settings.from_env({}))
    copy = type(shop)(root=tmp_path, python=shop.python, models=tmp_path)
    for needed in ("config.yml", "domain.yml", "nlu/requirements.txt", "nlu/data/writer_1/dasar.yml"):
        (tmp_path / needed).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / needed).write_bytes((shop.root / needed).read_bytes())
    before = copy.content_id()
    (tmp_path / "nlu" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "nlu" / name).write_text("lain")
    assert copy.content_id() == before


def test_a_served_model_tells_the_id_that_its_archive_is_named_by() -> None:
    shop = workshop(Settings.from_env({}))
    archive = shop.current()
    assert archive is not None
    with tarfile.open(archive) as files:
        told = [files.extractfile(each) for each in files.getmembers() if each.name.endswith("content_id.txt")]
        assert [file.read().decode() for file in told if file is not None] == [shop.content_id()]


def test_the_environment_of_the_nlu_holds_back_threads_and_telemetry() -> None:
    given = environment()
    assert given["RASA_TELEMETRY_ENABLED"] == "false"
    assert given["OMP_NUM_THREADS"] == given["OPENBLAS_NUM_THREADS"] == "1"
    assert given["PATH"] == os.environ["PATH"]


def test_texts_become_unit_vectors_that_lie_near_when_they_mean_the_same(bot: Bot) -> None:
    texts = ["boleh foto bareng calon?", "bolehkah berswafoto dengan calon bupati", "cara masak rendang yang empuk"]
    status, answer = post(bot, json.dumps({"texts": texts}).encode(), "/embed")
    assert status == 200
    one, same, other = answer["vectors"]
    assert [len(vector) for vector in answer["vectors"]] == [384, 384, 384]
    assert sum(x * x for x in one) == pytest.approx(1.0, abs=1e-3)
    assert sum(map(mul, one, same)) > sum(map(mul, one, other)) + 0.1


@pytest.mark.parametrize("body", [{}, {"texts": "satu"}, {"texts": [""]}, {"texts": [1]}, {"texts": ["a"] * 201}])
def test_what_cannot_be_embedded_is_told_so(bot: Bot, body: dict[str, Any]) -> None:
    status, answer = post(bot, json.dumps(body).encode(), "/embed")
    assert (status, list(answer)) == (422, ["error"])


def test_an_encoder_that_was_changed_is_refused(tmp_path: Path) -> None:
    code = f"""
import shutil, pathlib
from nlu.encoder.sentence_encoder import MODEL_FOLDER, EncoderFileError, SentenceEncoder
folder = pathlib.Path({str(tmp_path)!r}) / "encoder"
shutil.copytree(MODEL_FOLDER, folder)
with (folder / "vocabulary.json").open("a") as file:
    file.write(" ")
try:
    SentenceEncoder.load(folder)
    print("loaded")
except EncoderFileError:
    print("refused")
"""
    assert in_nlu(code) == "refused"


def test_the_utterances_hold_no_duplicate_contradiction_or_leak() -> None:
    shop = workshop(Settings.from_env({}))
    done = subprocess.run(
        [str(shop.python), "-m", "nlu.evaluation.data_checks"],
        cwd=shop.root,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode().splitlines()[1:]) == (0, [])


def test_the_evaluation_is_written_as_a_page_and_as_json(tmp_path: Path) -> None:
    held_out = tmp_path / "soal"
    held_out.mkdir()
    for name in ("questions", "out_of_scope", "opinion", "small_talk"):
        source = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:12]
        (held_out / f"{name}.jsonl").write_text("\n".join(source), encoding="utf-8")
    shop = workshop(Settings.from_env({}))
    model = ["--model", str(shop.latest()), "--held-out", str(held_out), "--out", str(tmp_path), "--no-baselines"]
    done = subprocess.run(
        [str(shop.python), "-m", "nlu.evaluation", *model],
        cwd=shop.root,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    figures = json.loads((tmp_path / "laporan.json").read_text(encoding="utf-8"))
    assert figures["by_register"]["semua"]["asked"] == 12
    page = (tmp_path / "laporan.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "http://" not in page.replace("http://www.w3.org", "")
