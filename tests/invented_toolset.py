"""A toolset that shares nothing with the packaged one: what works on both knows no tool, parameter or range by name."""

from goldenhour.tools.toolset import parse_toolset

INVENTED = """
apply: {pointwise: [develop.kelvin, zones, overlay], spatial: [develop.blur, develop.gain]}
tools:
  develop:
    summary: The whole frame.
    parameters:
      kelvin: {min: 2000, max: 10000, neutral: 6500, meaning: "colour of the light; positive = amber, negative = azure"}
      blur: {min: 0, max: 40, meaning: softness}
      gain: {min: -8, max: -2, neutral: -4}
  zones:
    summary: One range of tones at a time.
    colors: [lows, tops]
    parameters:
      lift: {min: -10, max: 30, neutral: 5}
      heft: {min: 0.5, max: 2, neutral: 1}
  overlay:
    summary: A texture laid over the frame.
    parameters:
      mix: {min: 10, max: 90, neutral: 20}
      texture: {choice: textures}
textures:
  paper: {paper_Rough: torn edges, paper_Smooth: fine rag}
  cloth: {cloth_Linen: open weave}
"""

invented = parse_toolset(INVENTED)

NEUTRAL = (6500, 0, -4, 5, 1, 5, 1, 20, None)


def invented_data(**changed):
    """A recipe that uses every invented tool, with some of them changed."""
    return {
        "develop": {"kelvin": 8000, "blur": 0, "gain": -5},
        "zones": {"lows": {"lift": 5, "heft": 1.25}, "tops": {"lift": -10, "heft": 1}},
        "overlay": {"mix": 50, "texture": "cloth_Linen"},
    } | changed
