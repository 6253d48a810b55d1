"""YAML as data files need it: plain data, nothing said twice, and one sentence for whatever is wrong."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class _Strict:
    """Of a loader: it also refuses a key that a mapping has already."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[attr-defined]
        if repeated := [key for i, key in enumerate(keys) if key in keys[:i]]:
            raise yaml.constructor.ConstructorError(
                problem=f"{repeated[0]!r} stands twice", problem_mark=node.start_mark
            )
        return dict(super().construct_mapping(node, deep))  # type: ignore[misc]


class _Loader(_Strict, yaml.SafeLoader):
    pass


class _OwnLoader(_Strict, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    pass


def load_yaml(text: str, own: bool = False) -> Any:
    """The data of a YAML document; ValueError with one sentence if it is none.

    ``own``: a file of this package, which libyaml reads in a tenth of the time; deep nesting would crash it.
    """
    try:
        return yaml.load(text, _OwnLoader if own else _Loader)  # noqa: S506 - both are safe loaders
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:  # dates and numbers that cannot be raise the latter two
        raise ValueError(" ".join(str(error).split())) from None
