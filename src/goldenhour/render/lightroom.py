"""A recipe as a develop preset of Lightroom and Camera Raw: XMP in Adobe's camera-raw-settings namespace (``crs``).

A slider becomes a slider. Adobe publishes what a field means and its range, but no formula: where both scales run from
-100 to 100 the number is kept, and the pictures are alike, not equal. What has no counterpart is named in the preset's
description:

* the look: a ``.cube`` file holds it (``export.write_cube``), of which Camera Raw makes a profile;
* turning every hue by one angle: Adobe's hue sliders move eight bands, each by no more than to its neighbour;
* bloom.

Every field that a recipe could set is written, neutral ones too, so that one preset after another does not add up. Only
sharpening and white balance are left out where the recipe leaves them alone: a raw file's own are not 0. The shape of
the file is that of presets which Lightroom saved.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from goldenhour.render import chain
from goldenhour.render.operations import STEPS
from goldenhour.render.reference import RenderError, active_steps
from goldenhour.tools import Recipe, explain
from goldenhour.tools.toolset import Number
from goldenhour.tools.whole_file import write_text


@dataclass(frozen=True)
class Field:
    """An Adobe field: its name, its units to one of ours, its range, its decimals."""

    name: str
    scale: float = 1.0
    lowest: float = -100
    highest: float = 100
    decimals: int = 0
    only_if_used: bool = False

    def text(self, distance: float) -> str:
        """The value as Lightroom writes it, ``distance`` from our neutral value: ``+12``, ``0``, ``-0.50``."""
        value = round(min(max(distance * self.scale, self.lowest), self.highest), self.decimals)
        sign = "+" if value > 0 and self.lowest < 0 else ""
        return f"{sign}{value + 0.0:.{self.decimals}f}"  # + 0.0 makes 0 of -0


BANDS = {"red": "Red", "orange": "Orange", "yellow": "Yellow", "green": "Green", "cyan": "Aqua", "blue": "Blue"}
SILENT_BANDS = ("Purple", "Magenta")  # Adobe has them, no tool of ours moves them

FIELDS: dict[str, Field] = {
    "adjust.exposure": Field("Exposure2012", 2 / 100, -5, 5, 2),  # in EV; 100 of ours are 2
    "adjust.contrast": Field("Contrast2012"),  # both S-curves around middle grey
    "adjust.highlights": Field("Highlights2012"),
    "adjust.shadows": Field("Shadows2012"),
    "adjust.saturation": Field("Saturation"),  # -100 is greyscale in both
    "adjust.vibrance": Field("Vibrance"),  # muted colours first, skin protected, in both
    # A raw file's Temperature is in kelvin and starts from what the camera saw, which no preset knows: the incremental
    # fields are those of JPEG, TIFF and other finished pictures. Adobe gives no unit; ours is a mired.
    "adjust.temperature": Field("IncrementalTemperature", only_if_used=True),
    "adjust.tint": Field("IncrementalTint", only_if_used=True),  # 3,000 to a Duv here as there (DNG SDK, kTintScale)
    # Clarity and not Texture: ours works at 1.2 % of the diagonal, in the mid-tones; Texture is a few pixels wide
    "adjust.structure": Field("Clarity2012"),
    # range to range: 0..100 to 0..150, both an unsharp mask of luminance with a radius of a pixel or so
    "adjust.sharpen": Field("Sharpness", 1.5, 0, 150, only_if_used=True),
} | {
    f"selective_adjust.{ours}.{kind}": Field(f"{kind.title()}Adjustment{theirs}")
    for kind in ("saturation", "luminance")
    for ours, theirs in BANDS.items()
}

# What goes with fields that are written only if used
WHITE_BALANCE = {"WhiteBalance": "Custom", "IncrementalTemperature": "0", "IncrementalTint": "0"}
COMPANIONS = {
    "IncrementalTemperature": WHITE_BALANCE,
    "IncrementalTint": WHITE_BALANCE,
    "Sharpness": {"SharpenRadius": "+1.0", "SharpenDetail": "25", "SharpenEdgeMasking": "0"},
}

# Process version 3 (2012) and later have no brightness and no offset: one curve carries what both do to greys
CURVE_STEPS = ("adjust.linearOffset", "adjust.brightness")
CURVE_INPUTS = (0, 4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 240, 255)  # closer where it bends

HEADER = {
    "PresetType": "Normal",
    "Cluster": "",
    "SupportsAmount": "True",
    "SupportsColor": "True",
    "SupportsMonochrome": "True",
    "SupportsHighDynamicRange": "True",
    "SupportsNormalDynamicRange": "True",
    "SupportsSceneReferred": "True",
    "SupportsOutputReferred": "True",
    "Version": "15.0",
    "ProcessVersion": "11.0",
    "HasSettings": "True",
}
GROUP = "Golden Hour"
NAME_LENGTH = 60

_CRS = "{http://ns.adobe.com/camera-raw-settings/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_X = "{adobe:ns:meta/}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
for _prefix, _namespace in (("crs", _CRS), ("rdf", _RDF), ("x", _X)):
    ET.register_namespace(_prefix, _namespace.strip("{}"))


def write_preset(recipe: Recipe, path: Path, name: str) -> None:
    """Write a recipe as a preset; raises RenderError."""
    write_text(path, preset_text(recipe, name), RenderError)


def preset_text(recipe: Recipe, name: str) -> str:
    """The preset as XML; ``name`` is any text, shown in Lightroom's list on one line and cut where it gets long."""
    name = _one_line(name) or GROUP
    shown = name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"
    root = ET.Element(f"{_X}xmpmeta", {f"{_X}xmptk": GROUP})
    about = {f"{_RDF}about": ""}
    # the same recipe under the same name replaces itself in Lightroom, instead of standing there twice
    identity = {"UUID": uuid.uuid5(uuid.NAMESPACE_OID, f"{recipe.hash} {name}").hex.upper()}
    curve = tone_curve(recipe)
    kind = {"ToneCurveName2012": "Custom" if len(curve) > 2 else "Linear"}
    attributes = about | {f"{_CRS}{key}": value for key, value in (HEADER | identity | settings(recipe) | kind).items()}
    description = ET.SubElement(ET.SubElement(root, f"{_RDF}RDF"), f"{_RDF}Description", attributes)
    for element, text in (("Name", shown), ("Group", GROUP), ("Description", describe(recipe, name))):
        alternatives = ET.SubElement(ET.SubElement(description, _CRS + element), f"{_RDF}Alt")
        ET.SubElement(alternatives, f"{_RDF}li", {f"{_XML}lang": "x-default"}).text = text
    points = ET.SubElement(ET.SubElement(description, f"{_CRS}ToneCurvePV2012"), f"{_RDF}Seq")
    for point in curve:
        ET.SubElement(points, f"{_RDF}li").text = "{}, {}".format(*point)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def settings(recipe: Recipe) -> dict[str, str]:
    """Adobe's fields and their values, as text."""
    found: dict[str, str] = {}
    for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True):
        field, parameter = FIELDS.get(slot.path), slot.parameter
        if field is None or not isinstance(parameter, Number) or not isinstance(value, int | float):
            continue
        distance = value - parameter.neutral
        if distance or not field.only_if_used:
            found = COMPANIONS.get(field.name, {}) | found | {field.name: field.text(distance)}
    bands = {f"{kind}Adjustment{band}": "0" for kind in ("Saturation", "Luminance") for band in SILENT_BANDS}
    return found | (bands if f"SaturationAdjustment{BANDS['red']}" in found else {})


