"""Whether the unit tests notice when the code is wrong: each mutant is one small fault.

Run it in this repository, by the Python of its environment:

    .venv/bin/python benchmarks/mutation.py [--only TEXT] [MODULE ...]

A mutant is killed when a test fails, an import does, or time runs out; the survivors are listed. Of
each module only the test files in TESTS are run, so `make test` kills at least as many.

What is imported from elsewhere is imported once; then each mutant is a fork of this process, in
which the module is compiled from its changed syntax tree before the tests import it.
"""

import argparse
import ast
import contextlib
import copy
import gc
import importlib
import importlib.machinery
import io
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

WORKERS = 2
NOT_RUN = 70  # exit code of a fork in which the tests were not started: no mutant was killed
SLOWER = 10  # a mutant that takes so many times as long as the module itself does not end

REPOSITORY = Path(__file__).parents[1]
TEMPLATE = REPOSITORY / "<<cookiecutter.project>>"
TESTS = {
    "recipe.features": ["model/test_featurize.py"],
    "recipe.metrics": ["recipe/test_metrics.py"],
    "pipeline.core.metric": ["core/test_metric.py", "recipe/test_metrics.py"],
    "pipeline.model.featurize": ["model/test_featurize.py"],
    "pipeline.model.featurizer": ["model/test_featurize.py"],
    "pipeline.evaluation.evaluate": ["evaluation/test_evaluate.py"],
    "pipeline.evaluation.settings": ["evaluation/test_settings.py", "evaluation/test_judge.py"],
    "pipeline.evaluation.sample": ["evaluation/test_sample.py", "evaluation/test_evaluate.py"],
    "pipeline.evaluation.baseline": ["evaluation/test_baseline.py"],
    "pipeline.evaluation.measure": [
        "evaluation/test_measure.py",
        "evaluation/test_judge.py",
        "evaluation/test_evaluate.py",
    ],
    "pipeline.evaluation.judge": ["evaluation/test_judge.py"],
    "pipeline.evaluation.thresholds": [
        "evaluation/test_thresholds.py",
        "evaluation/test_judge.py",
    ],
    "pipeline.evaluation.bootstrap": ["evaluation/test_bootstrap.py"],
    "pipeline.evaluation.resampled": [
        "evaluation/test_resampled.py",
        "evaluation/test_bootstrap.py",
    ],
    "pipeline.evaluation.slices": ["evaluation/test_slices.py"],
    "pipeline.evaluation.page": ["evaluation/test_page.py"],
    "pipeline.gates.verdict": ["gates/test_verdict.py"],
}
# Imported by the code or the tests within functions.
LATE_IMPORTS = ("pandera.pandas", "matplotlib.backends.backend_svg", "skops.io", "bentoml")

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {"min": "max", "any": "all", "argmin": "argmax"}
NAMES |= {new: old for old, new in NAMES.items()}
WORDS = {"left": "right", "pass": "fail", "point": "bound"}
WORDS |= {new: old for old, new in WORDS.items()}


@dataclass(frozen=True)
class Mutant:
    """One fault: the operator that made it, its line, and the code before and after."""

    operator: str
    line: int
    before: str
    after: str
    apply: Callable[[], None]

    def __str__(self) -> str:
        return f"{self.line}: {self.operator}: {short(self.before)} -> {short(self.after)}"


def short(code: str) -> str:
    """Return code on one line, cut where it is long."""
    line = " ".join(code.split())
    return line if len(line) <= 90 else f"{line[:60]} ... {line[-25:]}"


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Yield every mutant of a module; `apply` changes the tree in place."""
    for put, node in places(tree):
        for operator, new in replacements(node):
            ast.copy_location(new, node)
            before, after = ast.unparse(node), ast.unparse(new)
            yield Mutant(operator, node.lineno, before, after, partial(put, new))


def places(node: ast.AST) -> Iterator[tuple[Callable, ast.AST]]:
    """Yield each node below `node` that may be changed, with a function that replaces it.

    Left alone: docstrings, annotations, decorators, imports, and the start as a program.
    """
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(value, ast.AST) and not left_alone(value):
            yield partial(setattr, node, field), value
            yield from places(value)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if isinstance(item, ast.AST) and not left_alone(item):
                    yield partial(value.__setitem__, place), item
                    yield from places(item)


def left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "__name__ == '__main__'"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in the place of `node`, each with the operator's name."""
    if found := OPERATORS.get(type(node)):
        for operator in found:
            yield from operator(node)


def changed(node: ast.AST, **fields) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def without(items: list, place: int) -> list:
    return items[:place] + items[place + 1 :]


