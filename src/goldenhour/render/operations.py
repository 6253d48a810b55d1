"""The pointwise operations: one function each, on planar pixels in the space that it is filed under.

Every operation is the identity at its neutral value, keeps greys grey unless tinting is its purpose, and is smooth, so
that a lookup table follows it closely. Encoded and linear ones map the unit cube into itself; what those in OkLab push
out of the gamut, ``chain.run`` rolls off. ``@operation`` files each under its function's name, which is the vocabulary
of the look files, and, where it is a step of the toolset's ``apply`` list, under that step too. Amounts are the
toolset's: -100..100, neutral 0, unless a docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from goldenhour.render import colour
from goldenhour.render.colour import Planes

Space = Literal["encoded", "linear", "oklab"]
Value = TypeVar("Value")

MIDDLE_GREY = 0.4613561  # 18 % reflectance, sRGB-encoded
FADE_CHROMA = 0.08  # OkLCh chroma at which hue-dependent operations reach half their strength
DARK_LIGHTNESS = 0.15  # OkLab; about an encoded 0.05
HUE_ANCHORS = {"red": 29.0, "orange": 62.0, "yellow": 100.0, "green": 140.0, "cyan": 195.0, "blue": 260.0}
SILENT_ANCHOR = 328.0  # magenta: no tool of ours moves it, so red and blue fade out towards it
SKIN_HUE, SKIN_WIDTH = 52.0, 40.0  # OkLCh degrees; all skin tones lie within about 40..65


@dataclass(frozen=True)
class Operation:
    """A function of planar pixels (3, N) in ``space`` and of its parameter's value, or of all those of its tool."""

    space: Space
    function: Callable[[Planes, Any], Planes]


OPERATIONS: dict[str, Operation] = {}
STEPS: dict[str, Operation] = {}


def operation(
    space: Space, step: str | None = None
) -> Callable[[Callable[[Planes, Value], Planes]], Callable[[Planes, Value], Planes]]:
    """File a function as a look operation and, with ``step``, as that step of the toolset's ``apply`` list."""

    def file(function: Callable[[Planes, Value], Planes]) -> Callable[[Planes, Value], Planes]:
        filed = Operation(space, function)
        OPERATIONS[function.__name__] = filed
        if step:
            STEPS[step] = filed
        return function

    return file


# --- shapes shared by several operations


def soft_gain(x: Planes, gain: float | Planes) -> Planes:
    """``gain`` at 0, falling so that 1 stays 1: the rational bias curve of Schlick (1994), for x 0..1."""
    return gain * x / (1 + (gain - 1) * x)


def hue_preserving(rgb: Planes, curve: Callable[[Planes], Planes]) -> Planes:
    """Apply a tone curve to the largest and smallest channel and keep the middle one's relative place between them.

    That keeps the HSV hue, so highlights do not skew in hue as they roll off (Adobe DNG SDK, ``RefBaselineRGBTone``).
    """
    low, high = rgb.min(axis=0), rgb.max(axis=0)
    new_low, new_high = curve(low), curve(high)
    slope = (new_high - new_low) / np.maximum(high - low, rgb.dtype.type(1e-7))
    return new_low + (rgb - low) * slope


def roll_off(rgb: Planes, peak: float, knee: float = 0.6) -> Planes:
    """Bring linear light of up to ``peak`` back below 1: straight up to the knee, then a shoulder with no corner."""
    if peak <= 1.0:
        return rgb
    slope = (peak - knee) / (1 - knee)

    def shoulder(x: Planes) -> Planes:
        above = np.clip((x - knee) / (peak - knee), 0.0, 1.0)
        return np.where(x <= knee, x, knee + (1 - knee) * soft_gain(above, slope))

    return hue_preserving(rgb, shoulder)


def hue_degrees(lab: Planes) -> Planes:
    """OkLCh hue, 0..360."""
    return np.degrees(np.arctan2(lab[2], lab[1])) % 360


def dark_fade(lab: Planes) -> Planes:
    """0 on black, a half at OkLab lightness 0.15, soon 1: the colour of black is noise, and tables are coarse there."""
    light = np.maximum(lab[0], 0)
    cubed = light * light * light
    return cubed / (cubed + DARK_LIGHTNESS**3)


