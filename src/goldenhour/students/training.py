"""What all families share of training: one run of Hugging Face's Trainer, which goes on where it was killed.

Checkpoints stand in ``OUT.training`` until the student is finished. ``accelerate launch`` uses several GPUs.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.console import Console
from torch import Tensor, nn
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_pt_utils import LengthGroupedSampler
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from goldenhour.metrics import PaperScores
from goldenhour.students.card import model_card
from goldenhour.students.examples import Examples
from goldenhour.students.folder import write_student
from goldenhour.students.settings import Settings
from goldenhour.students.student import StudentError
from goldenhour.tools import default_toolset
from goldenhour.tools.sentences import duration

LOG = "metrics.jsonl"
WORK = "run.json"  # what the checkpoints in a folder belong to
GPU_BATCHES = 4  # on a GPU a step takes so many batches at once

Loss = Callable[[nn.Module, Mapping[str, Any]], Tensor]


def working_folder(out: Path) -> Path:
    """Where the checkpoints of a student stand while it is trained."""
    return out.with_name(f"{out.name}.training")


def open_run(out: Path, family: str, settings: Settings, examples: Examples) -> Path:
    """The working folder of a run, new or to be gone on with; raises StudentError if it is that of another run."""
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = working_folder(out)
    wanted = {
        "family": family,
        "settings": asdict(settings),
        "dataset": examples.hash,
        "toolset": default_toolset().hash,
    }
    try:
        found = json.loads((folder / WORK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WORK).write_text(json.dumps(wanted, indent=2), encoding="utf-8")
        return folder
    except (OSError, ValueError) as error:
        raise StudentError(f"{folder} is damaged: {error}; remove it to begin again") from None
    if found != wanted:
        raise StudentError(
            f"{folder} has a stopped training with other settings or data: repeat that command to go on, or remove the"
            " folder to begin again"
        )
    return folder


def fit(
    model: nn.Module,
    examples: Examples,
    collate: Callable[[list[Any]], dict[str, Any]],
    loss: Loss,
    evaluate: Callable[[], PaperScores],
    folder: Path,
    settings: Settings,
    groups: Sequence[Mapping[str, Any]] | None = None,
    rows: Sequence[Any] | None = None,
) -> list[dict[str, float]]:
    """Train a model in place; at the end it has the weights of the epoch that scored best on the dev split.

    ``loss`` of a model and a collated batch; ``evaluate`` scores the model as it is on dev; ``groups`` are parameter
    groups with learning rates of their own; ``rows`` are learnt from where that is more than the examples. Returns the
    scores of each epoch, also in ``folder``/metrics.jsonl. Raises StudentError if the loss is no longer a number.
    """
    logging.getLogger("torch.distributed").setLevel(logging.ERROR)
    transformers.set_seed(settings.seed)
    on_gpu = torch.cuda.is_available()
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch * (GPU_BATCHES if on_gpu else 1),
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup,
        weight_decay=0.01,
        bf16=on_gpu,
        use_cpu=not on_gpu,
        seed=settings.seed,
        save_strategy="epoch",
        eval_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="overall",
        greater_is_better=True,
        logging_nan_inf_filter=False,
        logging_strategy="epoch",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=on_gpu,
    )
    log = folder / LOG
    trainer = _Trainer(
        model=model,
        args=arguments,
        data_collator=collate,
        train_dataset=list(examples.train if rows is None else rows),
        eval_dataset=list(examples.dev),
        callbacks=[EarlyStoppingCallback(settings.patience), _Progress(log)],
        loss=loss,
        score=evaluate,
        groups=groups,
    )
    trainer.remove_callback(PrinterCallback)
    try:
        trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    except StudentError:
        # with other settings, as the error advises, it could not be gone on with
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: the trainer's state is the last file that is written into one."""
    newest: tuple[int, str] | None = None
    for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{TRAINER_STATE_NAME}"):
        try:
            step = int(json.loads(path.read_text(encoding="utf-8"))["global_step"])
        except (ValueError, KeyError, TypeError):
            continue
        newest = max(newest or (0, ""), (step, str(path.parent)))
    return newest and newest[1]


