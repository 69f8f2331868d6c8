"""mocks: training set -> tests/mocks.csv, few made-up rows that stand for many real ones."""

from pathlib import Path

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.stage import Figures, Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import make, mock_rows, page
from pipeline.mocks.likeness import Likeness
from pipeline.mocks.settings import Params
from pipeline.model import model_file


def main(
    dataset: Input,
    features: Input,
    featurizer: Input,
    schema: Input,
    mocks: Output,
    html: Figures,
    report: Report,
) -> dict:
    """Write the mocks, measure what was written, and draw them over the real rows."""
    settings = params.load("mocks", Params)
    rules = schemas.load(schema)
    mock_rows.require_free_names(rules)
    real = likenesses.load(dataset, features)
    fitted = model_file.load(featurizer)
    table, lost = make.make(real, fitted, rules, settings)
    mock_rows.write(table, mocks)
    rows, broken = mock_rows.read(mocks, rules)
    written = likenesses.featurized(rows, fitted, rules)
    likeness = likenesses.measure(real, written, rules, settings)
    reasons = list(likenesses.judge(likeness, settings).values())
    html.write_text(page.render(real, written, likeness, reasons, settings), encoding="utf-8")
    tell(likeness, lost, mocks, html)
    if reasons:
        raise GateClosed([*reasons, "see the section `mocks` of params.yaml"], vars(likeness))
    return {**vars(likeness), "odd_values_without_a_row": lost, "broken_rules": len(broken)}


def tell(likeness: Likeness, lost: int, mocks: Path, html: Path) -> None:
    """Print the figures."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in likeness.kinds.items())
    say(f"mocks: {kinds}: {likeness.rows} rows for {likeness.real_rows:,} real ones")
    say(
        f"mocks: {likeness.coverage:.1%} of the real rows' pairs of cells are covered; "
        f"{likeness.in_region:.1%} of the typical mocks lie where real rows lie"
    )
    if lost:
        say(f"mocks: {lost} odd values found no room (mocks.max_rows, small_table_rows)")
    say(f"mocks: look at {html} and commit {mocks}")


if __name__ == "__main__":
    run(main)
