"""Which commands can be used when: the tables of the rooms read with a state, without a window."""

from collections import Counter
from dataclasses import replace

import pytest
from skyfri.ui.actions import UiState
from skyfri.ui.clouds.commands import cloud_commands
from skyfri.ui.editing.commands import editing_commands
from skyfri.ui.map.commands import map_commands
from skyfri.ui.mosaic.commands import mosaic_commands
from skyfri.ui.workspace.commands import workspace_commands

SPECS = {
    spec.name: spec for table in (workspace_commands, map_commands, cloud_commands, editing_commands, mosaic_commands) for spec in table()
}
EMPTY = UiState()
AT_SCENE = UiState(workspace=True, scene=True, tile_status="todo")


def usable(state):
    return {name for name, spec in SPECS.items() if spec.when(state)}


def switched_on(state):
    return {name for name, spec in SPECS.items() if spec.checked is not None and spec.checked(state)}


def test_without_a_workspace_one_is_made_or_opened():
    assert usable(EMPTY) == {"new_workspace", "open_workspace"}


def test_a_workspace_without_scenes_takes_some_or_is_closed():
    more = usable(UiState(workspace=True)) - usable(EMPTY)
    assert more == {"close_workspace", "add_files", "add_folder"}


def test_at_a_scene_all_but_saving_drawing_trying_and_looking_at_a_mosaic_can_be_done():
    assert set(SPECS) - usable(AT_SCENE) == {
        "save",
        "draw_cloud",
        "draw_shadow",
        "mosaic_visible",
        "lower_cloud",
        "raise_cloud",
        "lower_shadow",
        "raise_shadow",
        "reset_thresholds",
        "apply_thresholds",
        "apply_thresholds_pass",
        "discard_thresholds",
    }


def test_while_a_job_runs_no_other_begins_and_the_editor_goes_on():
    kept = usable(replace(AT_SCENE, idle=False))
    assert usable(AT_SCENE) - kept == {
        "close_workspace",
        "add_files",
        "add_folder",
        "remove_scenes",
        "guidelines",
        "guidelines_tile",
        "guidelines_missing",
        "guidelines_options",
        "predict_first",
        "mosaic",
        "mosaic_options",
    }
    assert {"edit", "next_tile", "done"} <= kept


def test_thresholds_answer_where_probabilities_are_kept_and_are_applied_where_nothing_runs():
    trying = replace(AT_SCENE, trying=True)
    answering = replace(trying, probabilities=True)
    assert usable(trying) == usable(AT_SCENE), "without probabilities there is nothing to move"
    assert {"lower_cloud", "apply_thresholds", "apply_thresholds_pass", "discard_thresholds"} <= usable(answering)
    gone = usable(answering) - usable(replace(answering, idle=False))
    assert {"apply_thresholds", "apply_thresholds_pass"} <= gone
    assert not gone & {"lower_cloud", "discard_thresholds"}


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"editing": True}, {"draw_cloud", "draw_shadow"}),
        ({"unsaved": True}, {"save"}),
        ({"mosaic": False}, {"mosaic_visible"}),
        ({"mosaic": True}, {"mosaic_visible"}),
    ],
)
def test_what_a_state_adds(change, more):
    assert usable(replace(AT_SCENE, **change)) - usable(AT_SCENE) == more


@pytest.mark.parametrize(
    ("change", "on"),
    [
        ({}, {"guideline_visible", "clouds_visible", "draw_cloud", "todo"}),
        ({"tile_status": "done"}, {"guideline_visible", "clouds_visible", "draw_cloud", "done"}),
        ({"hidden": frozenset({"cloud"})}, {"guideline_visible", "draw_cloud", "todo"}),
        ({"drawn_class": "shadow"}, {"guideline_visible", "clouds_visible", "draw_shadow", "todo"}),
        (
            {"editing": True, "trying": True, "mosaic": True, "tile_status": "work"},
            {"guideline_visible", "clouds_visible", "draw_cloud", "work", "edit", "thresholds", "mosaic_visible"},
        ),
    ],
)
def test_switches_show_the_truth(change, on):
    assert switched_on(replace(AT_SCENE, **change)) == on


def test_names_texts_and_keys_are_told_apart():
    tables = (workspace_commands(), map_commands(), cloud_commands(), editing_commands(), mosaic_commands())
    assert sum(len(table) for table in tables) == len(SPECS)
    assert max(Counter(spec.text for spec in SPECS.values()).values()) == 1, "QGIS's list of shortcuts tells them by their text"
    assert max(Counter(spec.key for spec in SPECS.values() if spec.key).values()) == 1
    assert not {spec.key for spec in SPECS.values()} & {"S", "T", "R"}, "these are QGIS's own"
