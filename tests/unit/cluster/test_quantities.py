"""Quantities are read as the API server reads them."""

import pytest
from alfred_tui.cluster.objects.quantities import millicores, number, parse_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("1", 1), ("1.5", 1.5), (".5", 0.5), ("5.", 5), ("100m", 0.1), ("250u", 0.00025),
        ("7n", 7e-9), ("1k", 1000), ("2M", 2e6), ("1G", 1e9), ("1Ki", 1024), ("128Mi", 128 * 2**20),
        ("1Gi", 2**30), ("1.5Gi", 1.5 * 2**30), ("1Ti", 2**40), ("1Ei", 2**60), ("1e3", 1000), ("1E3", 1000),
        ("12e-1", 1.2), ("1E", 1e18), ("-1", -1), ("+2", 2), (3, 3), (0.25, 0.25), (" 1 ", 1),
        ("123456789n", 0.123456789),
    ],
)  # fmt: skip
def test_a_quantity_is_its_number(text: str | float, value: float) -> None:
    assert parse_quantity(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "m", "1x", "1mi", "1KiB", "1 Gi", "e3", "--1", "NaN", "inf", "1e3m", "1,5"]
)
def test_what_is_no_quantity_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 100m or 1Gi"):
        parse_quantity(text)


def test_an_absurd_exponent_is_bounded() -> None:
    assert parse_quantity("1e999999999") == 1e40


def test_panels_show_nothing_for_what_is_no_quantity() -> None:
    assert number(None) == number("rubbish") == 0.0


def test_cpu_is_told_in_millicores() -> None:
    assert millicores("100m") == 100
    assert millicores("1.5") == 1500
    assert millicores("12345678n") == pytest.approx(12.345678)