def negated(test: ast.AST) -> ast.AST:
    return ast.UnaryOp(ast.Not(), test)


def comparison(node: ast.Compare):
    for place, op in enumerate(node.ops):
        for other in COMPARED[type(op)]:
            ops = [*node.ops]
            ops[place] = other()
            yield "comparison", changed(node, ops=ops)


def logic(node: ast.BoolOp):
    yield "logic", changed(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())


def sign(node: ast.UnaryOp):
    yield "logic" if isinstance(node.op, ast.Not) else "arithmetic", node.operand


def condition(node):
    if not isinstance(node.test, ast.Compare) and not (
        isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    ):
        yield "condition", changed(node, test=negated(node.test))


def conditions(node):
    """Of a comprehension: each `if` dropped."""
    for place, generator in enumerate(node.generators):
        for number in range(len(generator.ifs)):
            new = changed(generator, ifs=without(generator.ifs, number))
            generators = [*node.generators]
            generators[place] = new
            yield "condition", changed(node, generators=generators)


def arithmetic(node):
    if other := COMPUTED.get(type(node.op)):
        yield "arithmetic", changed(node, op=other())


def augmented(node: ast.AugAssign):
    yield "statement", ast.Assign([node.target], node.value)


def constant(node: ast.Constant):
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
    elif isinstance(value, str):
        yield "constant", ast.Constant(f"XX{value}XX")
        if value in WORDS:
            yield "constant", ast.Constant(WORDS[value])


def format_spec(node: ast.FormattedValue):
    if node.format_spec:
        yield "format", changed(node, format_spec=None)


def name(node):
    key = "id" if isinstance(node, ast.Name) else "attr"
    if isinstance(node.ctx, ast.Load) and (other := NAMES.get(getattr(node, key))):
        yield "name", changed(node, **{key: other})


def argument(node: ast.Call):
    for place in range(len(node.args)):
        yield "argument", changed(node, args=without(node.args, place))
    for place in range(len(node.keywords)):
        yield "argument", changed(node, keywords=without(node.keywords, place))


def element(node: ast.List):
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for place in range(len(node.elts)):
            yield "element", changed(node, elts=without(node.elts, place))


def value(node):
    """Of a return, a yield or a lambda: None."""
    field = "body" if isinstance(node, ast.Lambda) else "value"
    given = getattr(node, field)
    if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
        yield "value", changed(node, **{field: ast.Constant(None)})


def statement(node):
    yield "statement", ast.Pass()


def called(node: ast.Expr):
    if isinstance(node.value, ast.Call):
        yield from statement(node)


def skip(node: ast.Continue):
    yield "statement", ast.Break()


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
OPERATORS = {
    ast.Compare: [comparison],
    ast.BoolOp: [logic],
    ast.UnaryOp: [sign],
    ast.BinOp: [arithmetic],
    ast.AugAssign: [arithmetic, augmented],
    ast.If: [condition],
    ast.IfExp: [condition],
    ast.While: [condition],
    **{kind: [conditions] for kind in COMPREHENSIONS},
    ast.Constant: [constant],
    ast.FormattedValue: [format_spec],
    ast.Name: [name],
    ast.Attribute: [name],
    ast.Call: [argument],
    ast.List: [element],
    ast.Return: [value],
    ast.Yield: [value],
    ast.Lambda: [value],
    ast.Expr: [called],
    ast.Raise: [statement],
    ast.Continue: [skip],
}


class Changed(importlib.machinery.SourceFileLoader):
    """Loads a module from a syntax tree; its source is that of its file."""

    tree: ast.Module

    def get_code(self, fullname):
        return compile(ast.fix_missing_locations(self.tree), self.path, "exec")


class Finder:
    """Finds the one module that is changed."""

    def __init__(self, name: str, tree: ast.Module):
        self.name, self.tree = name, tree

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = Changed(name, spec.origin)
        spec.loader.tree = self.tree
        return spec


class QuickFirst:
    """Runs the tests that need the whole mock journey after the others."""

    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: "journey" in item.fixturenames)


def import_once(files: list[str]) -> None:
    """Import all that the tests import, and forget what belongs to the project."""
    import pytest

    with contextlib.redirect_stdout(io.StringIO()):
        if pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *files]):
            sys.exit("the tests cannot be collected: run this by the environment's Python")
    for late in LATE_IMPORTS:
        importlib.import_module(late)
    for name, module in list(sys.modules.items()):
        path = Path(getattr(module, "__file__", None) or "/")
        if path.is_relative_to(REPOSITORY) and not path.is_relative_to(REPOSITORY / ".venv"):
            del sys.modules[name]
    gc.freeze()


