"""The catalogue of faults: what may go wrong on the journey, and the gate that must stop it.

A module a group, in the journey's order: raw, features, model, evaluation, serving, custody. Each
holds a list of faults; `fault` says what a fault is, `runner` breaks a copy of a blessed project by
it and runs the real stages, and `test_faults` makes a test of each. `make faults` runs them all and
prints which gate stopped which fault, by which sentence.
"""
