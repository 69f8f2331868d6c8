"""Which role a column of a new table plays: target, id, group, time, feature, or none."""

import pandas as pd

from pipeline.adopt import column_types as inference
from pipeline.adopt import suspects
from pipeline.adopt.column_types import Guess
from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data.kinds import KINDS
from pipeline.data.schema import Column

POSITIVE = ("yes", "true", "t", "y", "1", "1.0", "positive", "pos", "malignant", "fraud", "spam",
            "churn", "churned", "default", "failed", "failure", "fail", "bad", "died")  # fmt: skip
NEGATIVE = ("no", "false", "f", "n", "0", "0.0")
MOST_CLASSES = 50
CLASS_NUMBERS = 20  # whole numbers, at most, that are taken for classes
CLASS_ROWS = 8  # rows that a class needs, to be learned and tested
LEAST_GROUPS = 20


def require_columns(table: pd.DataFrame, asked) -> None:
    """Refuse names of columns, on the command line, that the table does not have."""
    if not asked.target:
        names = ", ".join(map(str, table.columns[:20]))
        raise Refusal(f"say by TARGET= which column is to be predicted; there are: {names}")
    named = {"TARGET": [asked.target], "TIME": [asked.time], "GROUP": [asked.group],
             "ID": [asked.id], "SLICES": asked.slices, "KEEP": asked.keep}  # fmt: skip
    for key, names in named.items():
        for name in filter(None, names):
            if name not in table.columns:
                hint = params.nearest(name, list(table.columns)[:20])
                raise Refusal(f"{key}: there is no column {name!r}{hint}")
    roles = [asked.target, *filter(None, (asked.time, asked.group, asked.id))]
    if len(roles) != len({*roles}):
        raise Refusal("a column plays one role: TARGET, TIME, GROUP and ID name different ones")


def target(values: pd.Series, asked, missing: list[str]) -> Guess:
    """Return what the target is: two classes, several, or a number."""
    name = asked.target
    guess = inference.guess(name, values, missing)
    words, own = _words_of(values, guess, missing)
    counts = words.value_counts()
    if counts.empty:
        raise Refusal(f"`{name}` holds nothing, so that nothing can be learned")
    numeric = _is_number(values, guess, counts) and not asked.positive
    kind = asked.set.get(f"columns.{name}.type")
    if kind == "number" or (numeric and kind != "category"):
        return _number_target(name, guess, counts)
    return _classes(name, counts, asked, own)


def _words_of(values: pd.Series, guess: Guess, missing: list[str]):
    """Return the target's cells as words, without the missing ones, and its own `missing`."""
    own = guess.keys.get("missing")
    blank = missing if own is None else own
    raw = values if values.dtype.kind in "fiubM" else values.mask(values.isin(blank))
    words, _ = KINDS["category"].cast(raw, Column(type="category"))
    return words.dropna(), own


def _is_number(values: pd.Series, guess: Guess, counts: pd.Series) -> bool:
    """Whether a target is a number to be estimated, not a class that has a number for its name."""
    number = guess.keys["type"] == "number" or guess.why == "counts the rows"
    if not number or guess.keys.get("role") == "ignored":
        return False
    whole = guess.keys.get("integer", False) or guess.why == "counts the rows"
    few = len(counts) <= CLASS_NUMBERS and counts.sum() / len(counts) >= 10
    return not (whole and few)


def _number_target(name: str, guess: Guess, counts: pd.Series) -> Guess:
    if guess.keys["type"] not in ("number", "identifier") or len(counts) < 2:
        raise Refusal(f"`{name}` is to be a number, but: {guess.why}")
    stays = ("missing", "decimal", "thousands", "symbols")
    keys = {"type": "number", "role": "target"}
    keys |= {key: guess.keys[key] for key in stays if key in guess.keys}
    return Guess(keys, f"the target, a number: {guess.why}", guess.notes)


