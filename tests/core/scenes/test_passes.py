"""One rule tells which scenes are of one pass: what is not known is no."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from skyfri.plugin.core.scenes.passes import same_pass, states_its_pass


@dataclass(frozen=True)
class Known:
    """What is known of a scene; a tile tells nothing of the pass."""

    tile: str = "33TWM"
    platform: str = "S2A"
    relative_orbit: int | None = 122
    sensed: datetime | None = datetime(2023, 8, 13, 10, 1, 31, tzinfo=UTC)
    datatake: str = ""


BEFORE_MIDNIGHT = datetime(2023, 8, 13, 23, 57, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2023, 8, 14, 0, 3, tzinfo=UTC)
TAKE, OTHER_TAKE = "GS2A_20230813T095031_042523_N05.09", "GS2A_20230813T113031_042524_N05.09"
NO_TIME = {"sensed": None}

CASES = {
    "one orbit, some minutes apart": (Known(), replace(Known(), sensed=Known().sensed + timedelta(minutes=4)), True),
    "ten minutes at most": (Known(), replace(Known(), sensed=Known().sensed + timedelta(minutes=10)), True),
    "the next orbit of the same satellite": (
        Known(), replace(Known(), relative_orbit=123, sensed=Known().sensed + timedelta(minutes=100)), False,
    ),
    "the same orbit after ten days": (Known(), replace(Known(), sensed=Known().sensed + timedelta(days=10)), False),
    "the same day, orbit and platform, but hours apart": (Known(), replace(Known(), sensed=Known().sensed + timedelta(hours=3)), False),
    "another satellite": (Known(), Known(platform="S2B"), False),
    "across midnight UTC": (Known(sensed=BEFORE_MIDNIGHT), Known(sensed=AFTER_MIDNIGHT), True),
    "across the antimeridian": (
        Known("60WWT", "S2B", 2, BEFORE_MIDNIGHT), Known("01WCN", "S2B", 2, BEFORE_MIDNIGHT + timedelta(minutes=1)), True,
    ),
    "one datatake": (Known(datatake=TAKE), Known(datatake=TAKE), True),
    "one datatake is enough": (Known("", "", None, None, TAKE), Known("", "", None, None, TAKE), True),
    "two datatakes, whatever the times say": (Known(datatake=TAKE), Known(datatake=OTHER_TAKE), False),
    "a datatake that only one states": (Known(datatake=TAKE), Known(), True),
    "a datatake that only one states, and no time": (Known(datatake=TAKE), Known(sensed=None), False),
    "no orbit": (Known(relative_orbit=None), Known(relative_orbit=None), False),
    "no orbit on one side": (Known(relative_orbit=None), Known(), False),
    "no platform": (Known(platform=""), Known(platform=""), False),
    "no time": (Known(sensed=None), Known(sensed=None), False),
    "nothing at all": (Known("", "", None, None), Known("", "", None, None), False),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_rule_of_the_same_pass(case):
    one, other, expected = CASES[case]
    assert same_pass(one, other) is expected
    assert same_pass(other, one) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known(), True),
        (Known("", "", None, None, TAKE), True),
        (Known(relative_orbit=None), False),
        (Known(platform=""), False),
        (Known(sensed=None), False),
    ],
)
def test_a_scene_states_its_pass_where_another_can_be_found_to_share_it(known, expected):
    assert states_its_pass(known) is expected
    assert same_pass(known, known) is expected
