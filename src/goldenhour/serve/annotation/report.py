"""The report of an annotation: lines for the terminal, data for programs, and one page with the pictures in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from goldenhour.experiment.annotation import ARMS, Item
from goldenhour.experiment.annotation_alpha import Alpha
from goldenhour.experiment.annotation_results import QUESTIONS, SAME, Annotated, Count, Disagreement, Results
from goldenhour.tools.report_page import head, report_page

ASKED = {"student": "student relevant", "teacher": "teacher relevant", SAME: "student mimics teacher"}
SHOWN = 30  # disagreements with their pictures


def lines(results: Results) -> Iterator[str]:
    """The report for a terminal."""
    yield from _facts(results)
    width = max(len(name_of(found)) for found in (*results.annotators, results.majority))
    for found in (*results.annotators, results.majority):
        counts = ", ".join(f"{ASKED[question]} {_said(found.counts[question])}" for question in QUESTIONS)
        yield f"{name_of(found):{width}}  {counts}"
    for of, alpha in results.alphas.items():
        if alpha.value is not None:
            yield f"Krippendorff's alpha of {of}: {_alpha(alpha)}"
    for note in results.notes:
        yield f"note: {note}"
    if results.disagreements:
        yield "annotators differ on:"
    for differing in results.disagreements:
        yield f"  {differing.item.intent!r}: {'; '.join(_sides(differing))}"


def data(results: Results) -> dict[str, Any]:
    """The report as JSON has it."""

    def annotated(found: Annotated) -> dict[str, Any]:
        counts = {
            question: {**asdict(count), "low": round(count.interval[0], 4), "high": round(count.interval[1], 4)}
            for question, count in found.counts.items()
        }
        return {"annotator": found.name, "judged": found.judged, "counts": counts}

    return {
        "about": dict(results.annotation.about),
        "items": len(results.annotation.items),
        "annotators": [annotated(found) for found in results.annotators],
        "majority": annotated(results.majority),
        "alpha": {of: asdict(alpha) for of, alpha in results.alphas.items()},
        "disagreements": [
            {"item": d.item.id, "intent": d.item.intent, "yes": d.yes, "no": d.no} for d in results.disagreements
        ],
        "notes": list(results.notes),
    }


def page(results: Results) -> str:
    """The report as one self-contained page; it says which picture is whose."""
    title = "What annotators see"
    body = [
        f"<h1>{title}</h1>",
        *(f'<p class="note">{escape(fact)}</p>' for fact in _facts(results)),
        *(f'<p class="warning">{escape(note[0].upper() + note[1:])}.</p>' for note in results.notes),
        f'<div class="heads">{"".join(_heads(results))}</div>',
        _table(results),
        "<h2>Where annotators differ</h2>",
        *(_article(results, found) for found in results.disagreements[:SHOWN]),
    ]
    if not results.disagreements:
        body.append('<p class="note">Nowhere.</p>')
    if len(results.disagreements) > SHOWN:
        body.append(f'<p class="note">And {len(results.disagreements) - SHOWN} more.</p>')
    return report_page(title, body)


def name_of(found: Annotated) -> str:
    """Who found it."""
    return found.name or "majority"


def _facts(results: Results) -> Iterator[str]:
    about = results.annotation.about
    yield f"{about.get('student', 'the student')} beside the teacher, on {about.get('rows', 'intents')}"
    people = ", ".join(found.name or "" for found in results.annotators) or "nobody yet"
    yield f"{len(results.annotation.items)} items, judged by {people}"


def _said(count: Count) -> str:
    tied = f" ({count.tied} tied)" if count.tied else ""
    return f"{count.yes} of {count.of}{tied}"


def _alpha(alpha: Alpha) -> str:
    return f"{alpha.value:.2f} ({alpha.low:.2f} to {alpha.high:.2f})"


def _sides(found: Disagreement) -> Iterator[str]:
    for question in QUESTIONS:
        yes, no = found.yes[question], found.no[question]
        if yes and no:
            yield f"{ASKED[question]}: yes {', '.join(yes)}, no {', '.join(no)}"


def _heads(results: Results) -> Iterator[str]:
    for question in QUESTIONS:
        count = results.majority.counts[question]
        yield head(f"{ASKED[question]}, by majority", _said(count), f"95 %: {_percent(count)}")
    for of, alpha in results.alphas.items():
        if alpha.value is None:
            yield head(f"Krippendorff’s alpha, {of}", "not defined", alpha.why)
        else:
            interval = f"95 %: {alpha.low:.2f} to {alpha.high:.2f}; {alpha.values} judgements"
            yield head(f"Krippendorff’s alpha, {of}", f"{alpha.value:.2f}", interval)


def _percent(count: Count) -> str:
    low, high = count.interval
    return f"{low:.0%} to {high:.0%}"


def _table(results: Results) -> str:
    heads = "".join(f"<th>{escape(ASKED[question])}</th>" for question in QUESTIONS)
    rows = []
    for found in (*results.annotators, results.majority):
        cells = (
            f"<td>{_said(count)}<small>{_percent(count)}</small></td>"
            for count in map(found.counts.get, QUESTIONS)
            if count
        )
        rows.append(f"<tr><th>{escape(name_of(found))}</th>{''.join(cells)}</tr>")
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Counts"><table>'
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _article(results: Results, found: Disagreement) -> str:
    item = found.item
    figures = [_figure(results, item, item.original, "Original", [])]
    for arm in ARMS:
        votes = [f"relevant: {_people(found.yes[arm])}", f"not: {_people(found.no[arm])}"]
        figures.append(_figure(results, item, item.answers[arm].picture, arm.capitalize(), votes))
    same = f"The same intention: {_people(found.yes[SAME])}; not: {_people(found.no[SAME])}"
    return (
        f'<article class="example"><h3>{escape(item.intent)}</h3><div class="triple">{"".join(figures)}</div>'
        f"<p>{escape(same)}</p></article>"
    )


def _people(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody"


def _figure(results: Results, item: Item, picture: str, name: str, votes: Sequence[str]) -> str:
    content = b64encode(results.annotation.picture(picture).read_bytes()).decode()
    said = "".join(f"<span>{escape(vote)}</span>" for vote in votes)
    alt = f"{name}: {item.photo}"
    return (
        f'<figure><img alt="{escape(alt)}" src="data:image/jpeg;base64,{content}">'
        f"<figcaption><b>{escape(name)}</b>{said}</figcaption></figure>"
    )
