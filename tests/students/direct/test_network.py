from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("transformers", reason="needs the [train] extra")

from goldenhour.students.direct.layout import OUTPUTS  # noqa: E402
from goldenhour.students.direct.network import CHOICE, LABEL_SMOOTHING, UNIT, USE, Network, loss  # noqa: E402


@pytest.fixture(scope="module")
def batch(examples, layout):
    recipes = [example.recipe for example in examples.train[:16]]
    targets = {name: torch.from_numpy(values) for name, values in layout.targets(recipes).items()}
    ids = torch.randint(5, 40, (16, 9), generator=torch.Generator().manual_seed(0))
    mask = (torch.arange(9) < torch.arange(2, 18)[:, None]).long()
    return {"input_ids": ids, "attention_mask": mask, "known": torch.ones(16, 3), **targets}


@pytest.fixture
def network(base, layout):
    from transformers import BertModel

    torch.manual_seed(0)
    return Network(BertModel.from_pretrained(base, add_pooling_layer=False), layout)


def saying(logits):
    """A network that says what it is told to."""
    return SimpleNamespace(pooled=lambda *_: (None, None), logits=lambda *_: logits, meaning=None)


def perfect(layout, batch):
    certain = 40.0
    smooth = [
        (1 - LABEL_SMOOTHING) * batch["choices"][:, span] + LABEL_SMOOTHING / (span.stop - span.start)
        for _, span in layout.choices
    ]
    moves = (batch["numbers"] != 0).float()
    return (
        (2 * batch["uses"] - 1) * certain,
        batch["numbers"] / UNIT,
        (2 * moves - 1) * certain,
        torch.cat(smooth, 1).log(),
    )


def least(layout):
    """What smoothing leaves of the loss when everything is right: the entropy of the smoothed label."""
    rest = 0.0
    for slot, _ in layout.choices:
        options = slot.width
        shares = np.full(options, LABEL_SMOOTHING / options)
        shares[0] += 1 - LABEL_SMOOTHING
        rest -= CHOICE * float((shares * np.log(shares)).sum())
    return rest


def test_the_loss_of_perfect_answers_is_what_smoothing_leaves(layout, batch):
    assert loss(saying(perfect(layout, batch)), layout, batch).item() == pytest.approx(least(layout), abs=1e-3)


@pytest.mark.parametrize("part", range(4), ids=OUTPUTS)
def test_every_output_that_is_wrong_costs(layout, batch, part):
    logits = list(perfect(layout, batch))
    logits[part] = -logits[part]
    assert loss(saying(logits), layout, batch).item() > least(layout) + 0.1


def test_direction_costs_more_than_size(layout, batch):
    uses, numbers, moves, options = perfect(layout, batch)
    longer = loss(saying((uses, numbers * 1.5, moves, options)), layout, batch)
    turned = loss(saying((uses, numbers.roll(1, 1), moves, options)), layout, batch)
    assert least(layout) < longer.item() < turned.item()


def test_what_a_row_says_nothing_of_counts_nothing(layout, batch):
    for tool, name in enumerate(layout.tools):
        known = torch.ones(16, 3)
        known[8:, tool] = 0
        masked = batch | {"known": known}
        right = list(perfect(layout, batch))
        other = [values.clone() for values in right]
        other[0][8:, tool] *= -1
        places = torch.from_numpy(layout.tool_of_number == tool)
        other[1][8:, places] += 1
        for slot, span in layout.choices:
            if slot.tool == name:
                other[3][8:, span] = other[3][8:, span].flip(1)
        assert loss(saying(other), layout, masked).item() == pytest.approx(loss(saying(right), layout, masked).item())
        assert loss(saying(other), layout, batch).item() > loss(saying(right), layout, batch).item() + USE


def test_of_rows_that_say_nothing_the_loss_is_nothing(layout, batch):
    nothing = batch | {"known": torch.zeros(16, 3)}
    assert loss(saying(perfect(layout, batch)), layout, nothing).item() == 0


