"""Check digits, against numbers that the world uses."""

import pytest

from hdr.decode.checks import CHECKS


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("luhn", "4539578763621486"),
        ("luhn", "79927398713"),
        ("mod10", "4006381333931"),
        ("mod10", "73513537"),
        ("mod10", "9783161484100"),
        ("mod11", "0306406152"),
        ("mod11", "3598215088"),
        ("mod97", "3214282912345698765432161182"),
        ("mod97", "98"),
    ],
)
def test_a_right_number_passes_and_a_changed_digit_is_noticed(check, text):
    assert CHECKS[check].accepts(text)
    for place, digit in enumerate(text):
        changed = f"{text[:place]}{(int(digit) + 1) % 10}{text[place + 1 :]}"
        assert not CHECKS[check].accepts(changed)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", ["", "0", "1"])
def test_less_than_two_digits_carry_no_check(check, text):
    assert not CHECKS[check].accepts(text)


@pytest.mark.parametrize(("check", "caught"), [("mod11", True), ("mod97", True), ("luhn", True)])
def test_neighbours_that_change_places_are_noticed(check, caught):
    right = next(f"12345678{a}{b}" for a in range(10) for b in range(10) if CHECKS[check].accepts(f"12345678{a}{b}"))
    assert CHECKS[check].accepts(right[:3] + right[4] + right[3] + right[5:]) is not caught
