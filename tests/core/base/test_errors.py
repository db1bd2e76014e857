"""What a library says of a failure becomes part of one sentence."""

import pytest
from skyfri.plugin.core.base.errors import first_line


@pytest.mark.parametrize(
    ("said", "shown"),
    [("disk full", "disk full"), ("\n  broken header\nat byte 7\n", "broken header"), ("", "OSError"), (" \n ", "OSError")],
)
def test_the_first_line_says_something_even_of_an_error_that_is_silent(said, shown):
    assert first_line(OSError(said)) == shown
