"""The evaluation as a page that a curator can read, and as JSON."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

from nlu.evaluation.held_out_sets import Prediction, Rates, by_register
from nlu.evaluation.metrics import (
    area_under,
    calibration_error,
    confusions,
    reliability,
    risk_coverage,
    scope_curve,
    worst_misses,
)

WORST = 50
MAX_CONFUSIONS = 30
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:right;padding:.3rem .5rem;border-bottom:1px solid #d9dee5}
th:first-child,td:first-child{text-align:left}
svg{max-width:100%;height:auto}figure{margin:1rem 0}figcaption{color:#4a5766;font-size:.9rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}.wrap{overflow-x:auto}
"""


@dataclass(frozen=True)
class Evaluation:
    """Everything that was judged."""

    model: str
    questions: Sequence[Prediction]
    strangers: Sequence[Prediction]
    opinions: Sequence[Prediction]
    talk: Sequence[Prediction]
    baselines: Mapping[str, tuple[float, float] | None]
    """Name to the shares right at first and among three; None for one that was not measured."""


def as_json(evaluation: Evaluation) -> dict[str, object]:
    """Return every figure as plain values."""
    strangers, count = evaluation.strangers, max(len(evaluation.strangers), 1)
    return {
        "model": evaluation.model,
        "by_register": {name: asdict(rates) for name, rates in by_register(evaluation.questions).items()},
        "by_topic": {name: asdict(rates) for name, rates in by_topic(evaluation.questions).items()},
        "calibration_error": calibration_error(evaluation.questions),
        "out_of_scope": {
            "asked": len(strangers),
            "answered": sum(each.is_answered and each.top not in TALK_OF_SCOPE for each in strangers) / count,
            "offered": sum(each.is_offered for each in strangers) / count,
            "area_under_curve": area_under(scope_curve(evaluation.questions, strangers)),
        },
        "opinions_refused": _share_right(evaluation.opinions),
        "small_talk_right": _share_right(evaluation.talk),
        "baselines": dict(evaluation.baselines),
        "confusions": confusions(evaluation.questions)[:MAX_CONFUSIONS],
        "worst": [
            {"text": each.question.text, "accepted": each.question.accepted, "taken": each.top, "sure": each.confidence}
            for each in worst_misses(evaluation.questions, WORST)
        ],
    }


TALK_OF_SCOPE = frozenset({"minta_opini", "sapa", "terima_kasih", "bantuan", "siapa_kamu", "selamat_tinggal"})
"""Intents that answer a stranger without telling them anything of the law."""


def by_topic(judged: Sequence[Prediction]) -> dict[str, Rates]:
    """Return the rates of each topic, the worst first."""
    topics = sorted({each.question.accepted[0] for each in judged})
    rates = {name: Rates.of([each for each in judged if each.question.accepted[0] == name]) for name in topics}
    return dict(sorted(rates.items(), key=lambda pair: (pair[1].top, pair[0])))


