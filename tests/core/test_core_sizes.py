from taskmatrix.core.sizes import LARGEST, is_too_large


def test_a_value_is_measured_without_being_written():
    half = "x" * (LARGEST // 2)
    assert not is_too_large({"a": [half, 1, None]})
    assert is_too_large([half, {"b": half}, "x"])
    assert is_too_large(b"x" * (LARGEST + 1))


def test_a_value_that_holds_itself_or_grows_when_written_is_measured_in_short_time():
    cycle: list[object] = []
    cycle.append(cycle)
    assert not is_too_large(cycle)
    grown: list[object] = ["x" * 1000]
    for _ in range(60):
        grown = [grown, grown]
    assert is_too_large(grown)
