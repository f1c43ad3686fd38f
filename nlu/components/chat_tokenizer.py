"""Tokens of Indonesian chat: the text keeps its offsets, the lemma carries the common spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from indoNLP.preprocessing import SLANG_DATA
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.text.normalise import normalise_token

SPELLINGS_FILE = Path(__file__).parents[1] / "text" / "spellings.yml"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ChatTokenizer(WhitespaceTokenizer):
    """Splits at white space and sets each token's lemma to its common spelling.

    Rewriting the text itself would break the offsets of entities, so only the lemma changes; Rasa's
    count vectors read the lemma. The word list is indoNLP's (MIT, Salsabila et al. 2018), under our own.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        """Load the word lists once for the process."""
        super().__init__(config)
        self.spellings = load_spellings(SPELLINGS_FILE)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute, in order; never empty."""
        tokens: list[Token] = super().tokenize(message, attribute)
        for token in tokens:
            token.lemma = normalise_token(token.text, self.spellings) or token.text.lower()
        return tokens


def load_spellings(path: Path) -> dict[str, str]:
    """Read our spellings over the library's.

    Args:
        path: YAML with `spellings` (chat to common) and `keep` (words the library's list gets wrong here).
    """
    ours = yaml.safe_load(path.read_text(encoding="utf-8"))
    merged = {word: common for word, common in SLANG_DATA.items() if word not in set(ours["keep"])}
    merged.update({str(word): str(common) for word, common in ours["spellings"].items()})
    return merged
