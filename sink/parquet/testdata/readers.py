"""Reads a data set of orders with a reader of its own and prints what it sees as JSON.

readers.py READER FORM DIR: a data set of values, or of texts."""
import hashlib
import json
import sys

reader, form, root = sys.argv[1:]
types, groups, rows = {}, [], []
WHOLE, MONEY = r"^[0-9]{1,9}$", r"^[0-9]{1,9}\.[0-9]{2}$"
FORMAT = "%Y-%m-%dT%H:%M:%S"

if reader == "duckdb":
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    source = f"read_parquet('{root}/**/*.parquet', hive_partitioning = true)"
    short = {"BIGINT": "int64", "INTEGER": "int32", "VARCHAR": "string", "BOOLEAN": "bool", "BLOB": "binary",
             "TIMESTAMP WITH TIME ZONE": "timestamp[us, utc]", "DATE": "date"}
    for name, kind, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall():
        types[name] = short.get(kind, kind.lower())
    if form == "values":
        for r in con.execute(f"""
                SELECT country, CAST(dt AS VARCHAR), count(*), sum(price), sum(qty), sum(order_id),
                       strftime(min(datetime), '{FORMAT}'), strftime(max(datetime), '{FORMAT}'),
                       count(*) FILTER (NOT payment_txn_success), count(DISTINCT customer_name)
                FROM {source} GROUP BY 1, 2""").fetchall():
            groups.append(dict(country=r[0] or "", dt=r[1], rows=r[2], cents=int(r[3] * 100), qty=int(r[4]), ids=int(r[5]),
                               low=r[6], high=r[7], failed=r[8], names=r[9]))
    else:
        for r in con.execute(f"""
                SELECT country, CAST(dt AS VARCHAR), count(*),
                       sum(CAST(qty AS BIGINT)) FILTER (regexp_matches(qty, '{WHOLE}')),
                       sum(CAST(replace(price, '.', '') AS BIGINT)) FILTER (regexp_matches(price, '{MONEY}'))
                FROM {source} GROUP BY 1, 2""").fetchall():
            groups.append(dict(country=r[0], dt=r[1] or "", rows=r[2], qty=int(r[3] or 0), cents=int(r[4] or 0)))
        rows = con.execute(f"SELECT * EXCLUDE (dt) FROM {source}").fetchall()
elif reader == "pyarrow":
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    table = ds.dataset(root, format="parquet", partitioning="hive").to_table()
    for field in table.schema:
        kind = str(field.type).lower().replace("tz=", "")
        types[field.name] = {"decimal128(18, 2)": "decimal(18,2)"}.get(kind, kind)
    if form == "values":
        table = table.append_column("failed", pc.cast(pc.invert(table["payment_txn_success"]), "int64"))
        sums = table.group_by(["country", "dt"]).aggregate([
            ("price", "sum"), ("qty", "sum"), ("order_id", "sum"), ("datetime", "min"), ("datetime", "max"),
            ("failed", "sum"), ("customer_name", "count_distinct"), ("order_id", "count")])
        for r in sums.to_pylist():
            groups.append(dict(country=r["country"] or "", dt=str(r["dt"]), rows=r["order_id_count"], cents=int(r["price_sum"] * 100),
                               qty=r["qty_sum"], ids=r["order_id_sum"], low=r["datetime_min"].strftime(FORMAT),
                               high=r["datetime_max"].strftime(FORMAT), failed=r["failed_sum"],
                               names=r["customer_name_count_distinct"]))
    else:
        def number(name, pattern):
            good = pc.match_substring_regex(table[name], pattern)
            return pc.cast(pc.if_else(good, pc.replace_substring(table[name], ".", ""), None), "int64")

        table = table.append_column("q", number("qty", WHOLE)).append_column("c", number("price", MONEY))
        for r in table.group_by(["country", "dt"]).aggregate([("q", "sum"), ("c", "sum"), ([], "count_all")]).to_pylist():
            groups.append(dict(country=r["country"], dt=str(r["dt"] or ""), rows=r["count_all"], qty=r["q_sum"] or 0, cents=r["c_sum"] or 0))
        rows = zip(*(table[name].to_pylist() for name in table.column_names if name not in ("dt", "q", "c")))
else:
    import polars as pl

    frame = pl.scan_parquet(f"{root}/**/*.parquet", hive_partitioning=True)
    short = {"Int64": "int64", "Int32": "int32", "String": "string", "Boolean": "bool", "Binary": "binary", "Date": "date",
             "Decimal(precision=18, scale=2)": "decimal(18,2)", "Datetime(time_unit='us', time_zone='UTC')": "timestamp[us, utc]"}
    for name, kind in frame.collect_schema().items():
        types[name] = short.get(str(kind), str(kind))
    key = [pl.col("country"), pl.col("dt").cast(pl.String)]
    if form == "values":
        for r in frame.group_by(key).agg(
                rows=pl.len(), cents=(pl.col("price").sum() * 100).cast(pl.Int64), qty=pl.col("qty").sum(), ids=pl.col("order_id").sum(),
                low=pl.col("datetime").min(), high=pl.col("datetime").max(), failed=(~pl.col("payment_txn_success")).sum(),
                names=pl.col("customer_name").n_unique()).collect().to_dicts():
            r["country"], r["low"], r["high"] = r["country"] or "", r["low"].strftime(FORMAT), r["high"].strftime(FORMAT)
            groups.append(r)
    else:
        def number(name, pattern):
            return pl.col(name).filter(pl.col(name).str.contains(pattern)).str.replace(".", "", literal=True).cast(pl.Int64).sum()

        for r in frame.group_by(key).agg(rows=pl.len(), qty=number("qty", WHOLE), cents=number("price", MONEY)).collect().to_dicts():
            r["dt"] = r["dt"] or ""
            groups.append(r)
        rows = frame.drop("dt").collect().rows()

# Joined, the texts of a record are its bytes, unless the last column has them; here sorted, as rows have no order.
values = sorted(r[16] if r[16] is not None else "|".join(r[:16]).encode() for r in rows)
digest = hashlib.sha256(b"".join(b"%d:%s" % (len(v), v) for v in values)).hexdigest()
json.dump({"types": types, "groups": groups, "digest": digest}, sys.stdout)