def run_tests(module: str, number: int | None, files: list[str], scratch: Path) -> None:
    """In a fork: run the tests on mutant `number` of `module`, or on the module itself; exit."""
    import pytest

    code = NOT_RUN
    try:
        os.setsid()
        out = os.open(scratch.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT)
        os.dup2(out, 1)
        os.dup2(out, 2)
        tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
        if number is not None:
            list(mutants(tree))[number].apply()
        sys.meta_path.insert(0, Finder(module, tree))
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={scratch}"]
        code = 1  # what the tests leave the process by is their affair
        code = int(pytest.main([*options, *files], plugins=[QuickFirst()]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def source_of(module: str) -> Path:
    return TEMPLATE / f"{module.replace('.', '/')}.py"


def run_all(module: str, numbers: list[int | None], limit: float) -> Iterator[tuple[int, int]]:
    """Yield the exit code of the tests on each mutant in `numbers`; -1 when time ran out."""
    files = [f"tests/unit/{file}" for file in TESTS[module]]
    waiting, running = list(reversed(numbers)), {}
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="mutation-") as folder:
        while waiting or running:
            while waiting and len(running) < WORKERS:
                number = waiting.pop()
                scratch = Path(folder, str(number))
                if not (process := os.fork()):
                    run_tests(module, number, files, scratch)
                running[process] = number, scratch, time.monotonic() + limit
            time.sleep(0.01)
            for process, (number, scratch, deadline) in list(running.items()):
                done, status = os.waitpid(process, os.WNOHANG)
                late = not done and time.monotonic() > deadline
                if late:
                    os.killpg(process, signal.SIGKILL)
                    os.waitpid(process, 0)
                if done or late:
                    del running[process]
                    shutil.rmtree(scratch, ignore_errors=True)
                    code = -1 if late else os.waitstatus_to_exitcode(status)
                    if code == NOT_RUN or (number is None and code):
                        printed = scratch.with_suffix(".txt")
                        sys.exit(printed.read_text() if printed.exists() else "no test was run")
                    yield number, code


def examine(module: str, only: str) -> tuple[Counter, Counter, list[Mutant]]:
    """Return the mutants and those killed, counted by operator, and the survivors."""
    begin = time.monotonic()
    list(run_all(module, [None], 600))
    limit = max(20.0, SLOWER * (time.monotonic() - begin))
    every = list(mutants(ast.parse(source_of(module).read_text(encoding="utf-8"))))
    chosen = [number for number, mutant in enumerate(every) if only in str(mutant)]
    made, killed, survivors = Counter(), Counter(), []
    for done, (number, code) in enumerate(run_all(module, chosen, limit)):
        mutant = every[number]
        made[mutant.operator] += 1
        killed[mutant.operator] += code != 0
        if code == 0:
            survivors.append(mutant)
        if sys.stderr.isatty():
            print(f"\r{module}: {done + 1} of {len(chosen)}", end="\r", file=sys.stderr)
    print(f"{module}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return made, killed, sorted(survivors, key=lambda mutant: mutant.line)


def of_name(name: str) -> str:
    """Return the module that a short name stands for: pipeline.evaluation.judge for `judge`."""
    return next((module for module in TESTS if module.endswith(f".{name}")), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=[*TESTS], metavar="MODULE")
    parser.add_argument("--only", default="", help="mutants whose line of the list holds this")
    given = parser.parse_args()
    os.chdir(REPOSITORY)
    given.modules = [name if "." in name else of_name(name) for name in given.modules]
    if unknown := set(given.modules) - set(TESTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(TESTS)}")
    # A fork must not inherit threads, and two at a time fill two cores.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    files = {file for module in given.modules for file in TESTS[module]}
    import_once([f"tests/unit/{file}" for file in sorted(files)])
    by_operator, killed_by_operator, rows = Counter(), Counter(), []
    for module in given.modules:
        made, killed, survivors = examine(module, given.only)
        for mutant in survivors:
            print(f"{module}:{mutant}", flush=True)
        by_operator += made
        killed_by_operator += killed
        rows.append((module, made.total(), killed.total()))
    rows += [("all", by_operator.total(), killed_by_operator.total())]
    rows += [(name, count, killed_by_operator[name]) for name, count in by_operator.most_common()]
    print(f"\n{'':32}{'mutants':>8}{'killed':>8}{'survived':>10}")
    for name, count, killed in rows:
        share = killed / count if count else 1
        print(f"{name:32}{count:8}{killed:8}{count - killed:10}{share:8.0%}")


if __name__ == "__main__":
    main()
