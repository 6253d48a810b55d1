"""What the plain install says of what it lacks."""

from pathlib import Path

import pytest

from goldenhour.tools.errors import UserError
from goldenhour.tools.extras import install, needs

ROOT = Path(__file__).parent.parent.parent


def test_what_is_missing_is_named_with_the_remedy_of_the_documentation():
    with pytest.raises(UserError) as caught, needs("data"):
        import no_such_package_anywhere  # noqa: F401
    remedy = 'pip install -c locks/all.txt -e ".[data]"'
    assert str(caught.value) == f"this needs no_such_package_anywhere; install it, in {ROOT}, with: {remedy}"
    assert remedy in (ROOT / "README.md").read_text(encoding="utf-8")


def test_an_installed_package_names_its_extra(tmp_path):
    assert install("data", tmp_path) == 'install it with: pip install "goldenhour[data]"'


def test_what_is_there_is_let_alone():
    with needs("data"):
        import json  # noqa: F401
