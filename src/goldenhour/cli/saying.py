"""Sentences for a person, beside the output that programs read."""

from __future__ import annotations

import typer


def say(sentence: str) -> None:
    """A line on standard error, at once."""
    typer.echo(f"goldenhour: {sentence}", err=True)
