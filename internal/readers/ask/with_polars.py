"""Asks Polars. See answers.py."""

import polars as pl

import answers

TYPES = {c: pl.Int64 for c in answers.NUMBERS} | {"price": pl.Decimal(18, 2), "datetime": pl.Datetime("us")}
TYPES = {c: TYPES.get(c, pl.String) for c in answers.COLUMNS}


def orders(frame, flag=True):
    """Answers about a frame; flag says that success is Y or N and the day is that of datetime."""
    if flag:
        frame = frame.with_columns(payment_txn_success=pl.col("payment_txn_success") == "Y", day=pl.col("datetime").dt.strftime("%Y-%m-%d"))
    else:
        frame = frame.with_columns(day=pl.col("dt").cast(pl.String))
    frame = frame.collect()
    sums = [pl.len(), pl.col("qty").sum(), pl.col("price").sum(), (~pl.col("payment_txn_success")).sum().alias("failed"),
            pl.col("customer_id").n_unique(), pl.col("datetime").min().alias("first"), pl.col("datetime").max().alias("last")]
    groups = []
    for keys in answers.KEYS:
        result = frame.group_by(keys).agg(sums) if keys else frame.select(sums)
        groups += [answers.group(r[:len(keys)], *r[len(keys):]) for r in result.rows()]
    odd = frame.filter(pl.col("product_id") >= answers.ODD).select(answers.COLUMNS)
    return {"groups": groups, "odd": [[answers.text(v) for v in r] for r in odd.rows()]}


def texts(path):
    frame = pl.scan_parquet(f"{path}/**/*.parquet", hive_partitioning=True).select(answers.COLUMNS + [answers.CORRUPT])
    return answers.of_texts(frame.collect().rows())


def raw(path):
    return answers.of_values(pl.scan_lines(f"{path}/part-*", name="value").collect()["value"])


answers.serve({
    "parquet": lambda path: orders(pl.scan_parquet(f"{path}/**/*.parquet", hive_partitioning=True), flag=False),
    "csv": lambda path: orders(pl.scan_csv(f"{path}/part-*", schema=TYPES)),
    "pipe": lambda path: orders(pl.scan_csv(f"{path}/part-*", schema=TYPES, has_header=False, separator="|", quote_char=None)),
    # It knows no decimals in JSON.
    "json": lambda path: orders(pl.scan_ndjson(f"{path}/part-*", schema=TYPES | {"price": pl.Float64})
                                .with_columns(pl.col("price").cast(pl.Decimal(18, 2)))),
    "parquet-text": texts,
    "raw": raw,
})