def foretelling(base, layout, meanings):
    from transformers import BertModel

    torch.manual_seed(0)
    return Network(BertModel.from_pretrained(base, add_pooling_layer=False), layout, meanings=meanings).eval()


def test_foretelling_rationales_costs_one_minus_the_cosine_where_there_are_any(base, layout, batch):
    network, plain = foretelling(base, layout, 8), foretelling(base, layout, 0)
    with torch.no_grad():
        answers = loss(plain, layout, batch).item()
        said = network.meaning(network.pooled(batch["input_ids"], batch["attention_mask"])[0])
        for wanted, apart in ((said, 0), (-3 * said, 2), (torch.cat([said[:4], 0 * said[4:]]), 0), (0 * said, 0)):
            found = loss(network, layout, batch | {"meanings": wanted}, 0.5).item()
            assert found == pytest.approx(answers + 0.5 * apart, abs=1e-5)


def test_what_foretells_rationales_changes_no_other_weight_at_first_and_no_output(base, layout, batch):
    network, plain = foretelling(base, layout, 8), foretelling(base, layout, 0)
    weights, others = network.state_dict(), plain.state_dict()
    assert set(weights) - set(others) == {"meaning.weight", "meaning.bias"}
    assert all(torch.equal(weights[name], value) for name, value in others.items())
    with torch.no_grad():
        inputs = batch["input_ids"], batch["attention_mask"]
        assert all(torch.equal(one, other) for one, other in zip(network(*inputs), plain(*inputs), strict=True))


def test_the_gradient_reaches_every_parameter(network, layout, batch):
    loss(network, layout, batch).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        if not name.endswith("key.bias"):  # which cancels in the softmax
            assert parameter.grad.abs().sum() > 0, name


def test_a_few_steps_lower_the_loss(network, layout, batch):
    network.eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    before = loss(network, layout, batch).item()
    for _ in range(40):
        optimiser.zero_grad()
        loss(network, layout, batch).backward()
        optimiser.step()
    assert loss(network, layout, batch).item() < 0.6 * before


def test_half_precision_is_finite(network, layout, batch):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = loss(network, layout, batch)
    value.backward()
    assert torch.isfinite(value)
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_outputs_are_probabilities_and_numbers(network, layout, batch):
    with torch.no_grad():
        outputs = dict(zip(OUTPUTS, network.eval()(batch["input_ids"], batch["attention_mask"])[:-1], strict=True))
    assert {name: tuple(values.shape) for name, values in outputs.items()} == {
        n: (16, w) for n, w in layout.sizes.items()
    }
    for name in ("uses", "moves", "choices"):
        assert 0 <= outputs[name].min() <= outputs[name].max() <= 1
    for _, span in layout.choices:
        assert outputs["choices"][:, span].sum(1).numpy() == pytest.approx(1)


def test_padding_changes_nothing(network, batch):
    network.eval()
    ids, mask = batch["input_ids"], batch["attention_mask"]
    padded = torch.nn.functional.pad(ids, (0, 5)), torch.nn.functional.pad(mask, (0, 5))
    with torch.no_grad():
        for one, other in zip(network(ids, mask), network(*padded), strict=True):
            assert torch.allclose(one, other, atol=1e-4)


def test_a_remembered_text_is_most_like_itself(network, batch):
    network.eval()
    ids, mask = batch["input_ids"], batch["attention_mask"]
    with torch.no_grad():
        assert network(ids, mask)[-1].shape == (16, 0)
        network.remember(network.pooled(ids, mask)[0])
        likeness = network(ids, mask)[-1]
    assert torch.allclose(likeness.diagonal(), torch.ones(16), atol=1e-5)
    assert (likeness.abs() <= 1 + 1e-5).all()
    assert torch.equal(likeness.argmax(1), torch.arange(16))
    assert not any("keys" in name for name in network.state_dict())
