"""What was used most recently is kept, up to a weight."""

from goldenhour.serve.recent import Recent


def test_what_has_not_been_used_for_longest_goes_first():
    kept: Recent[str, int] = Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_weights_count_and_what_is_replaced_counts_once():
    kept: Recent[str, str] = Recent(10)
    for _ in range(3):
        kept.put("a", "x", 6)
    kept.put("b", "y", 4)
    assert (kept.get("a"), kept.get("b"), len(kept)) == ("x", "y", 2)
    kept.put("c", "z", 1)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (None, "y", "z")


def test_what_is_too_heavy_is_not_kept_and_drives_nothing_out():
    kept: Recent[str, str] = Recent(10)
    kept.put("b", "y", 10)
    kept.put("a", "x", 11)
    assert (kept.get("a"), kept.get("b")) == (None, "y")
