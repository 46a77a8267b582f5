"""Asks fastavro. See answers.py."""

import glob

import fastavro

import answers


def records(path):
    for name in sorted(glob.glob(f"{path}/*.avro")):
        with open(name, "rb") as f:
            yield from fastavro.reader(f)


answers.serve({
    "avro": lambda path: answers.by_hand(records(path)),
    "avro-text": lambda path: answers.of_texts([r[c] for c in answers.COLUMNS + [answers.CORRUPT]] for r in records(path)),
})
