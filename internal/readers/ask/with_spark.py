"""Asks Apache Spark: in batches and by structured streaming, of files, topics and tables of a Hive metastore. See answers.py.

The path of a topic is the brokers, a space and its name; that of a table, a file with the statement that
makes it. The schemas of the readers are in the environment, as SCHEMA_TYPED and SCHEMA_LINES.
"""

import os

from pyspark.sql import functions as F

import answers
import session

TYPED, LINES = os.environ["SCHEMA_TYPED"], os.environ["SCHEMA_LINES"]
CSV = {"quote": '"', "escape": '"', "mode": "FAILFAST"}
PIPE = {"sep": "|", "quote": "", "escape": "", "mode": "FAILFAST"}
JSON = {"mode": "FAILFAST"}

spark = session.session()


def orders(frame, partitioned=False):
    """Answers about a frame, whose day is a column of partitions or that of datetime."""
    if not partitioned:
        frame = frame.withColumn("payment_txn_success", F.col("payment_txn_success") == "Y")
    day = F.col("dt").cast("string") if partitioned else F.date_format("datetime", "yyyy-MM-dd")
    frame.withColumn("day", day).cache().createOrReplaceTempView("orders")
    answer = answers.by_sql(lambda q: [tuple(r) for r in spark.sql(q).collect()])
    spark.catalog.clearCache()
    return answer


def streamed(frame):
    """What a streaming frame has by now."""
    query = frame.writeStream.format("memory").queryName("streamed").trigger(availableNow=True).start()
    query.awaitTermination()
    return spark.table("streamed")


def topic(path, read):
    brokers, name = path.split(" ")
    return (read.format("kafka").option("kafka.bootstrap.servers", brokers).option("subscribe", name)
            .option("startingOffsets", "earliest").option("kafka.isolation.level", "read_committed").load())


def parsed(frame, parse, options):
    text = F.col("value").cast("string")
    return frame.select(parse(text, LINES, options).alias("o")).select("o.*")


def table(path, lines=False):
    with open(path) as f:
        spark.sql("DROP TABLE IF EXISTS orders_table")
        spark.sql(f.read())
    if lines:
        # Of the header of CSV, which the statement has Hive skip, Spark makes a row.
        frame = spark.table("orders_table").where("order_id <> 'order_id'")
        kinds = {c: "BIGINT" for c in answers.NUMBERS} | {"price": "DECIMAL(18,2)", "datetime": "TIMESTAMP"}
        return orders(frame.select(*(F.col(c).cast(kinds.get(c, "STRING")) for c in answers.COLUMNS)))
    spark.sql("MSCK REPAIR TABLE orders_table")
    return orders(spark.table("orders_table"), partitioned=True)


def pipe_topic(frame):
    return orders(parsed(frame, F.from_csv, PIPE))


def csv_topic(frame):
    return orders(parsed(frame, F.from_csv, CSV))


def json_topic(frame):
    return orders(parsed(frame, F.from_json, JSON))


def raw_topic(frame):
    return answers.of_values(r.value for r in frame.select("value").collect())


def texts(frame):
    return answers.of_texts(tuple(r) for r in frame.select(answers.COLUMNS + [answers.CORRUPT]).collect())


formats = {
    "parquet": lambda path: orders(spark.read.parquet(path), partitioned=True),
    "parquet stream": lambda path: orders(streamed(spark.readStream.schema(TYPED + ", dt DATE").parquet(path)), partitioned=True),
    "parquet-text": lambda path: texts(spark.read.parquet(path)),
    "csv": lambda path: orders(spark.read.options(**CSV).option("header", True).schema(LINES).csv(path)),
    "pipe": lambda path: orders(spark.read.options(**PIPE).schema(LINES).csv(path)),
    "json": lambda path: orders(spark.read.options(**JSON).schema(LINES).json(path)),
    "raw": lambda path: answers.of_values(r.value for r in spark.read.text(path, lineSep="\n").select(F.col("value").cast("binary")).collect()),
    "parquet table": table,
    "pipe table": lambda path: table(path, lines=True),
    "csv table": lambda path: table(path, lines=True),
}
for name, read in {"pipe": pipe_topic, "csv": csv_topic, "json": json_topic, "raw": raw_topic}.items():
    formats[name + " topic"] = lambda path, read=read: read(topic(path, spark.read))
    formats[name + " topic stream"] = lambda path, read=read: read(streamed(topic(path, spark.readStream)))

answers.serve(formats)
spark.stop()
