"""`python -m tests.benchmarks.masking_time [COUNT]`: the longest times of masking over hostile texts."""

import statistics
import sys
import time

from bot.core.masking import is_risky, mask
from bot.storage.seed import SEED_FOLDER, read_seed
from bot.storage.wordlists import read_lexicon
from tests.privacy.adversarial import adversarial_texts

COUNT = 5_000
SEED = 16
SHOWN = 12


def main() -> None:
    """Print the median, the 99th percentile and the longest times."""
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    taken: list[tuple[float, float, str]] = []
    for text in adversarial_texts(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, SEED):
        start = time.process_time()
        masked = mask(text, lexicon).text
        between = time.process_time()
        is_risky(masked, lexicon)
        middle = time.process_time()
        is_risky(text, lexicon)
        end = time.process_time()
        taken.append((between - start + middle - between, end - middle, text[:24]))
    together = sorted(seconds for seconds, _, _ in taken)
    print(
        f"{len(taken)} texts, mask and is_risky together: median {statistics.median(together) * 1000:.1f} ms, "
        f"99th percentile {together[len(together) * 99 // 100] * 1000:.1f} ms, longest {together[-1] * 1000:.1f} ms; "
        f"is_risky alone longest {max(raw for _, raw, _ in taken) * 1000:.1f} ms"
    )
    for seconds, raw, text in sorted(taken, reverse=True)[:SHOWN]:
        print(f"  {seconds * 1000:8.1f} ms {raw * 1000:8.1f} ms  {text!r}")


if __name__ == "__main__":
    main()
