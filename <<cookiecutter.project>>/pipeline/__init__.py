"""From a table of raw rows to a model server that has been proved fit to serve.

In the order in which the journey runs:

ingest, featurize, test_data, train, test_model, evaluate, package, containerize and smoke are the
stages of `dvc.yaml`. validate looks at what DVC cannot see, before they run. deploy, kubernetes,
status, history, rollback, undeploy, predict, replay and monitor act on what `smoke` blessed. report
writes one page on all of it, and the model card; summary says what a change of the code changes.
mocks makes the few rows that the tests use, from the train part. adopt takes in another table than
the bundled one.

What they share:

stage       how a stage starts, fails and leaves its record
params      one section of `params.yaml`, checked
schema      `schema.yaml`: what a row is
tables      the one reader of tables: CSV and its kin, also gzipped, and Parquet
encoding    in which encoding a text is, to its end
tally       what was found in a stream of rows, in bounded memory
sampling    at most so many rows of a stream, drawn at random by a seed
columns     the one cast from anything row-like to typed columns
custody     digests, and the chain of records from the raw rows to the deployment
leaks       how well a single column or word predicts the target
verdict     pytest as a gate, with a verdict that is the same byte for byte
mock_rows   tests/mocks.csv: few made-up rows that stand for many real ones
pairwise    how well they do so: coverage of pairs of cells, and the region of the real rows
edges       the odd rows among them, from schema.yaml
scorer      a model's scores for raw rows: the one way in which everything scores
compiled    the model as a function of a few rows, as the service scores them
metrics     what predictions are worth
slices      rows that have something in common
bootstrap   how far chance alone may have moved a metric
gate        thresholds, and the sentences for those that are missed
floor       what thresholds may not fall below without a second look
champion    the model in production, with which a new one is compared
model_file  a model on disk, deterministic, and loaded without running code from it
sbom        what the server is made of, as a CycloneDX document
engine      docker or podman, by their command line
sandbox     a server started as production would start it
targets     where it is started so: one engine, another, or a process
load        connections that ask a server all the while, and what came of it
service     the BentoML service
server      the process that runs it
front       what stands between a request and its answer: token, size, number, time
predictor   from the bytes of a request to those of its answer
telemetry   what Prometheus is told of the service
prediction_log  what the service saw and said
production  replicas behind a proxy, replaced without losing a request
swarm       the stack of deploy/stack.yaml on Docker Swarm
proxy       the proxy before the replicas
watch       a release under watch: whether it answers, rightly and fast
drift       how far live values are from those of the train part
progress    how far the journey got: each stage's verdict and time
card        what a person has to write about the model, and what its mistakes cost
model_card  the model card, as Markdown and as a page
journey_section  the report's part on the journey,
data_section     on the data,
model_section    on the model,
serving_section  on serving,
custody_section  and on custody
costs       what a model's mistakes cost at each threshold
importance  how much worse a metric gets without a column
wrong_rows  the rows that a model got most wrong
column_plots  small pictures of one column
report_plots  pictures of scores, costs and latencies
plots       pictures of what scores are worth
evaluation_page  the report of `evaluate`
page        one self-contained HTML page with its pictures

What only adopt uses:

adopted_summary  what was decided of a table, in lines for a person
adoption    what a table's columns are, and how the journey is to treat them
survey      a table looked at in bounded memory: a sample, then every row
inference   what a column is, from its cells
roles       which role a column plays
suspects    leaks, personal data, survey weights
trial       what estimators reach in cross-validation, and what chance may do
proposal    parameters for a table that nobody has looked at yet
decisions   what was decided beside what a person decided, in the files
adopted_files  all that is written: the table under DVC, the files, the README
"""
