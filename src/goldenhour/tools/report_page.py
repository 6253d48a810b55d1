"""The page of a report: one HTML file that needs nothing else, in the style that all reports share."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template


def report_page(title: str, body: Sequence[str]) -> str:
    """The whole page: its title as text, its body as HTML."""
    template = resources.files("goldenhour.tools") / "report.html"
    return Template(template.read_text(encoding="utf-8")).substitute(title=escape(title), body="\n".join(body))


def head(name: str, value: str, small: str) -> str:
    """One of the numbers that stand first, with its name above and a remark below it: all three are text."""
    return f'<div class="head"><span>{escape(name)}</span><b>{escape(value)}</b><small>{escape(small)}</small></div>'