def tone_curve(recipe: Recipe) -> list[tuple[int, int]]:
    """Points of brightness and offset on greys, both 0..255, encoded; two points if the recipe uses neither."""
    steps = list(active_steps(recipe, tuple(s for s in recipe.toolset.pointwise if s in CURVE_STEPS), STEPS))
    if not steps:
        return [(0, 0), (255, 255)]
    greys = np.tile(np.array(CURVE_INPUTS) / 255, (3, 1))
    outputs = np.rint(255 * np.clip(chain.run(steps, greys)[0], 0, 1)).astype(int).tolist()
    return list(zip(CURVE_INPUTS, outputs, strict=True))


def describe(recipe: Recipe, name: str) -> str:
    """What the preset is, and what of the recipe is not in it."""
    text = f"Made by Golden Hour from “{name}”."
    rest = not_carried(recipe)
    if lost := explain(rest):
        text += f" Not in this preset: {'; '.join(lost)}."
    pointwise = rest.toolset.pointwise
    if any(active_steps(rest, pointwise, dict(zip(pointwise, pointwise, strict=True)))):
        text += " The recipe's .cube file has the colours exactly: Camera Raw can make a profile of it."
    if "WhiteBalance" in settings(recipe):
        text += " White balance counts for JPEG, TIFF and other finished pictures, not for raw files."
    return _one_line(text)


def not_carried(recipe: Recipe) -> Recipe:
    """The recipe without all that the preset holds."""
    values = (
        slot.parameter.neutral if slot.path in FIELDS or slot.path in CURVE_STEPS else value
        for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True)
    )
    return Recipe(tuple(values), recipe.toolset)


def _one_line(text: str) -> str:
    """Without line breaks, and without characters that XML 1.0 forbids or advises against (section 2.2)."""
    allowed = r"\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff"
    return " ".join(re.sub(f"[^{allowed}]", " ", text).split())
