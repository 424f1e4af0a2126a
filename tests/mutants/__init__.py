"""Promises of taste, each with a fault that would break it and the test that must notice.

``mutants.toml`` lists the faults; ``python -m tests.mutants`` makes each of them in a copy of the code and runs its
test, which has to fail. ``test_list.py`` checks in every test run that the list still fits the code.
"""
