import ast
from importlib import resources
from pathlib import Path

import pytest

import goldenhour
from goldenhour.tools import ToolsetError, default_toolset, load_toolset
from goldenhour.tools.toolset import Choice, parse_toolset
from invented_toolset import INVENTED, NEUTRAL, invented

SMALL = "tools: {a: {parameters: {x: {min: 0, max: 1}}}}\napply: {pointwise: [a]}\n"
CHOICE = "tools: {a: {parameters: {x: {choice: q}, y: {min: 0, max: 1}}}}\napply: {}\nq: "


def test_the_packaged_toolset_is_the_contract():
    toolset = default_toolset()
    tools = {tool.name: (tool.groups, " ".join(p.name for p in tool.parameters)) for tool in toolset.tools}
    assert tools == {
        "adjust": (
            (),
            "exposure contrast brightness highlights shadows saturation vibrance temperature tint hue bloom sharpen "
            "structure linearOffset",
        ),
        "selective_adjust": (("red", "orange", "yellow", "green", "cyan", "blue"), "saturation luminance"),
        "filter": ((), "name intensity"),
    }
    assert " ".join(toolset.pointwise) == (
        "adjust.exposure adjust.temperature adjust.tint adjust.linearOffset adjust.contrast adjust.brightness "
        "adjust.highlights adjust.shadows adjust.hue selective_adjust adjust.vibrance adjust.saturation filter"
    )
    assert " ".join(toolset.spatial) == "adjust.structure adjust.sharpen adjust.bloom"
    assert (len(toolset.slots), toolset.width) == (28, 81)


def test_the_packaged_numbers_run_from_minus_100_or_0_to_100_around_0():
    numbers = [slot.parameter for slot in default_toolset().slots if not isinstance(slot.parameter, Choice)]
    assert {(number.maximum, number.neutral) for number in numbers} == {(100, 0)}
    assert {number.name for number in numbers if number.minimum == 0} == {"bloom", "sharpen", "intensity"}
    assert {number.minimum for number in numbers} == {0, -100}


def test_54_looks_come_in_9_packs_of_6_whose_name_they_bear():
    (choice,) = (slot.parameter for slot in default_toolset().slots if isinstance(slot.parameter, Choice))
    packs = {pack: [option for option, _ in options] for pack, options in choice.packs}
    assert " ".join(packs) == "faded film cinematic vintage mono warm cool vivid mood"
    assert {len(options) for options in packs.values()} == {6}
    assert all(option.startswith(f"{pack}_") for pack, options in packs.items() for option in options)
    assert len(choice.options) == 54
    assert all(choice.options.values())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("exposure:     {min: -100, max: 100", "exposure:     {min: -50, max: 50", None),
        ("summary: Global tonal adjustment", "summary: Another", None),
        (
            "exposure:     {min: -100",
            "exposure:     {min: -120",
            "adjust.exposure goes from -100 to 100 in it, not further",
        ),
        ("exposure:     {min: -100", "exposure:     {neutral: 10, min: -100", "neutral at 0 in it, not at 10"),
        ("exposure", "lightness", "adjust.lightness is not in it"),
        ("    warm_GoldenHour:", "    warm_Other:", "filter.name has no 'warm_Other' in it"),
    ],
)
def test_a_toolset_says_what_of_another_it_cannot_hold(old, new, sentence):
    packaged = (resources.files("goldenhour.tools") / "toolset.yaml").read_text(encoding="utf-8")
    assert old in packaged
    found = default_toolset().cannot_hold(parse_toolset(packaged.replace(old, new)))
    assert found is None if sentence is None else sentence in found


def test_the_packaged_toolset_keeps_its_hash_because_saved_students_name_it():
    assert default_toolset().hash == "72e9b6371f90064b4db9f6aa2ecfc0c6b92749f78b4e551574db124b40b68244"


def test_slots_follow_the_file_and_stand_side_by_side_in_the_vector():
    assert [slot.path for slot in invented.slots] == [
        *("develop.kelvin", "develop.blur", "develop.gain"),
        *("zones.lows.lift", "zones.lows.heft", "zones.tops.lift", "zones.tops.heft"),
        *("overlay.mix", "overlay.texture"),
    ]
    assert [(slot.start, slot.width) for slot in invented.slots] == [*((i, 1) for i in range(8)), (8, 3)]
    assert invented.width == 11
    assert tuple(slot.parameter.neutral for slot in invented.slots) == NEUTRAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("whole frame", "lot"),
        ("softness", "haze"),
        ("torn edges", "ragged"),
        ("textures", "materials"),
    ],
)
def test_the_hash_ignores_wording(old, new):
    other = parse_toolset(INVENTED.replace(old, new))
    assert other.hash == invented.hash
    assert other == invented
    assert hash(other) == hash(invented)


