"""Coverage looks at pipeline/ alone, so what other packages do needs no tracer.

Before Python 3.12 a tracer makes all of Python two to three times slower, and it is inside other
packages that these tests spend their time: importing this module takes it off the calls below,
none of which comes back to pipeline/, and off the packages' own imports.
"""

import functools
import gc
import pkgutil
import sys
import types
import warnings
from collections.abc import Callable

CALLS = (
    "skops.io:dumps",  # first: it looks for the module of many a function in all there are by then
    "skops.io:load",
    "bentoml:build",
    "_bentoml_sdk:Service.to_asgi",
    "_pytest.logging:catching_logs.__enter__",  # it looks at each logger there is, thrice a test
    "copy:deepcopy",
    "httpx:Client.__init__",
    "httpx:Client.request",
    "jinja2:Environment.get_template",
    "json:dump",
    "json:dumps",
    "pandas:concat",
    "pandas:read_csv",
    "pandas:read_parquet",
    "pandas:to_datetime",
    "pandas:to_numeric",
    "pandera.pandas:DataFrameSchema.validate",
    "pytest:main",
    "ruamel.yaml:YAML.load",
    "shutil:copytree",
    "shutil:rmtree",
    "sklearn.compose:ColumnTransformer.fit",
    "sklearn.compose:ColumnTransformer.transform",
    "sklearn.ensemble:HistGradientBoostingClassifier.fit",
    "sklearn.linear_model:LogisticRegression.fit",
    "sklearn.metrics:average_precision_score",
    "sklearn.metrics:f1_score",
    "sklearn.metrics:log_loss",
    "sklearn.metrics:roc_auc_score",
    "sklearn.neighbors:NearestNeighbors.kneighbors",
    "sklearn.pipeline:Pipeline.predict_proba",
    "threadpoolctl:ThreadpoolController.__init__",
)
CLASSES = (  # all of whose methods are called so
    "matplotlib.axes:Axes",
    "matplotlib.figure:Figure",
    "pandas:DataFrame",
    "pandas:Index",
    "pandas:Series",
    "pandas.core.strings.accessor:StringMethods",
)
# Packages that take long to import and have no call above.
IMPORTS = ("cyclonedx.model.bom", "packaging.requirements", "pyarrow.parquet", "uvicorn")
# Methods that do come back: they call what they are given.
CALLING_BACK = {"agg", "aggregate", "apply", "map", "pipe", "transform"}


def untraced(function: Callable) -> Callable:
    """Return `function` without the tracer that may be at work; it is put back afterwards."""

    @functools.wraps(function)
    def run(*args, **options):
        tracer = sys.gettrace()
        if tracer is None:
            return function(*args, **options)
        sys.settrace(None)
        try:
            return function(*args, **options)
        finally:
            sys.settrace(tracer)  # coverage.py and debuggers provide for this

    return run


gc.disable()  # imports leave no garbage, nor does what follows; collection.py enables it
if sys.gettrace():
    find = untraced(pkgutil.resolve_name)
    with warnings.catch_warnings(action="ignore"):  # of what packages deprecate in each other
        for name in CALLS:
            place, _, attribute = name.replace(":", ".").rpartition(".")
            setattr(find(place), attribute, untraced(find(name)))
        for name in IMPORTS:
            find(name)
        for base in {base for name in CLASSES for base in find(name).__mro__} - {object}:
            for name, method in list(vars(base).items()):
                if isinstance(method, types.FunctionType) and name not in CALLING_BACK:
                    setattr(base, name, untraced(method))
