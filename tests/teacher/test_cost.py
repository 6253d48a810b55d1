import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.cost import Budget, Prices, Usage, worst_usage
from goldenhour.teacher.errors import TeacherError

PRICES = st.builds(Prices, st.floats(0, 100), st.floats(0, 100))
TOKENS = st.integers(0, 100_000)


@given(PRICES, st.floats(0, 10), st.lists(st.tuples(TOKENS, TOKENS, st.floats(0, 1), st.booleans(), st.integers(0, 5))))
def test_the_cap_is_never_exceeded_whatever_is_used_and_in_whatever_order(prices, cap, requests):
    budget, promised, paid = Budget(prices, cap), [], 0.0
    for tokens_in, tokens_out, share, known, settled in requests:
        worst = Usage(tokens_in, tokens_out)
        if budget.promise(worst):
            promised.append((worst, Usage(int(tokens_in * share), int(tokens_out * share)) if known else None))
        for _ in range(min(settled, len(promised))):
            worst, used = promised.pop(0)
            budget.settle(worst, used)
            paid += prices.cost(worst if used is None else used)
        assert paid + sum(prices.cost(worst) for worst, _ in promised) <= cap * (1 + 1e-12)
        assert math.isclose(budget.spent + budget.assumed, paid, abs_tol=1e-12)
        assert budget.open == bool(promised)


def test_what_is_not_used_of_a_promise_is_free_again():
    budget = Budget(Prices(1, 1), 1.0)
    whole = Usage(500_000, 500_000)
    assert budget.promise(whole)
    assert not budget.promise(Usage(1, 0))
    budget.settle(whole, Usage(0, 0))
    assert budget.promise(whole)


def test_prices_are_dollars_per_million_tokens():
    assert Prices(0.4, 1.6).cost(Usage(1_000_000, 500_000)) == pytest.approx(1.2)


def test_a_cap_needs_prices_and_is_a_number():
    for prices, cap in ((None, 1.0), (Prices(1, 1), math.nan), (Prices(1, 1), -1.0), (Prices(1, 1), math.inf)):
        with pytest.raises(TeacherError):
            Budget(prices, cap)


@given(st.text())
def test_the_worst_case_is_at_least_a_token_a_byte(text):
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "tools": [{"name": text}]}
    assert worst_usage(body, 500).tokens_in >= 2 * len(text.encode("utf-8", "surrogatepass"))
    assert worst_usage(body, 500).tokens_out == 500
