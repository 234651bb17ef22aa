"""What a person is told of an error."""

from alfred_tui.domain.errors import CockpitError, in_words


def test_an_error_that_is_meant_for_a_person_is_told_with_what_to_do_next() -> None:
    error = CockpitError("The run's lock could not be written.", hint="Make room.")
    assert in_words(error) == "The run's lock could not be written. Make room."


def test_a_defect_is_told_with_its_kind_since_its_own_words_may_say_nothing() -> None:
    assert in_words(KeyError("spec")) == "KeyError: 'spec'"
