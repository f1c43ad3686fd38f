"""The privacy documents, in Indonesian; the command line prints them, the admin help shows them."""

from pathlib import Path

DOCUMENTS = {
    "pemberitahuan": "pemberitahuan-privasi.md",
    "catatan": "catatan-kegiatan-pemrosesan.md",
    "dampak": "penilaian-dampak.md",
    "insiden": "penanganan-insiden.md",
}
"""Name to file."""


def document(name: str) -> str:
    """Return the Markdown of one document; raises `KeyError` for an unknown name."""
    return (Path(__file__).parent / DOCUMENTS[name]).read_text(encoding="utf-8")