def chroma_fade(lab: Planes) -> Planes:
    """Strength of a hue-dependent operation: 0 on greys, whose hue means nothing, towards 1 on clear colours."""
    squared = lab[1] ** 2 + lab[2] ** 2
    return squared / (squared + FADE_CHROMA**2) * dark_fade(lab)


def hue_window(hue: Planes, centre: float, width: float) -> Planes:
    """Raised cosine: 1 at ``centre``, 0 from ``width`` degrees away on."""
    distance = np.abs((hue - centre + 180) % 360 - 180)
    return 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance / width, 1.0))


def scale_chroma(lab: Planes, gain: float | Planes) -> Planes:
    """Multiply OkLCh chroma; a gain fades towards black, whose hue is mostly noise."""
    gain = np.asarray(gain, dtype=lab.dtype)
    gain = np.minimum(gain, 1 + (gain - 1) * dark_fade(lab))
    return np.stack([lab[0], lab[1] * gain, lab[2] * gain])


def scale_lightness(lab: Planes, gain: Planes) -> Planes:
    """Multiply OkLab lightness; above 1 white stays white and chroma follows the slope, below 1 as exposure."""
    bend = 1 + (np.maximum(gain, 1) - 1) * lab[0]
    chroma = gain / bend**2
    return np.stack([lab[0] * gain / bend, lab[1] * chroma, lab[2] * chroma])


def rotate_hue(lab: Planes, degrees: float | Planes) -> Planes:
    """Turn OkLCh hue by an angle, for all pixels or for each."""
    angle = np.radians(np.asarray(degrees, dtype=lab.dtype))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([lab[0], lab[1] * cos - lab[2] * sin, lab[1] * sin + lab[2] * cos])


def monotone_curve(points: Sequence[Sequence[float]]) -> Callable[[Planes], Planes]:
    """A curve through (input, output) points, 0..1, that rises wherever the points rise (Fritsch and Carlson 1980)."""
    x, y = np.array(points, dtype=np.float64).T
    h, rise = np.diff(x), np.diff(y)
    secant = rise / h
    slope = np.concatenate([secant[:1], np.zeros(len(x) - 2), secant[-1:]])
    for i in range(1, len(x) - 1):
        if secant[i - 1] * secant[i] > 0:
            w1, w2 = 2 * h[i] + h[i - 1], h[i] + 2 * h[i - 1]
            slope[i] = (w1 + w2) / (w1 / secant[i - 1] + w2 / secant[i])

    def segment(i: int, value: Planes) -> Planes:
        """The cubic Hermite polynomial from point i to the next."""
        s = (value - float(x[i])) / float(h[i])
        r = 1 - s
        start = float(y[i]) * (1 + 2 * s) + float(h[i] * slope[i]) * s
        end = float(y[i + 1]) * (3 - 2 * s) - float(h[i] * slope[i + 1]) * r
        return start * r * r + end * s * s

    def curve(value: Planes) -> Planes:
        value = np.clip(value, float(x[0]), float(x[-1]))
        result = segment(0, value)
        for i in range(1, len(h)):
            result = np.where(value < float(x[i]), result, segment(i, value))
        return result

    return curve


# --- tone and white balance


@operation("linear", step="adjust.exposure")
def exposure(rgb: Planes, amount: float) -> Planes:
    """Gain in linear light, 100 = +2 EV; what would clip rolls off."""
    gain = 2 ** (amount / 50)
    return roll_off(rgb * gain, gain)


def _white_balance(rgb: Planes, mired: float, duv: float) -> Planes:
    matrix = colour.adaptation_matrix(colour.WHITE_XYZ, colour.shifted_white(mired, duv))
    rgb = colour.apply_matrix(matrix, rgb)
    # a saturated colour may leave the gamut below zero: bring it back before the shoulder looks at its channels
    rgb = rgb - np.minimum(rgb.min(axis=0), 0)
    return colour.into_gamut(roll_off(rgb, float(matrix.sum(axis=1).max())))


@operation("linear", step="adjust.temperature")
def temperature(rgb: Planes, amount: float) -> Planes:
    """White balance along the Planckian locus, one mired a unit, adapted by CAT16; positive = warmer."""
    return _white_balance(rgb, amount, 0.0)


@operation("linear", step="adjust.tint")
def tint(rgb: Planes, amount: float) -> Planes:
    """White balance across the Planckian locus, 3,000 units to one Duv as in the Adobe DNG SDK; positive = magenta."""
    return _white_balance(rgb, 0.0, amount / 3000)


