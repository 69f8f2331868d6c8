"""The machinery: from a table of raw rows to a model server that has been proved fit to serve.

`make update` replaces this folder; yours are `recipe/`, `tests/`, `deploy/`, `schema.yaml` and
`params.yaml`. The folders, from the lowest layer to the highest:

core        what every stage shares: errors, files, the console, parameters, the chain of custody
data        `ingest`: from raw rows to a data set
model       `featurize` and `train`; the model file, and scoring
mocks       `mocks`: few made-up rows that stand for many real ones
gates       `check_data` and `check_model`: unit tests as gates
html        self-contained pages, and their figures
evaluation  `evaluate`: metrics with intervals, on the whole and on slices, against thresholds
serving     the server, and `predict` for tables
release     `package`, `containerize` and `smoke`: from a model that passed to a blessed image
production  `deploy`, `rollback`, `undeploy`, `status`, `history`, `kubernetes`, `replay`, `monitor`
report      `report` and `summary`
adopt       `adopt`: a table of your own

A module that runs (`python -m pipeline.<folder>.<name>`) is never imported by another, and a folder
imports from lower layers only.
"""
