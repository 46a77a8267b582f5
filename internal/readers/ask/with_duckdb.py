"""Asks DuckDB. See answers.py."""

import duckdb

import answers

con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")

TYPES = {c: "BIGINT" for c in answers.NUMBERS} | {"price": "DECIMAL(18,2)", "datetime": "TIMESTAMP"}
TYPES = {c: TYPES.get(c, "VARCHAR") for c in answers.COLUMNS}
# No text that is there is taken for none, and no column for anything but what it is.
EXACT = f"columns = {TYPES}"


def orders(source, success, day="strftime(datetime, '%Y-%m-%d')"):
    con.execute(f"CREATE OR REPLACE VIEW orders AS SELECT * REPLACE ({success} AS payment_txn_success), {day} AS day FROM {source}")
    return answers.by_sql(lambda q: con.execute(q).fetchall())


def raw(path):
    # The separator is one that no record has.
    rows = con.execute(f"SELECT value FROM read_csv('{path}/part-*', columns = {{'value': 'VARCHAR'}}, delim = '\x1f', "
                       "quote = '', escape = '', header = false, auto_detect = false, null_padding = true)").fetchall()
    return answers.of_values(v or "" for v, in rows)


def texts(path):
    columns = ", ".join(answers.COLUMNS)
    return answers.of_texts(con.execute(f"SELECT {columns}, {answers.CORRUPT} FROM read_parquet('{path}/**/*.parquet', "
                                        "hive_partitioning = true)").fetchall())


answers.serve({
    "parquet": lambda path: orders(f"read_parquet('{path}/**/*.parquet', hive_partitioning = true)", "payment_txn_success", "dt"),
    "csv": lambda path: orders(f"read_csv('{path}/part-*', header = true, auto_detect = false, quote = '\"', escape = '\"', {EXACT})",
                               "payment_txn_success = 'Y'"),
    "pipe": lambda path: orders(f"read_csv('{path}/part-*', header = false, auto_detect = false, delim = '|', quote = '', escape = '', "
                                f"{EXACT})", "payment_txn_success = 'Y'"),
    "json": lambda path: orders(f"read_json('{path}/part-*', format = 'newline_delimited', {EXACT})", "payment_txn_success = 'Y'"),
    "parquet-text": texts,
    "raw": raw,
})