class _Trainer(Trainer):
    """Trainer with our loss, our score and learning rates by group."""

    def __init__(
        self,
        *args: Any,
        loss: Loss,
        score: Callable[[], PaperScores],
        groups: Sequence[Mapping[str, Any]] | None,
        **options: Any,
    ):
        super().__init__(*args, **options)
        self._loss, self._score, self._groups = loss, score, groups
        self._rows: list[Any] = options["train_dataset"]
        self.model_accepts_loss_kwargs = False

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:  # noqa: ARG002 - Trainer's signature
        if self._groups is None:
            return super().create_optimizer()
        if self.optimizer is None:
            groups = [dict(group) for group in self._groups]
            self.optimizer = torch.optim.AdamW(groups, weight_decay=self.args.weight_decay)
        return self.optimizer

    def _get_train_sampler(self, _dataset: Any = None) -> LengthGroupedSampler:
        # short intents beside short ones: else half of every batch is padding
        lengths = [len(row.intent) for row in self._rows]
        return LengthGroupedSampler(self.args.train_batch_size, lengths=lengths)

    def compute_loss(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
        loss = self._loss(model, inputs)
        if not math.isfinite(loss.item()):
            raise StudentError(
                f"the loss became {loss.item()} at step {self.state.global_step}: lower learning_rate,"
                " or check the data"
            )
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        model: Any = self.model
        model.eval()
        with torch.no_grad():
            scores = self._score()
        model.train()
        overall = scores.overall if math.isfinite(scores.overall) else 0.0
        measured = {"eval_overall": overall}
        for name, tool in scores.tools.items():
            measured |= {f"eval_{name}_f1": tool.f1, f"eval_{name}_quality": tool.quality}
        self.log(measured)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, measured)
        return measured


def _lines(log: Path) -> list[str]:
    """The lines of a log that were written to the end."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.is_file() else []
    return [line for line in lines if line.endswith("\n")]


class _Progress(TrainerCallback):
    """Each epoch's scores into the log and on standard error, with the time left; steps too on a terminal."""

    def __init__(self, log: Path):
        self._log = log
        self._console = Console(stderr=True, highlight=False)
        self._start, self._first, self._loss = time.monotonic(), 0, math.nan

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:  # type: ignore[override]
        self._start, self._first = time.monotonic(), state.global_step
        if state.global_step:
            kept = [line for line in _lines(self._log) if json.loads(line)["step"] <= state.global_step]
            self._log.write_text("".join(kept), encoding="utf-8")
            self._console.print(f"going on at step {state.global_step:,} of {state.max_steps:,}")

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:  # type: ignore[override]
        if self._console.is_terminal:
            self._console.print(f"step {state.global_step:,} of {state.max_steps:,}, {self._left(state)}", end="\r")

    def on_log(self, _args: Any, _state: Any, _control: Any, **more: Any) -> None:  # type: ignore[override]
        self._loss = (more.get("logs") or {}).get("loss", self._loss)

    def on_evaluate(self, _args: Any, state: Any, _control: Any, **more: Any) -> None:  # type: ignore[override]
        epoch = round(state.epoch or 0, 2)
        scores = {name.removeprefix("eval_"): round(value, 4) for name, value in more["metrics"].items()}
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"epoch": epoch, "step": state.global_step, "loss": self._loss, **scores}) + "\n")
        self._console.print(f"epoch {epoch:g}: dev overall {scores['overall']:.3f}, {self._left(state)}")

    def _left(self, state: Any) -> str:
        done = state.global_step - self._first
        seconds = (time.monotonic() - self._start) / max(done, 1) * (state.max_steps - state.global_step)
        return f"{duration(seconds)} left"


def save_run(
    out: Path,
    family: str,
    settings: Settings,
    examples: Examples,
    folder: Path,
    write: Callable[[Path], Mapping[str, Any]],
) -> None:
    """Make the folder of a trained student, whole or not at all, and remove the working ``folder``.

    ``write`` puts the model into a folder and returns the manifest's facts that are the family's own, ``metrics`` among
    them; the log of the epochs, the facts that all families have, and the card are added.
    """
    log = (folder / LOG).read_text(encoding="utf-8")

    def whole(building: Path) -> Mapping[str, Any]:
        (building / LOG).write_text(log, encoding="utf-8")
        facts = {
            "base": settings.base,
            "dataset": examples.hash,
            "source": examples.source,
            "rows": {"train": len(examples.train), "dev": len(examples.dev)},
            "settings": asdict(settings),
            **write(building),
        }
        model_card(building, family, facts)
        return facts

    write_student(out, family, default_toolset(), whole)
    shutil.rmtree(folder, ignore_errors=True)
