"""Presets for Lightroom: what lands in which field, what is said to be lost, and XML that any parser takes."""

import re
from xml.etree import ElementTree as ET
from xml.parsers import expat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.render.lightroom import (
    CURVE_INPUTS,
    FIELDS,
    not_carried,
    preset_text,
    settings,
    tone_curve,
    write_preset,
)
from goldenhour.render.operations import monotone_curve
from goldenhour.render.reference import RenderError, grade_exactly
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe, default_toolset
from invented_toolset import invented, invented_data
from recipes import any_recipe, recipes

CRS = "{http://ns.adobe.com/camera-raw-settings/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
HUE_BANDS = {"Red", "Orange", "Yellow", "Green", "Aqua", "Blue", "Purple", "Magenta"}
RANGES = {"Exposure2012": (-5, 5), "Sharpness": (0, 150)}  # all others -100..100


def parsed(text):
    """The fields of a preset's one description, and its elements by name."""
    (description,) = ET.fromstring(text).iter(f"{RDF}Description")
    fields = {key.removeprefix(CRS): value for key, value in description.items() if key.startswith(CRS)}
    elements = {child.tag.removeprefix(CRS): [li.text for li in child.iter(f"{RDF}li")] for child in description}
    return fields, elements


def test_the_file_has_the_shape_of_lightrooms_own(make_recipe):
    text = preset_text(make_recipe({"adjust.exposure": 25, "adjust.brightness": 10}), "morocco")
    assert text.startswith('<x:xmpmeta xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"')
    assert "<rdf:RDF>" in text
    assert '<rdf:Description rdf:about=""' in text
    assert '<rdf:li xml:lang="x-default">morocco</rdf:li>' in text
    fields, elements = parsed(text)
    assert (fields["PresetType"], fields["HasSettings"]) == ("Normal", "True")
    assert float(fields["ProcessVersion"]) >= 11
    assert re.fullmatch("[0-9A-F]{32}", fields["UUID"])
    assert elements["Name"] == ["morocco"]
    assert elements["Group"] == ["Golden Hour"]
    assert elements["Description"] == ["Made by Golden Hour from “morocco”."]
    assert elements["ToneCurvePV2012"][0] == "0, 0"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"adjust.exposure": 25}, {"Exposure2012": "+0.50"}),
        ({"adjust.exposure": -100}, {"Exposure2012": "-2.00"}),
        ({"adjust.contrast": -12.4}, {"Contrast2012": "-12"}),
        ({"adjust.highlights": 15}, {"Highlights2012": "+15"}),
        ({"adjust.shadows": -5}, {"Shadows2012": "-5"}),
        ({"adjust.saturation": -100}, {"Saturation": "-100"}),
        ({"adjust.vibrance": 0.3}, {"Vibrance": "0"}),
        ({"adjust.vibrance": -0.3}, {"Vibrance": "0"}),
        (
            {"adjust.temperature": 30},
            {"IncrementalTemperature": "+30", "IncrementalTint": "0", "WhiteBalance": "Custom"},
        ),
        ({"adjust.tint": -8}, {"IncrementalTemperature": "0", "IncrementalTint": "-8", "WhiteBalance": "Custom"}),
        ({"adjust.temperature": 30, "adjust.tint": 5}, {"IncrementalTemperature": "+30", "IncrementalTint": "+5"}),
        ({"adjust.structure": -20}, {"Clarity2012": "-20"}),
        ({"adjust.sharpen": 40}, {"Sharpness": "60", "SharpenRadius": "+1.0"}),
        ({"selective_adjust.cyan.saturation": 35}, {"SaturationAdjustmentAqua": "+35", "SaturationAdjustmentRed": "0"}),
        ({"selective_adjust.blue.luminance": -15}, {"LuminanceAdjustmentBlue": "-15"}),
    ],
)
def test_each_parameter_lands_in_its_field(ours, theirs, make_recipe):
    assert theirs.items() <= settings(make_recipe(ours)).items()


def test_what_a_recipe_leaves_alone_is_reset_but_for_a_raw_files_own():
    fields = settings(Recipe.neutral())
    assert {"Exposure2012": "0.00", "Contrast2012": "0", "Clarity2012": "0"}.items() <= fields.items()
    assert {f"{kind}Adjustment{band}" for kind in ("Saturation", "Luminance") for band in HUE_BANDS} <= set(fields)
    assert not {"Sharpness", "WhiteBalance", "IncrementalTemperature", "IncrementalTint"} & set(fields)
    assert tone_curve(Recipe.neutral()) == [(0, 0), (255, 255)]


def test_every_field_names_a_parameter_of_the_toolset():
    assert set(FIELDS) <= {slot.path for slot in default_toolset().slots}


