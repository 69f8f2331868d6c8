"""What `adopt` decided and why, and what it could not decide, on one page of the terminal."""

from pipeline.adopt import proposal
from pipeline.adopt.describe import Described
from pipeline.adopt.proposal import Proposal

MOST_TOLD = 12  # notes and questions that are printed; the report has all


def summary(found: Described, plan: Proposal) -> list[str]:
    """Return, in lines, what was decided and why, and what could not be decided."""
    rules, every, value = found.rules, found.all, lambda key: plan.values[key][0]
    kinds = {kind: rules.features_of(kind) for kind in ("number", "category", "text")}
    counts = ", ".join(f"{len(names)} {kind}" for kind, names in kinds.items() if names)
    lines = ["", f"adopted {found.source}: {every.rows:,} rows, {len(rules.columns)} columns"]
    lines.append(f"  target    `{rules.target}`, {rules.task}: {found.why[rules.target]}")
    lines.append(f"  features  {len(rules.features)}: {counts}")
    for role in ("id", "time", "group"):
        lines += [f"  {role:9} `{name}`: {found.why[name]}" for name in rules.with_role(role)]
    idle = [name for name in rules.with_role("ignored") if name not in found.aside]
    if idle:
        told = "; ".join(f"`{name}` {found.why[name]}" for name in idle[:8])
        more = f" and {len(idle) - 8} more" if len(idle) > 8 else ""
        lines.append(f"  left out  {told}{more}")
    if private := rules.private:
        lines.append(f"  PRIVATE   {_names(private)}: the server does not log them")
    for name, why in found.aside.items():
        lines.append(f"  LEAK?     {why}: `{name}` is set aside; KEEP={name!r} takes it back")
    for why in found.strong.values():
        lines.append(f"  strong    {why}: kept (check_data.strong)")
    lines.append(f"  split     {_split_words(plan)}")
    lines.append(f"  model     {value('train.estimator').rsplit('.', 1)[-1]}; "
                 f"{plan.values['train.estimator'][1].split('; ')[-1]}")  # fmt: skip
    for name, limits in value("evaluate.thresholds").items():
        limit = ", ".join(f"{side} {number:g}" for side, number in limits.items())
        lines.append(f"  gate      {name}: {limit} ({plan.values['evaluate.thresholds'][1][name]})")
    cuts = [*value("evaluate.slices.values"), *value("evaluate.slices.bins")]
    lines.append(f"  slices    {_names(cuts) or 'none'}: "
                 f"{_limits(value('evaluate.slices.thresholds'))}")  # fmt: skip
    if found.own:
        lines.append(f"  yours     kept: {', '.join(found.own[:8])}")
    for heading, items in (("What is unusual", found.notes), ("Your call", found.questions)):
        if items:
            lines += ["", f"{heading}:", *(f"  - {item}" for item in items[:MOST_TOLD])]
            if len(items) > MOST_TOLD:
                lines.append(f"  … and {len(items) - MOST_TOLD} more, in reports/adopt.json")
    return [
        *lines,
        "",
        "Any of it can be changed in schema.yaml and params.yaml, and stays when you adopt again.",
        "Next: make validate (then look at reports/evaluate.html, and git commit)",
    ]


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _limits(thresholds: dict[str, dict[str, float]]) -> str:
    return ", ".join(
        f"{name} {side} {limit:g}" for name, of in thresholds.items() for side, limit in of.items()
    )


def _split_words(plan: Proposal) -> str:
    by, first = (plan.values[f"ingest.split.{key}"][0] for key in ("by", "test_from"))
    if by == "time":
        return f"by time: what happened from {first} on is tested on"
    what = "whole groups, " if by == "group" else "at random, each class in its share, "
    return f"{what}{proposal.TEST_SHARE:.0%} is tested on"
