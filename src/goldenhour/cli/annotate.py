"""``goldenhour annotate``: people judge a student's answers and the teacher's, blind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from goldenhour.cli.evaluate import Split
from goldenhour.cli.saying import say
from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import needs

Folder: TypeAlias = Annotated[Path, typer.Argument(help="The annotation's folder.")]

annotate = typer.Typer(
    help="People judge a student's answers and the teacher's, blind: the paper's reality check.",
    epilog="Start with: goldenhour annotate prepare annotation",
    no_args_is_help=True,
)


@annotate.command()
def prepare(
    folder: Annotated[Path, typer.Argument(help="The annotation's folder; must not be there yet.")],
    student: Annotated[Path | None, typer.Option(help="The student's folder. Default: built in.")] = None,
    intents: Annotated[int, typer.Option(min=1, max=1000, help="How many are judged.")] = 15,
    pictures: Annotated[
        list[Path] | None, typer.Option(help="On which they are shown, in turn; may be repeated. Default: samples.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A dataset with the teacher's answers. Default: the recorded ones.")
    ] = None,
    split: Annotated[Split, typer.Option(help="Which of its rows.")] = Split.test,
    seed: Annotated[int, typer.Option(help="The same intents for the same seed.")] = 0,
) -> None:
    """Choose intents, let student and teacher answer them, and draw what annotators are to see. Prints the folder.

    [bold]Examples[/bold]

    goldenhour annotate prepare annotation

    goldenhour annotate prepare annotation --student students/mine --intents 30 --pictures beach.jpg --pictures dune.jpg
    """
    from goldenhour.cli.progress import counted  # noqa: PLC0415 - help should not wait for it
    from goldenhour.cli.recipe import choose_student  # noqa: PLC0415
    from goldenhour.evaluate.material import read_material  # noqa: PLC0415
    from goldenhour.serve.annotation.prepare import check_place, prepare_annotation  # noqa: PLC0415

    check_place(folder)
    chosen = choose_student(student)
    material = read_material(data, split.value)
    about = {
        "student": student.name if student else "the embedded student",
        "rows": f"{material.source}, {split.value} split",
        "seed": seed,
    }
    with counted("Drawing") as progress:
        try:
            prepare_annotation(
                folder, chosen, material.rows, pictures or [], intents, seed=seed, about=about, progress=progress
            )
        except KeyboardInterrupt:
            raise UserError(f"stopped; nothing was written to {folder}") from None
    typer.echo(str(folder))


@annotate.command()
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8400,
    host: Annotated[str, typer.Option(help="127.0.0.1 is for this machine alone; others need a token.")] = "127.0.0.1",
    token: Annotated[
        str, typer.Option(envvar="GOLDENHOUR_TOKEN", help="Annotators open /?token=TOKEN.", show_envvar=True)
    ] = "",
    name: Annotated[list[str] | None, typer.Option(help="Another host name of this server; may be repeated.")] = None,
) -> None:
    """Serve the page on which people judge; prints its address. Stop it with Ctrl+C, and go on whenever you like.

    Each annotator has a name; several may judge at once. What was judged is on the disk before the next item comes.

    [bold]Examples[/bold]

    goldenhour annotate serve annotation

    goldenhour annotate serve annotation --host 0.0.0.0 --token a-long-secret
    """
    from goldenhour.experiment.annotation import read_annotation  # noqa: PLC0415 - help should not wait for it

    with needs("serve"):
        from goldenhour.serve.annotation.app import serve_annotation  # noqa: PLC0415
        from goldenhour.serve.settings import Settings  # noqa: PLC0415

    settings = Settings(host=host, port=port, token=token, names=tuple(name or ()))
    serve_annotation(read_annotation(folder), settings, lambda url: typer.echo(f"Golden Hour: {url}/annotate"))


@annotate.command()
def report(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write it as a page, with the pictures, to this file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a file.")] = False,
) -> None:
    """Say how many answers people find relevant, how often the student mimics the teacher, and how far people agree.

    [bold]Examples[/bold]

    goldenhour annotate report annotation

    goldenhour annotate report annotation --json --html annotation.html
    """
    from goldenhour.cli.export import refuse_overwriting  # noqa: PLC0415
    from goldenhour.experiment.annotation import AnnotationError, read_annotation  # noqa: PLC0415
    from goldenhour.experiment.annotation_journal import Journal  # noqa: PLC0415
    from goldenhour.experiment.annotation_results import results  # noqa: PLC0415
    from goldenhour.serve.annotation.report import data, lines, page  # noqa: PLC0415
    from goldenhour.tools.whole_file import write_text  # noqa: PLC0415

    if html:
        refuse_overwriting(html, force)
    annotation = read_annotation(folder)
    records = Journal(annotation).records()
    if not records:
        raise AnnotationError(
            f"nobody has judged anything in {folder} yet; start with: goldenhour annotate serve {folder}"
        )
    found = results(annotation, records)
    for line in [_json(data(found))] if as_json else lines(found):
        typer.echo(line)
    if html:
        write_text(html, page(found))
        say(f"the page is {html}")


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)