@pytest.mark.parametrize(
    "values",
    [
        {"adjust.brightness": 100},
        {"adjust.brightness": -100},
        {"adjust.linearOffset": 100},
        {"adjust.linearOffset": -100},
        {"adjust.linearOffset": -60, "adjust.brightness": 45},
    ],
    ids=str,
)
def test_the_tone_curve_is_what_brightness_and_offset_do_to_greys(values, make_recipe):
    recipe = make_recipe(values)
    curve = tone_curve(recipe)
    assert [x for x, _ in curve] == list(CURVE_INPUTS)
    codes = np.arange(256)
    exact = 255 * grade_exactly(recipe, np.tile(codes / 255, (3, 1)))[0]
    drawn = 255 * monotone_curve(np.array(curve) / 255)(codes / 255)
    assert np.abs(drawn - exact).max() < 1.5
    with_more = make_recipe(values | {"adjust.contrast": 50, "adjust.exposure": 20, "adjust.saturation": 30})
    assert tone_curve(with_more) == curve


def test_what_is_lost_is_said(make_recipe):
    lossy = {"adjust.hue": 20, "adjust.bloom": 15, "filter.name": "warm_Honey", "filter.intensity": 40}
    _, elements = parsed(preset_text(make_recipe(lossy | {"adjust.contrast": 10}), "x"))
    (text,) = elements["Description"]
    for word in ("hue (+20)", "bloom (15)", "filter warm_Honey at intensity 40", ".cube"):
        assert word in text
    assert "contrast" not in text
    (only_bloom,) = parsed(preset_text(make_recipe({"adjust.bloom": 15}), "x"))[1]["Description"]
    assert ".cube" not in only_bloom  # which would not have it either
    (warm,) = parsed(preset_text(make_recipe({"adjust.temperature": 15}), "x"))[1]["Description"]
    assert "not for raw files" in warm


def test_parameters_of_another_toolset_are_all_said_to_be_lost():
    recipe = Recipe.from_dict(invented_data(), invented)
    fields, elements = parsed(preset_text(recipe, "x"))
    assert not_carried(recipe) == recipe
    assert not [
        field for field in fields if "Adjustment" in field or ("2012" in field and field != "ToneCurveName2012")
    ]
    for word in ("kelvin", "gain", "heft in lows", "lift in tops", "cloth_Linen"):
        assert word in elements["Description"][0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a <b> & \"c\" 'd' ]]>", "a <b> & \"c\" 'd' ]]>"),
        ("two\nlines\r\n\tand tabs", "two lines and tabs"),
        ("bell\x07 null\x00 lone \ud800 \uffff\x85", "bell null lone"),
        ("夕日 🌅 été", "夕日 🌅 été"),
        ("", "Golden Hour"),
        ("\x00", "Golden Hour"),
        ("word " * 40, "word " * 11 + "word…"),
    ],
)
def test_any_text_is_a_name(name, shown):
    assert parsed(preset_text(Recipe.neutral(), name))[1]["Name"] == [shown]


@given(any_recipe, st.text())
def test_every_preset_is_xml_with_one_line_texts(recipe, name):
    text = preset_text(recipe, name)
    expat.ParserCreate().Parse(text.encode(), True)
    fields, elements = parsed(text)
    assert len(elements["Name"][0]) <= 60
    assert all("\n" not in line for lines in elements.values() for line in lines)
    assert fields == parsed(preset_text(recipe, name))[0]


@given(st.sampled_from([answer.recipe for answer in recorded_answers()]) | recipes(default_toolset()))
def test_all_values_stay_in_adobes_ranges_and_keep_their_sign(recipe):
    fields = settings(recipe)
    numbers = {name: float(text) for name, text in fields.items() if name != "WhiteBalance"}
    for name, number in numbers.items():
        lowest, highest = RANGES.get(name, (-100, 100))
        assert lowest <= number <= highest
    for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True):
        if slot.path in FIELDS and FIELDS[slot.path].name in numbers:
            number = numbers[FIELDS[slot.path].name]
            assert number * value >= 0
            assert abs(number - value * FIELDS[slot.path].scale) <= 0.5
    outputs = [y for _, y in tone_curve(recipe)]
    assert outputs == sorted(outputs)
    assert 0 <= outputs[0] <= outputs[-1] <= 255


def test_the_same_recipe_and_name_have_the_same_identity(make_recipe):
    def identity(values, name):
        return parsed(preset_text(make_recipe(values), name))[0]["UUID"]

    first = identity({"adjust.contrast": 10}, "a")
    assert first == identity({"adjust.contrast": 10}, "a")
    assert len({first, identity({"adjust.contrast": 11}, "a"), identity({"adjust.contrast": 10}, "b")}) == 3


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    write_preset(Recipe.neutral(), tmp_path / "a.xmp", "a")
    assert parsed((tmp_path / "a.xmp").read_text(encoding="utf-8"))[1]["Name"] == ["a"]
    with pytest.raises(RenderError, match=r"missing/a\.xmp cannot be written: No such file"):
        write_preset(Recipe.neutral(), tmp_path / "missing" / "a.xmp", "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xmp"]
