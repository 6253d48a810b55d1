"""YAML as data files need it: plain data, nothing said twice, and one sentence for whatever is wrong."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader, which also refuses a key that a mapping has already."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if repeated := [key for i, key in enumerate(keys) if key in keys[:i]]:
            raise yaml.constructor.ConstructorError(
                problem=f"{repeated[0]!r} stands twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


def load_yaml(text: str) -> Any:
    """The data of a YAML document; ValueError with one sentence if it is none."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:  # dates and numbers that cannot be raise the latter two
        raise ValueError(" ".join(str(error).split())) from None
