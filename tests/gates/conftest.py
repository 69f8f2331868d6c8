"""The gates' own tests: each must close for a fault, on mock orders of a bakery."""

from collection import (  # noqa: F401
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_make_collect_report,
)
from fixtures import (  # noqa: F401
    artefacts,
    change,
    environment_is_neutral,
    features,
    featurizer,
    journey,
    judge,
    libraries_are_quick,
    made,
    model,
    other,
    other_journey,
    process_is_restored,
    rules,
    run,
    settings,
    table,
    typed,
)