def _classes(name: str, counts: pd.Series, asked, own: list[str] | None) -> Guess:
    notes, questions, keys = [], [], {"type": "category", "role": "target"}
    spelt = spellings(counts.index)
    if spelt:
        other = {word: level for level, words in spelt.items() for word in words}
        counts = counts.groupby(counts.index.map(lambda word: other.get(word, word))).sum()
        keys["spellings"] = spelt
        notes.append(f"`{name}`: {', '.join(map(repr, other))} are other spellings")
    if len(counts) > MOST_CLASSES:
        raise Refusal(
            f"`{name}` has {len(counts):,} different values: too many for classes, and they are no "
            "numbers"
        )
    unwanted = asked.set.get(f"columns.{name}.left_out") or []
    few = sorted(counts.index[(counts < CLASS_ROWS) | counts.index.isin(unwanted)])
    if few and not unwanted:
        notes.append(
            f"`{name}`: rows of {', '.join(map(repr, few[:5]))} are left out: fewer than "
            f"{CLASS_ROWS} of each"
        )
    counts = counts[~counts.index.isin(few)]
    if len(counts) < 2:
        only = f"one class of {CLASS_ROWS} rows or more" if len(counts) else "no class with rows"
        raise Refusal(f"`{name}` has {only}; nothing can be learned from that")
    keys["levels"] = sorted(counts.index)
    if few:
        keys["left_out"] = few
    if own is not None:
        keys["missing"] = own
    if len(counts) == 2:
        keys["positive"], sure = _positive(counts, asked.positive, name)
        if not sure:
            other = next(level for level in counts.index if level != keys["positive"])
            questions.append(
                f"`{name}`: {keys['positive']!r} is taken for the positive class, as the rarer; "
                f"POSITIVE={other!r} turns it round"
            )
    elif asked.positive:
        raise Refusal(f"POSITIVE is for a target of two classes; `{name}` has {len(counts)}")
    shares = ", ".join(f"{level} {count:,}" for level, count in counts.head(6).items())
    return Guess(keys, f"the target: {shares}", notes, questions)


def spellings(levels) -> dict[str, list[str]]:
    """Return, by level, the other ways in which it is spelt: other case, blanks; yes, y and true.

    `levels` are in order of their rows, the most frequent first.

    >>> spellings(["yes", "No", "no", "Yes "])
    {'yes': ['Yes '], 'No': ['no']}
    """
    found: dict[str, list[str]] = {}
    folded = {level: level.strip().casefold() for level in levels}
    truth = {*folded.values()} <= {*POSITIVE[:6], *NEGATIVE}
    for level, word in folded.items():
        key = ("yes" if word in POSITIVE else "no") if truth else word
        found.setdefault(key, []).append(level)
    return {first: others for first, *others in found.values() if others}


def _positive(counts: pd.Series, said: str, name: str) -> tuple[str, bool]:
    """Return the positive class, and whether it is sure."""
    if said:
        if said not in counts.index:
            hint = params.nearest(said, list(counts.index))
            raise Refusal(f"POSITIVE: `{name}` has no class {said!r}{hint}")
        return said, True
    known = [level for level in counts.index if level.strip().casefold() in POSITIVE]
    if len(known) == 1:
        return known[0], True
    return str(counts.index[-1]), False