@operation("linear", step="adjust.linearOffset")
def linear_offset(rgb: Planes, amount: float) -> Planes:
    """Add up to 8 % of white in linear light, white held: lifted, matte blacks; negative crushes them through a toe."""
    offset = 0.08 * abs(amount) / 100
    if amount >= 0:
        return offset + (1 - offset) * rgb
    return (1 + offset) * rgb * rgb / (rgb + offset)


@operation("encoded", step="adjust.contrast")
def contrast(rgb: Planes, amount: float) -> Planes:
    """S-curve around middle grey of two Schlick curves; 100 = a slope of 2.3 there; black and white stay."""
    slope = 2 ** (1.2 * amount / 100)

    def curve(x: Planes) -> Planes:
        below = soft_gain(np.minimum(x / MIDDLE_GREY, 1), 1 / slope)
        above = soft_gain(np.minimum((1 - x) / (1 - MIDDLE_GREY), 1), 1 / slope)
        return np.where(x < MIDDLE_GREY, MIDDLE_GREY * below, 1 - (1 - MIDDLE_GREY) * above)

    return hue_preserving(rgb, curve)


@operation("encoded", step="adjust.brightness")
def brightness(rgb: Planes, amount: float) -> Planes:
    """Mid-tone gamma as a Schlick curve (a power would have an infinite slope at black); black and white stay."""
    gain = 2 ** (1.25 * amount / 100)
    return hue_preserving(rgb, lambda x: soft_gain(x, gain))


@operation("encoded", step="adjust.highlights")
def highlights(rgb: Planes, amount: float) -> Planes:
    """Bright tones by up to 0.1 at an encoded 0.75; black, white and the darks stay, the ramp keeps rising."""
    strength = 0.1 * amount / 100 / (0.75**3 * 0.25)
    return hue_preserving(rgb, lambda x: x + strength * x * x * x * (1 - x))


@operation("encoded", step="adjust.shadows")
def shadows(rgb: Planes, amount: float) -> Planes:
    """Dark tones by up to 0.1 at an encoded 0.25; black, white and the brights stay, the ramp keeps rising."""
    strength = 0.1 * amount / 100 / (0.75**3 * 0.25)
    return hue_preserving(rgb, lambda x: x + strength * x * (1 - x) * (1 - x) * (1 - x))


# --- colour


@operation("oklab", step="adjust.hue")
def hue(lab: Planes, amount: float) -> Planes:
    """Turn every hue, 100 = +180 degrees."""
    return rotate_hue(lab, 1.8 * amount)


@operation("oklab", step="selective_adjust")
def selective_adjust(lab: Planes, colors: Mapping[str, Mapping[str, float]]) -> Planes:
    """Chroma and lightness of six hue bands; neighbours share every hue smoothly, greys are left alone."""
    names = sorted(HUE_ANCHORS, key=HUE_ANCHORS.__getitem__)
    anchors = np.array([*(HUE_ANCHORS[name] for name in names), SILENT_ANCHOR, HUE_ANCHORS[names[0]] + 360])
    position = (hue_degrees(lab) - anchors[0]) % 360 + anchors[0]
    left = np.clip(np.searchsorted(anchors, position, side="right") - 1, 0, len(anchors) - 2)
    t = ((position - anchors[left]) / np.diff(anchors)[left]).astype(lab.dtype)
    right_share = t * t * (3 - 2 * t)
    fade = chroma_fade(lab)

    def amount(parameter: str) -> Planes:
        by_anchor = [colors[name][parameter] / 100 for name in names]
        values = np.array([*by_anchor, 0.0, by_anchor[0]], dtype=lab.dtype)
        return (values[left] * (1 - right_share) + values[left + 1] * right_share) * fade

    lightness = amount("luminance")
    lab = scale_chroma(lab, 1 + amount("saturation"))
    return scale_lightness(lab, 1 + np.where(lightness < 0, 0.6, 1.0).astype(lab.dtype) * lightness)


def _boosted(amount: float) -> float:
    # a gain loses some of its effect to the roll-off towards the gamut's surface
    return 1.2 * amount if amount > 0 else amount


