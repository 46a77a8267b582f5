"""Asks pandas. See answers.py."""

import csv
import glob

import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.json

import answers

TYPES = {c: pa.int64() for c in answers.NUMBERS} | {"price": pa.decimal128(18, 2), "datetime": pa.timestamp("us")}
TYPES = {c: TYPES.get(c, pa.string()) for c in answers.COLUMNS}


def orders(frame, flag=True):
    """Answers about a frame; flag says that success is Y or N and the day is that of datetime."""
    if flag:
        frame["payment_txn_success"] = frame["payment_txn_success"] == "Y"
        frame["day"] = frame["datetime"].dt.strftime("%Y-%m-%d")
    else:
        frame = frame.rename(columns={"dt": "day"}).fillna({"country": ""})
    frame["failed"] = ~frame["payment_txn_success"].astype(bool)
    sums = dict(rows=("qty", "size"), qty=("qty", "sum"), price=("price", "sum"), failed=("failed", "sum"),
                customers=("customer_id", "nunique"), first=("datetime", "min"), last=("datetime", "max"))
    groups = []
    for keys in answers.KEYS:
        result = frame.groupby(keys or (lambda _: 0), observed=True).agg(**sums)
        for key, r in zip(result.index, result.itertuples(index=False)):
            groups.append(answers.group(() if not keys else (key,) if len(keys) == 1 else key, *r))
    odd = frame[frame["product_id"] >= answers.ODD][answers.COLUMNS]
    return {"groups": groups, "odd": [[answers.text(v) for v in r] for r in odd.itertuples(index=False)]}


def files(path, read, **how):
    return pd.concat([read(f, **how) for f in sorted(glob.glob(f"{path}/part-*"))], ignore_index=True)


def lines(path, **how):
    # A customer may be called NA; and a number is to be no double on its way to a decimal.
    frame = files(path, pd.read_csv, keep_default_na=False, dtype="string", **how)
    return orders(frame.astype({c: pd.ArrowDtype(t) for c, t in TYPES.items()}))


def json(path):
    # The reader of pandas itself makes doubles of prices; that of Arrow does not.
    options = pyarrow.json.ParseOptions(explicit_schema=pa.schema(TYPES.items()))

    def read(name):
        with pa.input_stream(name, compression="detect") as f:
            return pyarrow.json.read_json(f, parse_options=options).to_pandas(types_mapper=pd.ArrowDtype)

    return orders(files(path, read))


def parquet(path):
    # Types of the partitions' columns, since a country may be none.
    names = pyarrow.dataset.partitioning(pa.schema([("country", pa.string()), ("dt", pa.string())]), flavor="hive")
    return orders(pd.read_parquet(path, dtype_backend="pyarrow", partitioning=names), flag=False)


answers.serve({
    "parquet": parquet,
    "csv": lines,
    "pipe": lambda path: lines(path, sep="|", header=None, names=answers.COLUMNS, quoting=csv.QUOTE_NONE),
    "json": json,
})
