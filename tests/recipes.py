"""Hypothesis strategies: valid recipes of any toolset, and the kind of data that a model might write instead."""

import math

from hypothesis import strategies as st

from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice, Number
from invented_toolset import invented

toolsets = st.sampled_from([default_toolset(), invented])


def _values(parameter):
    if isinstance(parameter, Choice):
        return st.sampled_from(list(parameter.options))
    hundredths = st.integers(math.ceil(parameter.minimum * 100), math.floor(parameter.maximum * 100))
    return st.just(parameter.neutral) | hundredths.map(lambda number: number / 100)


def _data(toolset):
    tools = {}
    for tool in toolset.tools:
        parameters = st.fixed_dictionaries({parameter.name: _values(parameter) for parameter in tool.parameters})
        grouped = st.fixed_dictionaries(dict.fromkeys(tool.groups, parameters)) if tool.groups else parameters
        tools[tool.name] = st.none() | grouped
    return st.fixed_dictionaries(tools)


def recipes(toolset):
    """Valid recipes of a toolset."""
    return _data(toolset).map(lambda data: Recipe.from_dict(data, toolset))


any_recipe = toolsets.flatmap(recipes)


def vectors(toolset):
    """Finite vectors of a toolset's width, mostly out of range."""
    return st.lists(st.floats(-1e5, 1e5), min_size=toolset.width, max_size=toolset.width)


def written(toolset):
    """What comes out of a JSON parser, and more: nested at will, with names and options of the toolset among others."""
    names = {name for slot in toolset.slots for name in (slot.tool, *slot.keys)}
    options = {
        option for slot in toolset.slots if not isinstance(slot.parameter, Number) for option in slot.parameter.options
    }
    keys = st.sampled_from(sorted(names)) | st.text(max_size=5) | st.integers()
    leaves = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(sorted(options))
    )
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=25
    )


def recipe_of(values):
    """The recipe with these values, by path, such as ``{"adjust.contrast": 20, "filter.name": "warm_Honey"}``."""
    toolset = default_toolset()
    vector = Recipe.neutral().to_vector()
    for slot in toolset.slots:
        if slot.path in values and isinstance(slot.parameter, Choice):
            vector[slot.start + list(slot.parameter.options).index(values[slot.path])] = 1
        elif slot.path in values:
            vector[slot.start] = values[slot.path]
    return Recipe.from_vector(vector)