def test_students_do_not_depend_on_the_order_of_application_but_pictures_do():
    other = parse_toolset(INVENTED.replace("zones, overlay", "overlay, zones"))
    assert other.hash == invented.hash
    assert other != invented


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("develop", "expose"),
        ("heft", "weight"),
        ("tops", "highs"),
        ("[lows, tops]", "[tops, lows]"),
        ("max: 40", "max: 41"),
        ("min: 0.5", "min: 0.25"),
        ("neutral: 5", "neutral: 4"),
        ("paper_Rough", "paper_Raw"),
        ("paper_Rough: torn edges, paper_Smooth: fine rag", "paper_Smooth: fine rag, paper_Rough: torn edges"),
    ],
)
def test_the_hash_changes_with_names_ranges_order_and_options(old, new):
    assert parse_toolset(INVENTED.replace(old, new)) != invented


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "the toolset is not YAML: "),
        ("\0", "the toolset is not YAML: "),
        ("a: !!python/name:os.system ''", "the toolset is not YAML: "),
        ("", "a toolset needs a section `tools`"),
        ("5", "a toolset needs a section `tools`"),
        ("tools: [a]", "a toolset needs a section `tools`"),
        ("tools: {a: 5}", "tools.a: a tool needs a section `parameters`"),
        ("tools: {a: {parameters: [x]}}", "tools.a: a tool needs a section `parameters`"),
        (
            "tools: {a: {parameters: {}}}",
            "tools.a: a tool needs a numeric parameter, whose neutral value means `not used`",
        ),
        ("tools: {a: {parameters: {x: 5}}}", "tools.a.x: a parameter needs min and max, or choice"),
        (SMALL.replace("min: 0, ", ""), "tools.a.x: a parameter needs min and max, or choice"),
        (SMALL.replace("0", "low"), "tools.a.x: min, max and neutral must be finite numbers, not 'low'"),
        (SMALL.replace("0", "yes"), "tools.a.x: min, max and neutral must be finite numbers, not True"),
        (SMALL.replace("0", ".nan"), "tools.a.x: min, max and neutral must be finite numbers, not nan"),
        (SMALL.replace("1", ".inf"), "tools.a.x: min, max and neutral must be finite numbers, not inf"),
        (SMALL.replace("max: 1", "max: 0"), "tools.a.x: the neutral value 0 must lie within min 0 and max 0"),
        (SMALL.replace("max: 1", "max: -1"), "tools.a.x: the neutral value 0 must lie within min 0 and max -1"),
        (SMALL.replace("1", "1, neutral: 2"), "tools.a.x: the neutral value 2 must lie within min 0 and max 1"),
        (SMALL.replace("apply", "order"), "a toolset needs a section `apply` with the lists `pointwise` and `spatial`"),
        (SMALL.replace("[a]", "[a.z]"), "apply: there is no tool or parameter 'a.z'"),
        (
            CHOICE.replace("q:", "r:"),
            "tools.a.x: its choice 'q' must be a section of packs, each with its options",
        ),
        (CHOICE + "[1]", "tools.a.x: its choice 'q' must be a section of packs, each with its options"),
        (CHOICE + "{p: [o]}", "tools.a.x: its choice 'q' must be a section of packs, each with its options"),
        (CHOICE + "{}", "tools.a.x: the section 'q' lists no options"),
        (CHOICE + "{p: {o: one}, r: {o: one}}", "tools.a.x: an option of 'q' is listed in two packs"),
    ],
)
def test_a_malformed_toolset_is_refused_with_one_sentence_that_names_the_entry(text, sentence):
    with pytest.raises(ToolsetError) as refused:
        parse_toolset(text)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("{parameters", "{colors: 5, parameters"),
        SMALL.replace("{parameters", "{colors: , parameters"),
        SMALL.replace("[a]", "5"),
        SMALL.replace("max: 1", "max: 1" + "0" * 400),
        SMALL.replace("max: 1", "max: 1" + "0" * 5000),
        SMALL + "made: 2001-99-99",
        CHOICE.replace("{choice: q}", "{choice: [q]}") + "{p: {o: one}}",
        "[" * 1500,
    ],
    ids=["colors 5", "no colors", "apply 5", "400 digits", "5000 digits", "no such date", "list as choice", "nested"],
)
def test_a_malformed_toolset_is_never_another_exception(text):
    with pytest.raises(ToolsetError):
        parse_toolset(text)


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("{parameters", "{colors: [red, red], parameters"),
        SMALL.replace("{parameters", "{colors: red, parameters"),
        SMALL.replace("x: {min: 0, max: 1}", "x: {min: 0, max: 1}, x: {min: 0, max: 2}"),
        SMALL.replace("x: {min: 0, max: 1}", "1: {min: 0, max: 1}, '1': {min: 0, max: 2}"),
    ],
    ids=["group twice", "colors as text", "parameter twice", "same name as text"],
)
def test_names_that_mean_two_things_are_refused(text):
    with pytest.raises(ToolsetError):
        parse_toolset(text)


@pytest.mark.parametrize("numbers", ["min: 0, max: 1, neutral: 0.33333", "min: 0, max: 0.3333338"])
def test_a_range_finer_than_recipes_can_tell_is_refused(numbers):
    with pytest.raises(ToolsetError):
        parse_toolset(SMALL.replace("min: 0, max: 1", numbers))


def test_a_toolset_is_loaded_from_a_file_of_your_own(tmp_path):
    path = tmp_path / "toolset.yaml"
    path.write_text(INVENTED, encoding="utf-8")
    assert load_toolset(path) == invented


@pytest.mark.parametrize("damage", [Path.mkdir, lambda path: path.write_bytes(b"\xff"), lambda path: None])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "toolset.yaml"
    damage(path)
    with pytest.raises(ToolsetError, match=r"cannot read the toolset .*toolset\.yaml"):
        load_toolset(path)


def test_no_code_but_the_renderer_knows_a_tool_parameter_or_colour_by_name():
    toolset = default_toolset()
    names = {name for slot in toolset.slots for name in (slot.tool, *slot.keys)} - {"name"}  # a key of OpenAI's tools
    source = Path(goldenhour.__file__).parent
    for path in source.rglob("*.py"):
        floor = path.relative_to(source).parts[0]
        if floor == "render":
            continue
        # words of OpenAI's, and of the API's for a whole recipe, too
        others = {"teacher": {"temperature"}, "serve": {"intensity"}}.get(floor, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # a docstring is a longer constant than any name
            assert not (isinstance(node, ast.Constant) and node.value in names - others), (
                f"{path}:{node.lineno} {node.value!r}"
            )
