"""What a frame's numbers mean: matrix, range, primaries and transfer as tagged, or as players assume (ITU-T H.273)."""

from __future__ import annotations

from dataclasses import dataclass

from av import VideoFrame
from av.video.format import VideoFormat

from goldenhour.render.yuv import YuvFormat

BT709, UNSPECIFIED, FCC, BT470BG, SMPTE170M, SMPTE240M, BT2020 = 1, 2, 4, 5, 6, 7, 9
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
LUMA = {  # shares of red and blue in luma
    BT709: (0.2126, 0.0722),
    FCC: (0.30, 0.11),
    BT470BG: (0.299, 0.114),
    SMPTE170M: (0.299, 0.114),
    SMPTE240M: (0.212, 0.087),
    BT2020: (0.2627, 0.0593),
}
LIMITED_RANGE, FULL_RANGE = 1, 2
_SUBSAMPLINGS = {(1, 1): "420", (1, 0): "422", (0, 0): "444", (0, 1): "440", (2, 0): "411", (2, 2): "410"}


class ColourError(Exception):
    """Why a clip's colours are not understood: the rest of a sentence that begins with the file's name."""


@dataclass(frozen=True)
class ColourTags:
    """The codes of ITU-T H.273 for a clip's matrix, primaries and transfer, and its range; none is left open."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool

    @property
    def range_code(self) -> int:
        """As FFmpeg numbers them."""
        return FULL_RANGE if self.full_range else LIMITED_RANGE


def colour_tags(frame: VideoFrame) -> ColourTags:
    """A frame's tags, the missing ones filled in by its size as players do; raises ColourError for HDR and the exotic.

    Untagged Y'CbCr is BT.709 from 1280 x 577 on, else BT.601 with the primaries of PAL (576 lines) or NTSC (mpv,
    ``mp_image_params_guess_csp``), and untagged grey has full range (swscale); RGB is converted to BT.709.
    """
    if frame.color_trc in HDR_TRANSFERS:
        raise ColourError(
            f"is an HDR clip ({HDR_TRANSFERS[frame.color_trc]}), which is not supported: export it as SDR."
        )
    standard = BT470BG if frame.height == 576 else SMPTE170M
    guess = BT709 if frame.width >= 1280 or frame.height > 576 or frame.format.is_rgb else standard
    matrix = guess if frame.format.is_rgb or frame.colorspace == UNSPECIFIED else frame.colorspace
    if matrix not in LUMA:
        raise ColourError("codes its colours in a rare way (neither BT.601, BT.709 nor BT.2020): convert it to BT.709.")
    full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    full = full or (is_grey(frame.format) and frame.color_range != LIMITED_RANGE)
    return ColourTags(
        matrix=matrix,
        primaries=matrix if frame.color_primaries in {UNSPECIFIED, 0} else frame.color_primaries,
        # the curves of BT.601, BT.709 and BT.2020 are one and the same
        transfer=(matrix if matrix in {BT709, SMPTE170M} else BT709)
        if frame.color_trc in {UNSPECIFIED, 0}
        else frame.color_trc,
        full_range=full and not frame.format.is_rgb,
    )


def planar_format(pixel_format: VideoFormat) -> str:
    """The planar format without alpha, of 8, 10 or 12 bits, that holds a pixel format's frames without loss.

    Of 16 bits the upper 12 are kept. Raises ColourError for what has no colours in planes at all.
    """
    if pixel_format.is_bayer or pixel_format.has_palette or not pixel_format.components:
        raise ColourError(f"has frames of the kind {pixel_format.name}, which are not supported: convert it to H.264.")
    bits = next(bits for bits in (8, 10, 12) if bits >= min(pixel_format.components[0].bits, 12))
    depth = "" if bits == 8 else f"{bits}le"
    if pixel_format.is_rgb:
        return f"gbrp{depth}"
    if is_grey(pixel_format):
        return f"gray{depth}"
    return f"yuv{_SUBSAMPLINGS.get(_chroma(pixel_format), '444')}p{depth}"


def yuv_format(planar: str, tags: ColourTags) -> YuvFormat:
    """The format of planes such as ``yuv420p`` or ``gbrp10le`` with a clip's tags; grey is given chroma of 4:2:0."""
    pixel_format = VideoFormat(planar)
    chroma = (1, 1) if is_grey(pixel_format) else _chroma(pixel_format)
    kr, kb = LUMA[tags.matrix]
    return YuvFormat(pixel_format.components[0].bits, chroma, kr, kb, tags.full_range, gbr=pixel_format.is_rgb)


def is_grey(pixel_format: VideoFormat) -> bool:
    """Whether frames have no chroma."""
    return len(pixel_format.components) < 3


def _chroma(pixel_format: VideoFormat) -> tuple[int, int]:
    """Log2 of the luma samples across and down that share one chroma sample."""
    across, down = 64 // pixel_format.chroma_width(64), 64 // pixel_format.chroma_height(64)
    return across.bit_length() - 1, down.bit_length() - 1
