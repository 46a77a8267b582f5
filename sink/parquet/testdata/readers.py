"""Reads a data set of orders with a reader of its own and prints what it sees as JSON."""
import json
import sys

reader, root = sys.argv[1:]
types, groups = {}, []

if reader == "duckdb":
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    source = f"read_parquet('{root}/**/*.parquet', hive_partitioning = true)"
    short = {"BIGINT": "int64", "INTEGER": "int32", "VARCHAR": "string", "BOOLEAN": "bool",
             "TIMESTAMP WITH TIME ZONE": "timestamp[us, utc]", "DATE": "date"}
    for name, kind, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall():
        types[name] = short.get(kind, kind.lower())
    for r in con.execute(f"""
            SELECT country, CAST(dt AS VARCHAR), count(*), sum(price), sum(qty), sum(order_id),
                   strftime(min(datetime), '%Y-%m-%dT%H:%M:%S'), strftime(max(datetime), '%Y-%m-%dT%H:%M:%S'),
                   count(*) FILTER (NOT payment_txn_success), count(DISTINCT customer_name)
            FROM {source} GROUP BY 1, 2""").fetchall():
        groups.append(dict(country=r[0] or "", dt=r[1], rows=r[2], cents=int(r[3] * 100), qty=int(r[4]), ids=int(r[5]),
                           low=r[6], high=r[7], failed=r[8], names=r[9]))
else:
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    table = ds.dataset(root, format="parquet", partitioning="hive").to_table()
    for field in table.schema:
        kind = str(field.type).lower().replace("tz=", "")
        types[field.name] = {"decimal128(18, 2)": "decimal(18,2)"}.get(kind, kind)
    table = table.append_column("failed", pc.cast(pc.invert(table["payment_txn_success"]), "int64"))
    sums = table.group_by(["country", "dt"]).aggregate([
        ("price", "sum"), ("qty", "sum"), ("order_id", "sum"), ("datetime", "min"), ("datetime", "max"),
        ("failed", "sum"), ("customer_name", "count_distinct"), ("order_id", "count")])
    for r in sums.to_pylist():
        groups.append(dict(country=r["country"] or "", dt=str(r["dt"]), rows=r["order_id_count"], cents=int(r["price_sum"] * 100),
                           qty=r["qty_sum"], ids=r["order_id_sum"], low=r["datetime_min"].strftime("%Y-%m-%dT%H:%M:%S"),
                           high=r["datetime_max"].strftime("%Y-%m-%dT%H:%M:%S"), failed=r["failed_sum"],
                           names=r["customer_name_count_distinct"]))

json.dump({"types": types, "groups": groups}, sys.stdout)
