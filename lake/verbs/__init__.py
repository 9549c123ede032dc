"""The verbs of `python -m lake`: a module each, with HELP, `add_arguments` and `run`.

What a verb needs is imported inside `run`, so that help does not wait for the engine.
"""
