"""Each text that the catalogue of faults replaces stands in its file exactly once.

Running the catalogue (`make faults`) takes minutes and an engine; this notices at once that a line
was rewritten which a fault edits.
"""

import pytest

from faults.fault import Edit, edits_of
from faults.test_faults import FAULTS
from mock_project import ROOT
from test_gates import BAD_INPUT

BREAKS = {fault.name: fault.break_it for fault in FAULTS}
BREAKS |= {name: break_it for name, (break_it, *_) in BAD_INPUT.items()}
EDITS = [
    pytest.param(edit, id=f"{name}: {edit.path}")
    for name, break_it in BREAKS.items()
    for edit in edits_of(break_it)
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_fault_replaces_a_text_that_stands_in_its_file_once(edit: Edit):
    assert (ROOT / edit.path).read_text(encoding="utf-8").count(edit.old) == 1
    assert edit.new != edit.old


def test_the_edits_of_a_fault_of_several_are_checked():
    assert len(EDITS) > 60