def assign(guesses: dict[str, Guess], table: pd.DataFrame, asked) -> None:
    """Give each column its role, and say why one has none."""
    _time(guesses, asked)
    _group(guesses, table, asked)
    _id(guesses, table, asked)
    for name, guess in guesses.items():
        role = guess.keys.get("role")
        if role is None and guess.keys["type"] in ("date", "identifier"):
            stays = {key: guess.keys[key] for key in ("type", "formats") if key in guess.keys}
            guess.keys = {**stays, "role": "ignored"}
            if guess.keys["type"] == "date":
                guess.questions.append(
                    f"`{name}` holds dates: is it when the row happened? TIME={name} tests on the "
                    "latest rows; a date is no feature"
                )
        elif role is None and suspects.is_weight(name) and guess.keys["type"] == "number":
            guess.keys |= {"role": "ignored"}
            guess.notes.append(
                f"`{name}` looks like survey weights, which are no feature: left out"
            )
        why = suspects.personal(name, table[name], guess.keys["type"])
        if why and guess.keys.get("role") != "target":
            guess.keys["private"] = True
            guess.notes.append(f"`{name}` {why}: private, the server does not log it")
        if name == "row" and guess.keys.get("role") not in ("id", "target"):
            guess.keys |= {"role": "ignored"}  # rows without an id are called by their number
        _spell(name, guess, table[name])


def _spell(name: str, guess: Guess, values: pd.Series) -> None:
    """Take levels that differ by case and blanks only for one."""
    if guess.keys["type"] != "category" or guess.keys.get("role") or values.dtype.kind in "fiubM":
        return
    counts = values.dropna().value_counts()
    if len(counts) > inference.MOST_LEVELS * 2:
        return
    blank = guess.keys.get("missing", [])
    spelt = spellings([level for level in counts.index if level.strip() and level not in blank])
    if spelt and "levels" in guess.keys:
        others = {word for words in spelt.values() for word in words}
        guess.keys["levels"] = [one for one in guess.keys["levels"] if one not in others]
        guess.keys["spellings"] = spelt
        guess.notes.append(f"`{name}`: {', '.join(map(repr, sorted(others)))} are other spellings")


def _time(guesses: dict[str, Guess], asked) -> None:
    if not asked.time:
        return
    guess = guesses[asked.time]
    if guess.keys["type"] != "date":
        raise Refusal(f"TIME: `{asked.time}` holds no dates: {guess.why}")
    guess.keys |= {"role": "time"}


def _group(guesses: dict[str, Guess], table: pd.DataFrame, asked) -> None:
    """The group that was named; else the column of ids that repeat."""
    name = asked.group
    if not name and not asked.time:
        free = [one for one in guesses if f"columns.{one}.role" not in asked.set]
        name = next((one for one in free if _repeats(one, guesses[one], table[one])), "")
        if name and name not in (asked.id, asked.target):
            guesses[name].questions.append(
                f"`{name}` repeats: rows of one {name} are kept on one side of the split. Is it a "
                f"person, a machine, a customer? (SET='columns.{name}.role=feature' says no)"
            )
    if not name or name in (asked.id, asked.target):
        return
    if table[name].nunique() < 5:
        raise Refusal(f"GROUP: `{name}` has fewer than five groups; they cannot be split")
    keys = guesses[name].keys
    kept = {key: keys[key] for key in ("missing",) if key in keys}
    guesses[name].keys = {"type": "identifier", "role": "group", **kept}
    guesses[name].why = f"{table[name].nunique():,} groups"


def _repeats(name: str, guess: Guess, values: pd.Series) -> bool:
    count = values.nunique()
    enough = count >= max(LEAST_GROUPS, 0.02 * len(values)) and count < 0.9 * len(values)
    plain = guess.keys["type"] in ("category", "identifier") or guess.keys.get("integer", False)
    return inference.is_id(name) and plain and enough and not guess.keys.get("role")


def _id(guesses: dict[str, Guess], table: pd.DataFrame, asked) -> None:
    """The id that was named; else the first column that names or counts the rows."""
    name = asked.id
    if not name:
        free = [
            one for one, guess in guesses.items()
            if guess.keys["type"] == "identifier" and not guess.keys.get("role")
            and table[one].is_unique
        ]  # fmt: skip
        name = next((one for one in free if inference.is_id(one)), next(iter(free), ""))
    if not name:
        return
    guesses[name].keys = {"type": "identifier", "role": "id"}
    guesses[name].why = "names the row"
