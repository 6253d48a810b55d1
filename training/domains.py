"""Learn the domains of intents anew, and print how often they are right: python training/domains.py (half a minute).

Learnt from train intents alone. Only six of the recorded domains say what an intent is about; those of the others
("everyday", "talk", …) say where it was collected. What these are about is guessed from their words and the teacher's
rationale, by a model of the six, and learnt from at half the weight.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack

from goldenhour.experiment.domain import DOMAINS, FEATURES, FILE, domain_of, features
from goldenhour.teacher.recorded import TeacherAnswer, one_answer_each
from goldenhour.tools import split_of

PENALTY = 1e-4  # of the squared weights; like the number of steps, chosen on dev
STEPS = 60
GUESSED = 0.5  # weight of an intent whose domain was guessed
LARGEST = 127

Floats = NDArray[np.float64]


def main() -> None:
    """Learn, write the file, print the shares that are right."""
    answers = one_answer_each()
    train = [answer for answer in answers if split_of(answer.intent) == "train"]
    known = [answer for answer in train if answer.domain in DOMAINS]
    others = [answer for answer in train if answer.domain not in DOMAINS]
    targets = np.eye(len(DOMAINS))[[DOMAINS.index(answer.domain) for answer in known]]
    with_why = _learn(_matrix(known, _explained), targets, np.ones(len(known)))
    guesses = _shares(_matrix(others, _explained), *with_why)
    rows = vstack([_matrix(known, _typed), _matrix(others, _typed)])
    weight = np.repeat([1.0, GUESSED], [len(known), len(others)])
    _write(*_learn(rows, np.concatenate([targets, guesses]), weight))
    for split in ("dev", "test"):
        asked = [answer for answer in answers if split_of(answer.intent) == split and answer.domain in DOMAINS]
        right = np.mean([domain_of(answer.intent) == answer.domain for answer in asked])
        common = max(np.mean([answer.domain == domain for answer in asked]) for domain in DOMAINS)
        sys.stdout.write(f"{split}: {right:.3f} of {len(asked)} right; always the most common one: {common:.3f}\n")


def _typed(answer: TeacherAnswer) -> str:
    return answer.intent


def _explained(answer: TeacherAnswer) -> str:
    return f"{answer.intent} {answer.rationale}"


def _matrix(answers: Sequence[TeacherAnswer], text: Callable[[TeacherAnswer], str]) -> csr_matrix:
    """(answers, FEATURES), each row of length 1."""
    found = [features(text(answer)) for answer in answers]
    lengths = [len(rows) for rows in found]
    values = np.repeat(1 / np.sqrt(lengths), lengths)
    return csr_matrix((values, np.concatenate(found), [0, *np.cumsum(lengths)]), shape=(len(found), FEATURES))


def _learn(rows: csr_matrix, targets: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weights (FEATURES, domains) and bias (domains,) of the least cross entropy with a penalty."""
    shape = (FEATURES, len(DOMAINS))

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, bias = flat[: -shape[1]].reshape(shape), flat[-shape[1] :]
        shares = _shares(rows, weights, bias)
        entropy = -float((weight[:, None] * targets * np.log(shares)).sum() / weight.sum())
        slope = (shares - targets) * weight[:, None] / weight.sum()
        down = np.concatenate([(rows.T @ slope + PENALTY * weights).ravel(), slope.sum(axis=0)])
        return entropy + PENALTY * float((weights**2).sum()) / 2, down

    start: Any = np.zeros(FEATURES * shape[1] + shape[1])
    flat = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return flat[: -shape[1]].reshape(shape), flat[-shape[1] :]


def _shares(rows: csr_matrix, weights: Floats, bias: Floats) -> Floats:
    said = rows @ weights + bias
    odds = np.exp(said - said.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _write(weights: Floats, bias: Floats) -> None:
    package = importlib.util.find_spec("goldenhour.experiment")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("install the package first: pip install -e .")
    scale = np.abs(weights).max(axis=0) / LARGEST
    np.savez_compressed(
        Path(package.origin).with_name(FILE),
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
    )


if __name__ == "__main__":
    main()