@operation("oklab", step="adjust.vibrance")
def vibrance(lab: Planes, amount: float) -> Planes:
    """Chroma of muted colours first, skin hues protected from a gain."""
    muted = (1 - np.minimum(colour.gamut_share(colour.oklab_to_linear(lab)), 1) ** 2) ** 2
    if amount > 0:
        muted = muted * (1 - 0.7 * chroma_fade(lab) * hue_window(hue_degrees(lab), SKIN_HUE, SKIN_WIDTH))
    return scale_chroma(lab, 1 + _boosted(amount) / 100 * muted)


@operation("oklab", step="adjust.saturation")
def saturation(lab: Planes, amount: float) -> Planes:
    """Chroma of every colour; 100 is 2.2 times where the gamut has room, -100 is greyscale."""
    return scale_chroma(lab, 1 + _boosted(amount) / 100)


# --- operations that only looks use


@operation("encoded")
def curve(rgb: Planes, points: Mapping[str, Sequence[Sequence[float]]]) -> Planes:
    """Tone curves through (input, output) points, 0..1: ``all`` channels, then ``red``, ``green``, ``blue`` alone."""
    if "all" in points:
        rgb = monotone_curve(points["all"])(rgb)
    channels = (
        monotone_curve(points[name])(plane) if name in points else plane
        for name, plane in zip(("red", "green", "blue"), rgb, strict=True)
    )
    return np.stack(list(channels))


@operation("linear")
def matrix(rgb: Planes, rows: Sequence[Sequence[float]]) -> Planes:
    """Channel mixer in linear light; each row is divided by its sum, so greys stay grey."""
    mixer: NDArray[np.float64] = np.array(rows, dtype=np.float64)
    return colour.within_gamut(rgb, colour.apply_matrix(mixer / mixer.sum(axis=1, keepdims=True), rgb))


@operation("linear")
def mono(rgb: Planes, mix: Mapping[str, Any]) -> Planes:
    """Black and white through a coloured filter: ``mix`` of r, g, b (divided by its sum), ``amount`` 0..100."""
    weights = np.array(mix["mix"], dtype=np.float64)
    weighted = (weights / weights.sum()).astype(rgb.dtype) @ rgb
    # negative weights can go below black: a soft floor instead of a corner, from which true black is exempt
    grey = np.minimum(0.5 * (weighted + np.sqrt(weighted**2 + rgb.max(axis=0) * 1e-3)), 1)
    return rgb + mix.get("amount", 100) / 100 * (grey - rgb)


@operation("oklab")
def split_tone(lab: Planes, zones: Mapping[str, Mapping[str, float]]) -> Planes:
    """Tint ``shadows``, ``midtones`` and ``highlights``, each towards a ``hue`` (degrees) by an OkLCh ``chroma``."""
    light = np.clip(lab[0], 0, 1)
    weights = {
        "shadows": (light * (1 - light) ** 2) ** 2 / (1 / 3 * (2 / 3) ** 2) ** 2,
        "midtones": (4 * light * (1 - light)) ** 2,
        "highlights": (light**2 * (1 - light)) ** 2 / (1 / 3 * (2 / 3) ** 2) ** 2,
    }
    a, b = lab[1], lab[2]
    for zone, tone in zones.items():
        a = a + tone["chroma"] * np.cos(np.radians(tone["hue"])) * weights[zone]
        b = b + tone["chroma"] * np.sin(np.radians(tone["hue"])) * weights[zone]
    return np.stack([lab[0], a, b]).astype(lab.dtype)


@operation("oklab")
def hues(lab: Planes, bands: Sequence[Mapping[str, float]]) -> Planes:
    """Hue bands, each ``hue`` and ``width`` in degrees, turned by ``shift`` degrees, ``saturation``, ``luminance``."""
    angle, fade = hue_degrees(lab), chroma_fade(lab)
    shift = chroma = lightness = np.zeros_like(fade)
    for band in bands:
        weight = fade * hue_window(angle, band["hue"], band["width"])
        shift = shift + weight * band.get("shift", 0)
        chroma = chroma + weight * band.get("saturation", 0) / 100
        lightness = lightness + weight * band.get("luminance", 0) / 100
    lab = scale_chroma(rotate_hue(lab, shift), np.maximum(1 + chroma, 0))
    return scale_lightness(lab, np.maximum(1 + lightness, 0.1).astype(lab.dtype)).astype(lab.dtype)
