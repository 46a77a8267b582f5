"""Spreads a stream of orders over the executors of Apache Spark.

    spark-submit spread.py --worker /path/to/produce --shards 12 -- -out /data/orders/ -format parquet -corrupt 0

What follows -- are the flags of produce: where the orders go and what they are. A
shard of a stream is a pure function of these, so any executor can make any of them,
and make it again if an executor dies. The program produce is shipped to the executors
and gets the numbers of its shards on standard input; it answers each with a line of
JSON once that shard lies complete in its place. The orders themselves never pass through
Spark. The directory must be one that all executors reach; or a topic takes the
orders (-brokers, -topic, -stream). Of the environment, workers get KAFKA_PASSWORD alone, for
-sasl: it travels as the tasks do, so let Spark encrypt what its parts tell each other.

At the end this program adds the answers up, writes them as JSON to standard output, and
ends with 0 only if each shard has answered exactly once.
"""

import argparse
import hashlib
import json
import os
import shlex
import sys

from pyspark import SparkConf, SparkContext


def arguments():
    own, worker = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, worker = own[:at], own[at + 1:]
    parser = argparse.ArgumentParser(description="Spreads a stream of orders over Spark's executors.",
                                     usage="spread.py --worker PRODUCE [--shards N] [--tasks N] -- FLAGS OF PRODUCE")
    parser.add_argument("--worker", required=True, help="the program produce, built for the executors' machines")
    parser.add_argument("--shards", type=int, default=12, help="of the stream (default 12)")
    parser.add_argument("--tasks", type=int, help="among which the shards are divided (default one a shard)")
    args = parser.parse_args(own)
    for flag in ("-shard", "-shards"):
        if any(a.lstrip("-").split("=")[0] == flag[1:] for a in worker if a.startswith("-")):
            parser.error(f"{flag} is given to the workers by this program; use --shards")
    if args.shards < 1:
        parser.error("--shards must be at least 1")
    if not os.access(args.worker, os.X_OK):
        parser.error(f"--worker {args.worker} is no program")
    return args, absolute(worker)


def absolute(flags):
    """Makes the flags' paths absolute: executors have working directories of their own."""
    flags = list(flags)
    for i, flag in enumerate(flags):
        name, eq, value = flag.lstrip("-").partition("=")
        if not flag.startswith("-") or name not in ("out", "truth", "ca", "cert", "key", "registry-ca"):
            continue
        if eq:
            flags[i] = f"-{name}={path(value)}"
        elif i + 1 < len(flags):
            flags[i + 1] = path(flags[i + 1])
    return flags


def path(p):
    return os.path.abspath(p) + ("/" if p.endswith("/") else "")


def main():
    args, flags = arguments()
    sc = SparkContext(conf=SparkConf().setIfMissing("spark.app.name", "kafkanauts"))
    sc.setLogLevel("WARN")
    sc.addFile(os.path.abspath(args.worker))
    # An executor has what was shipped in its working directory; in local mode there is none. Without
    # checkCode=True a worker that fails would lose its shards without a word.
    found = 'at=$1; shift; if [ -x "./$0" ]; then at=./$0; fi; exec "$at" "$@"'
    worker = os.path.abspath(args.worker)
    command = ["/bin/sh", "-c", found, os.path.basename(worker), worker, *flags, "-shards", str(args.shards), "-shard", "-"]
    shards = sc.parallelize(range(args.shards), args.tasks or args.shards)
    secret = {name: os.environ[name] for name in ("KAFKA_PASSWORD",) if name in os.environ}
    answers = shards.pipe(shlex.join(command), env=secret, checkCode=True)
    reports = [json.loads(line) for line in answers.collect()]
    sc.stop()

    seen = sorted(r["shard"] for r in reports)
    if seen != list(range(args.shards)):
        sys.exit(f"spread.py: the shards {seen} have answered, not each of {args.shards} once")
    print(json.dumps(total(reports)))


def total(reports):
    """Adds the answers up; the hash is the same whoever made which shard."""
    reports = sorted(reports, key=lambda r: r["shard"])
    whole = {"shards": len(reports)}
    for key in ("records", "lost", "bytes"):
        whole[key] = sum(r[key] for r in reports)
    digest = hashlib.sha256()
    for r in reports:
        for f in r.get("files", []):
            digest.update(f"{f['sha256']}  {f['path']}\n".encode())
        if "crc32c" in r:
            digest.update(f"{r['crc32c']}  {r['shard']}\n".encode())
    whole["files"] = sum(len(r.get("files", [])) for r in reports)
    whole["sha256"] = digest.hexdigest()
    return whole


if __name__ == "__main__":
    main()
