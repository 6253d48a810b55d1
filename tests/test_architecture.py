"""The house of docs/design.md: lower floors never import higher ones, and light things stay light."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import goldenhour

SOURCE = Path(goldenhour.__file__).parent
# docs/design.md, "The house": what each package may import
MAY_IMPORT = {
    "tools": set(),
    "render": {"tools"},
    "events": {"tools"},
    "teacher": {"tools"},
    "metrics": {"tools"},
    "dataset": {"tools", "events", "teacher"},
    "students": {"tools", "teacher", "metrics", "dataset"},
    "evaluate": {"tools", "render", "teacher", "metrics", "dataset", "students"},
    "augment": {"tools", "events", "teacher", "metrics", "dataset", "students"},
    "simulate": {"tools", "render", "events", "teacher"},
    "experiment": {"tools", "events"},
    "editing": {"tools", "render", "students"},
    "batch": {"tools", "render", "editing"},
    "forget": {"tools", "events"},
    "serve": {
        *("tools", "render", "events", "teacher", "metrics", "dataset", "students", "evaluate", "simulate"),
        *("augment", "experiment", "__init__"),
    },
    "cli": {
        *("tools", "render", "events", "teacher", "metrics", "dataset", "students", "evaluate", "simulate"),
        *("augment", "experiment", "serve", "editing", "batch", "forget", "__init__"),
    },
    "__main__": {"cli"},
    "__init__": {"tools", "render", "editing"},
}


def imports(path: Path) -> set[str]:
    """Every goldenhour module that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` counts as the module
            for alias in node.names:
                inner = SOURCE.parent / Path(*node.module.split(".")) / alias.name
                is_module = inner.is_dir() or inner.with_suffix(".py").is_file()
                found.add(f"{node.module}.{alias.name}" if is_module else node.module)
    return {name for name in found if name.split(".")[0] == "goldenhour"}


def top(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def test_packages_import_only_floors_below():
    for path in SOURCE.rglob("*.py"):
        own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        wrong = {top(name) for name in imports(path)} - {own} - MAY_IMPORT[own]
        assert not wrong, f"{path.relative_to(SOURCE)} imports {wrong}"


def test_no_module_imports_itself_through_others():
    graph = {}
    for path in SOURCE.rglob("*.py"):
        parts = list(path.relative_to(SOURCE.parent).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        # an import inside a function runs after both modules exist
        module = ast.Module([node for node in ast.parse(text).body if not isinstance(node, ast.If)], [])
        graph[name] = {
            target
            for node in module.body
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("goldenhour")
            for target in [node.module]
            if target != name and not name.startswith(f"{target}.")
        }
    list(TopologicalSorter(graph).static_order())


def test_the_map_of_a_floor_names_its_files_and_no_others():
    pages = (SOURCE.parents[1] / "docs" / "design.md").read_text(encoding="utf-8")
    maps = re.findall(r"^Inside `(\w+)`.*?\n\n(.*?)\n\n", pages, re.MULTILINE | re.DOTALL)
    assert len(maps) >= 9
    for floor, text in maps:
        rows = text.splitlines()[2:]
        for name in re.findall(r"`([^`]+)`", " ".join(row.split("|")[1] for row in rows)):
            place = SOURCE / floor / name
            assert place.exists() or place.with_suffix(".py").exists(), f"{floor} has no {name}"
        named = set(re.findall(r"`([\w.]+)/?`", text))
        there = {path.stem for path in (SOURCE / floor).iterdir() if path.suffix == ".py" or path.is_dir()}
        assert not there - named - {"__init__", "__pycache__"}, f"the map of {floor} lacks files"


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, goldenhour; print([m for m in ('numpy', 'numba', 'cv2', 'PIL', 'yaml') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
