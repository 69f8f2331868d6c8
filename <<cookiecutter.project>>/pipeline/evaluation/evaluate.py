"""evaluate: model -> metrics -> verdict, on the whole test set and on every slice of it.

Measuring and judging are apart: `measure` computes numbers, `judge` compares them with thresholds.
"""

import pandas as pd

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.files import write_json
from pipeline.core.stage import Figures, Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.evaluation import champion, floor, plots
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation.baseline import with_baseline
from pipeline.evaluation.judge import judge
from pipeline.evaluation.measure import Rivals, measure, note_lost, with_champion
from pipeline.evaluation.record import Evaluation
from pipeline.evaluation.sample import sample_of
from pipeline.evaluation.settings import Params, require_known
from pipeline.evaluation.slices import cut
from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from recipe.metrics import metrics_of


def main(
    model: Input,
    dataset: Input,
    schema: Input,
    champion_folder: Input,
    least: Input,
    plots_folder: Output,
    metrics: Output,
    html: Figures,
    report: Report,
) -> dict:
    """Measure the model on the test set, draw what was measured, then judge it."""
    settings = params.load("evaluate", Params)
    rules = schemas.load(schema)
    known = metrics_of(rules.task, rules.labels)
    require_known(settings, known, rules)
    train, test = (pd.read_parquet(dataset / f"{part}.parquet") for part in ("train", "test"))
    sample = sample_of(Scorer(model_file.load(model), rules), test, settings.decision_threshold)
    named, scorer = champion.load(champion_folder)
    rivals = Rivals(sample, with_baseline(sample, train, rules))
    reason = "nothing has been deployed yet"
    if scorer:
        rivals, reason = with_champion(rivals, scorer, test)
    train_slices, slices = (cut(rows, settings.slices, "evaluate.slices") for rows in (train, test))
    measured = measure(rivals, slices, known, settings)
    measured["champion"].update(named, absent=reason or None)
    note_lost(measured, train_slices, slices, settings)
    reasons = floor.weakened(params.section("evaluate"), least)
    reasons += judge(measured, known, settings)
    plots.write_tables(plots_folder, sample)
    write_json(metrics, measured["metrics"])
    page = evaluation_page.render(sample, measured, reasons, known, settings, rules)
    html.write_text(page, encoding="utf-8")
    say(summary(measured))
    say(f"evaluate: {len(measured['slices'])} slices; look at {html}")
    if reasons:
        raise GateClosed(reasons, measured)
    return measured


def summary(measured: Evaluation) -> str:
    """Return a line a metric: the model's value, its interval, and the baseline's value."""
    lines = [f"{'metric':24}{'model':>10}{'interval':>20}{'baseline':>10}"]
    for name, value in measured["metrics"].items():
        interval = evaluation_page.ends(measured["intervals"].get(name))
        model, baseline = (
            "–" if number is None else f"{number:.4f}"
            for number in (value, measured["baseline"][name])
        )
        lines.append(f"{name:24}{model:>10}{interval:>20}{baseline:>10}")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
