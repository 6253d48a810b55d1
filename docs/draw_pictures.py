"""Draws the pictures of the README and of docs/looks.md with the code itself: ``make pictures``."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

import goldenhour
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice

PICTURES = Path(__file__).parent / "pictures"
BEFORE_AFTER = (
    ("lake", "golden hour"),
    ("night", "like an 80s music video"),
    ("meadow", "morocco"),
    ("forest", "foggy scandinavian morning"),
)
SHEET_PHOTOS = ("portrait", "forest", "lake")
INK, PAPER = (40, 40, 40), (250, 250, 248)


def sample(name: str, width: int, height: int) -> Image.Image:
    """A sample photo, cropped and reduced."""
    with Image.open(str(resources.files("goldenhour") / "samples" / f"{name}.jpg")) as image:
        # faces are in the upper part of a portrait
        return ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS, centering=(0.5, 0.25))


def before_after() -> Image.Image:
    """A row for each intent: the photo, and what the intent made of it."""
    width, height, line = 520, 292, 30
    sheet = Image.new("RGB", (2 * width + 8, len(BEFORE_AFTER) * (height + line)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(17)
    for row, (name, intent) in enumerate(BEFORE_AFTER):
        photo, top = sample(name, width, height), row * (height + line)
        sheet.paste(photo, (0, top + line))
        sheet.paste(goldenhour.render(photo, goldenhour.recipe(intent)), (width + 8, top + line))
        draw.text((4, top + 5), "original", INK, font)
        draw.text((width + 12, top + 5), f"“{intent}”", INK, font)
    return sheet


def contact_sheet() -> Image.Image:
    """Every look at full intensity on three photos, a pack in a row, after a row of the originals."""
    (packs,) = (
        parameter.packs
        for tool in default_toolset().tools
        for parameter in tool.parameters
        if isinstance(parameter, Choice)
    )
    width, height, line = 216, 122, 24
    photos = [sample(name, width, height) for name in SHEET_PHOTOS]
    block = len(photos) * height + line
    sheet = Image.new("RGB", (6 * (width + 4), len(packs) * block + height + line), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    draw.text((4, 4), "originals", INK, font)
    for column, photo in enumerate(photos):
        sheet.paste(photo, (column * (width + 4), line))
    for row, (_, looks) in enumerate(packs):
        for column, (look, _) in enumerate(looks):
            left, top = column * (width + 4), height + line + row * block
            draw.text((left + 4, top + 4), look, INK, font)
            recipe = Recipe.from_dict(
                {"adjust": None, "selective_adjust": None, "filter": {"name": look, "intensity": 100}}
            )
            for number, photo in enumerate(photos):
                sheet.paste(goldenhour.render(photo, recipe), (left, top + line + number * height))
    return sheet


def main() -> None:
    """Draw all."""
    PICTURES.mkdir(exist_ok=True)
    before_after().save(PICTURES / "before_after.jpg", quality=88)
    contact_sheet().save(PICTURES / "looks.jpg", quality=86)


if __name__ == "__main__":
    main()
