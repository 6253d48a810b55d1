"""Speed of the embedded student: beside a model of Flan-T5-base's shape that writes the same answer, and on its own."""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from goldenhour.students import Student, embedded_student
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise
from measuring import GOLDENHOUR, Claim, Measured, interleaved

INTENT = "golden hour in morocco please"
BATCH = 10_000
IN_A_ROW = 20  # answers of the student for one of the peer: one alone would find cold caches after it
ROUNDS = 5
STARTS = 7
NEEDED = ("torch", "transformers", "ctranslate2")
# what the three tools of an average answer take in Flan-T5's tokens, as JSON: adjust, selective adjust, filter
TOKENS = (75, 75, 12)
FLAN_T5_BASE: dict[str, Any] = {
    "vocab_size": 32_128,
    "d_model": 768,
    "d_kv": 64,
    "d_ff": 2_048,
    "num_layers": 12,
    "num_heads": 12,
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
    "decoder_start_token_id": 0,
}

MEMORY = f"""
from pathlib import Path
from goldenhour.students import embedded_student
embedded_student().predict([{INTENT!r}] * 100)
(peak,) = (line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak) * 1024 / 1e6)
"""


def measure() -> Measured:
    """Claims and tables of this module."""
    student = embedded_student()
    with tempfile.TemporaryDirectory() as name:
        writes = None if _missing() else paper_student(Path(name))
        times = answer_times(student, writes)
    start, memory, batch = cold_start(), peak_memory(), batch_seconds(student)
    ours = times["embedded student"]
    claims = [Claim("an answer of the embedded student, one thread, five words", ours, "ms", at_most=5)]
    if writes:
        ratio = times["three answers one after the other"] / ours
        claims.append(Claim("that: times faster than Flan-T5-base's shape in CTranslate2", ratio, "×", at_least=300))
    claims += [
        Claim("`goldenhour recipe` from the start of the process to the answer", start, "s", at_most=1.5),
        Claim("memory of a process that answers", memory, "MB", at_most=300),
        Claim(f"{BATCH:,} different intents in one call", BATCH / batch, "a second", at_least=500),
    ]
    milliseconds = {f"student: {what}": taken for what, taken in times.items()} | {"student: cold start": 1000 * start}
    return Measured(claims, milliseconds, page(times))


def page(times: dict[str, float]) -> list[str]:
    """The table of answers, and what the peer is."""
    peer = [
        "The peer has Flan-T5-base's shape and random weights (time depends on shape alone) in CTranslate2 with 8 bits."
        f" It writes {', '.join(map(str, TOKENS))} tokens: *adjust*, *selective adjust* and *filter* of an average"
        " answer as JSON, in Flan-T5's tokens. In one batch the shorter ones are written on to the longest's length."
    ]
    if missing := _missing():
        peer = [f"The peer, a model of Flan-T5-base's shape, was left out: {', '.join(missing)} is not installed."]
    return [
        f'## An answer to "{INTENT}" on one thread',
        "| who | ms | × embedded student |",
        "| --- | ---: | ---: |",
        *(f"| {who} | {taken:.2f} | {taken / times['embedded student']:,.0f} |" for who, taken in times.items()),
        "",
        *peer,
        "",
    ]


def answer_times(student: Student, writes: Callable[[tuple[int, ...], bool], None] | None) -> dict[str, float]:
    """Median milliseconds of an answer by each, in turns."""

    def answers() -> None:
        for _ in range(IN_A_ROW):
            student.predict([INTENT])

    works: dict[str, Callable[[], object]] = {"embedded student": answers}
    if writes:
        works["three answers one after the other"] = lambda: writes(TOKENS, False)
        works["three answers in one batch"] = lambda: writes(TOKENS, True)
    times = interleaved(works, ROUNDS)
    return times | {"embedded student": times["embedded student"] / IN_A_ROW}


def _missing() -> list[str]:
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def paper_student(folder: Path) -> Callable[[tuple[int, ...], bool], None]:
    """A function that writes answers of so many tokens, together or not, with Flan-T5-base's shape on one thread."""
    # only where they are installed
    from ctranslate2 import Translator  # noqa: PLC0415
    from ctranslate2.converters import TransformersConverter  # noqa: PLC0415

    transformers: Any = importlib.import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    words = Tokenizer(WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2, "word": 3}, unk_token="<unk>"))
    transformers.T5ForConditionalGeneration(transformers.T5Config(**FLAN_T5_BASE)).save_pretrained(folder / "exact")
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder / "exact")
    TransformersConverter(str(folder / "exact")).convert(str(folder / "int8"), quantization="int8")
    model = Translator(str(folder / "int8"), device="cpu", inter_threads=1, intra_threads=1)
    prompt = [*["word"] * 12, "</s>"]  # "selective_adjust: " and the intent

    def write(tokens: tuple[int, ...], together: bool) -> None:
        batches = [(len(tokens), max(tokens))] if together else [(1, length) for length in tokens]
        for texts, length in batches:
            results = model.translate_batch(
                [prompt] * texts, beam_size=1, min_decoding_length=length, max_decoding_length=length
            )
            if any(len(result.hypotheses[0]) != length for result in results):
                raise RuntimeError("the peer wrote another number of tokens than it was to")

    return write


def cold_start() -> float:
    """Median seconds of the whole command, from a warm page cache."""
    times = []
    for _ in range(STARTS + 1):
        begin = time.perf_counter()
        subprocess.run([*GOLDENHOUR, "recipe", INTENT], check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


def peak_memory() -> float:
    """Megabytes that a process had in use at most when it had answered."""
    found = subprocess.run([sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True)
    return float(found.stdout)


def batch_seconds(student: Student) -> float:
    """Seconds for many different intents in one call: those recorded, and again with a word more."""
    recorded = sorted({normalise(answer.intent) for answer in recorded_answers()})
    intents = list(islice(chain(recorded, (f"{intent} please" for intent in recorded)), BATCH))
    begin = time.perf_counter()
    student.predict(intents)
    return time.perf_counter() - begin


if __name__ == "__main__":
    found = measure()
    print("\n".join(f"{claim.what}: {claim.value:.3g} {claim.unit} ({claim.bound})" for claim in found.claims))
    print("\n".join(found.page))
