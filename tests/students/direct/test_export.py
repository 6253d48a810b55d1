"""What is served is what was trained."""

import logging
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("onnx", reason="needs the [train] extra")

from goldenhour.students.direct.export import export, run  # noqa: E402
from goldenhour.students.direct.layout import LIKENESS, OUTPUTS  # noqa: E402
from goldenhour.students.direct.network import Network  # noqa: E402
from goldenhour.students.direct.scales import fix_scales  # noqa: E402

SHAPES = [(1, 2), (3, 17), (70, 5), (2, 64)]


@pytest.fixture(scope="module")
def network(base, layout):
    from transformers import BertModel

    torch.manual_seed(0)
    network = Network(BertModel.from_pretrained(base, add_pooling_layer=False), layout).eval()
    network.remember(torch.randn(50, network.encoder.config.hidden_size))
    return network


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    level = logging.getLogger().level
    export(network, folder / "exact.onnx", eight_bits=False)
    export(network, folder / "small.onnx")
    assert logging.getLogger().level == level, "whoever exports loses the warnings of everything else"
    shutil.copyfile(folder / "small.onnx", folder / "fixed.onnx")
    fix_scales(folder / "fixed.onnx", [inputs(1, length) for length in range(2, 65)])
    return folder


def inputs(rows, length):
    """Token ids of texts of different lengths."""
    random = np.random.default_rng(rows)
    mask = (np.arange(length) < random.integers(2, length + 1, rows)[:, None]).astype(np.int64)
    return {"input_ids": random.integers(5, 40, (rows, length)) * mask, "attention_mask": mask}


def trained(network, batch):
    with torch.no_grad():
        outputs = network(**{name: torch.from_numpy(values) for name, values in batch.items()})
    return dict(zip([*OUTPUTS, LIKENESS], (output.numpy() for output in outputs), strict=True))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_exported_network_equals_the_trained_one(network, exported, shape):
    batch = inputs(*shape)
    found = run(exported / "exact.onnx", [batch])
    for name, values in trained(network, batch).items():
        scale = 30 if name == "numbers" else 1
        assert found[name].shape == values.shape
        assert np.abs(found[name] - values).max() <= 1e-4 * scale


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("file", ["small.onnx", "fixed.onnx"])
def test_with_eight_bits_it_says_nearly_the_same(network, exported, file, shape):
    batch = inputs(*shape)
    found = run(exported / file, [batch])
    for name, values in trained(network, batch).items():
        cosine = (found[name] * values).sum() / np.linalg.norm(found[name]) / np.linalg.norm(values)
        assert cosine >= 0.98, name


def test_eight_bits_are_smaller(exported):
    assert (exported / "small.onnx").stat().st_size < 0.6 * (exported / "exact.onnx").stat().st_size


def test_with_fixed_scales_a_row_does_not_depend_on_the_others(exported):
    batch = inputs(20, 12)
    lengths = batch["attention_mask"].sum(axis=1)
    alone = [
        {name: values[row : row + 1, :length] for name, values in batch.items()} for row, length in enumerate(lengths)
    ]
    together, apart = run(exported / "fixed.onnx", [batch]), run(exported / "fixed.onnx", alone)
    for name in (*OUTPUTS, LIKENESS):
        assert np.abs(together[name] - apart[name]).max() <= 1e-4 * max(1, np.abs(together[name]).max())


def test_fixed_scales_need_texts(exported, tmp_path):
    shutil.copyfile(exported / "small.onnx", tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="no texts"):
        fix_scales(tmp_path / "model.onnx", [])


def test_batches_are_joined_in_order(exported):
    batches = [inputs(2, 7), inputs(3, 9)]
    joined = run(exported / "exact.onnx", batches)
    alone = [run(exported / "exact.onnx", [batch]) for batch in batches]
    for name in (*OUTPUTS, LIKENESS):
        assert np.array_equal(joined[name], np.concatenate([one[name] for one in alone]))