def write_report(evaluation: Evaluation, folder: Path) -> tuple[Path, Path]:
    """Write `laporan.html` and `laporan.json` into the folder, made when it does not exist; returns both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page, figures = folder / "laporan.html", folder / "laporan.json"
    page.write_text(as_html(evaluation), encoding="utf-8")
    figures.write_text(json.dumps(as_json(evaluation), ensure_ascii=False, indent=1), encoding="utf-8")
    return page, figures


def as_html(evaluation: Evaluation) -> str:
    """Return the page; it stands alone, without anything from elsewhere."""
    parts = [
        "<!doctype html><html lang=id><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Evaluasi NLU {evaluation.model}</title><style>{STYLE}</style>",
        f"<h1>Seberapa baik pertanyaan dipahami</h1><p>Model {evaluation.model}, {len(evaluation.questions)}",
        f" pertanyaan uji dan {len(evaluation.strangers)} di luar cakupan, tak satu pun pernah dilatihkan.</p>",
        "<h2>Menurut ragam bahasa</h2>",
        _rates("Ragam", by_register(evaluation.questions)),
        _summary(evaluation),
        "<h2>Pembanding pada soal yang sama</h2>",
        _baselines(evaluation),
        "<h2>Seberapa jujur keyakinannya</h2><div class=plots>",
        *_plots(evaluation),
        "</div><h2>Menurut topik, yang terlemah lebih dulu</h2>",
        _rates("Topik", by_topic(evaluation.questions)),
        "<h2>Topik yang tertukar</h2>",
        _table(("Seharusnya", "Dikira", "Kali"), confusions(evaluation.questions)[:MAX_CONFUSIONS]),
        f"<h2>{WORST} kekeliruan yang paling yakin</h2>",
        _misses(evaluation),
    ]
    return "".join(parts) + "</html>"


def _summary(evaluation: Evaluation) -> str:
    figures = as_json(evaluation)
    outside = figures["out_of_scope"]
    assert isinstance(outside, dict)
    rows = [
        ("Galat kalibrasi (ECE)", f"{calibration_error(evaluation.questions):.3f}"),
        ("Di luar cakupan, dijawab", _percent(outside["answered"])),
        ("Di luar cakupan, ditawari pilihan", _percent(outside["offered"])),
        ("Permintaan opini dikenali", _percent(_share_right(evaluation.opinions))),
        ("Obrolan ringan dikenali", _percent(_share_right(evaluation.talk))),
    ]
    return _table(("Ukuran", "Nilai"), rows)


def _baselines(evaluation: Evaluation) -> str:
    rates = Rates.of(evaluation.questions)
    rows: list[tuple[str, str, str]] = [("model ini", _percent(rates.top), _percent(rates.top_three))]
    for name, shares in evaluation.baselines.items():
        rows.append((name, *(map(_percent, shares) if shares else ("tidak diukur", "tidak diukur"))))
    return _table(("Model", "Benar pertama", "Di antara tiga"), rows)


def _plots(evaluation: Evaluation) -> list[str]:
    bins = reliability(evaluation.questions)
    risk = risk_coverage(evaluation.questions)
    scope = scope_curve(evaluation.questions, evaluation.strangers)

    def draw_reliability(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#9aa5b1", linestyle="--")
        axes.bar([each.confidence for each in bins], [each.right for each in bins], width=0.07, color="#2f6f9f")
        axes.set(xlabel="keyakinan", ylabel="benar", xlim=(0, 1), ylim=(0, 1))

    def draw_risk(axes: Axes) -> None:
        axes.plot([x for x, _ in risk], [y for _, y in risk], color="#2f6f9f")
        axes.set(xlabel="bagian yang dijawab langsung", ylabel="bagian yang salah", xlim=(0, 1), ylim=(0, None))

    def draw_scope(axes: Axes) -> None:
        axes.plot([x for x, _ in scope], [y for _, y in scope], color="#2f6f9f")
        axes.set(xlabel="pertanyaan kita yang ditolak", ylabel="orang asing yang ditolak", xlim=(0, 0.3), ylim=(0, 1))

    return [
        _figure(draw_reliability, "Keyakinan yang jujur mengikuti garis putus-putus."),
        _figure(draw_risk, "Makin banyak yang dijawab langsung, makin banyak yang salah."),
        _figure(draw_scope, "Menolak yang di luar cakupan, dengan harga pertanyaan kita yang ikut tertolak."),
    ]


def _figure(draw: object, caption: str) -> str:
    assert callable(draw)
    figure, axes = pyplot.subplots(figsize=(4.6, 3.4))
    draw(axes)
    axes.grid(color="#e4e8ee")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight")
    pyplot.close(figure)
    drawing = buffer.getvalue()
    # Who drew it and when is nothing to a curator, and names addresses.
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing[drawing.index("<svg") :], flags=re.DOTALL)
    label = html.escape(caption, quote=True)
    return f"<figure role=img aria-label='{label}'>{drawing}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _rates(first: str, rates: Mapping[str, Rates]) -> str:
    rows = [
        (name, each.asked, *map(_percent, (each.top, each.top_three, each.right_at_once, each.wrong, each.resolved)))
        for name, each in rates.items()
    ]
    return _table((first, "Soal", "Benar pertama", "Di antara tiga", "Langsung benar", "Salah", "Teratasi"), rows)


def _misses(evaluation: Evaluation) -> str:
    rows = [
        (each.question.text, ", ".join(each.question.accepted), each.top, f"{each.confidence:.2f}")
        for each in worst_misses(evaluation.questions, WORST)
    ]
    return _table(("Pertanyaan", "Seharusnya", "Dikira", "Yakin"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "<p>Tidak ada.</p>"
    heading = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wrap><table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table></div>"


def _share_right(judged: Sequence[Prediction]) -> float:
    return sum(each.is_right for each in judged) / max(len(judged), 1)


def _percent(share: object) -> str:
    assert isinstance(share, float)
    return f"{share * 100:.1f} %".replace(".", ",")
