"""Runs blocks of Python one after the other, as in a shell of Spark, and prints what each printed.

Standard input is a list of texts as JSON, and so is standard output.
"""

import contextlib
import io
import json
import sys

import session

names = {"spark": session.session()}
printed = []
for text in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(text, names)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
names["spark"].stop()
