"""Reads a directory's Avro container files with fastavro and says what is in
them: groups with counts and sums, and a hash of all records, spelled as lines."""
import collections, glob, hashlib, json, os, sys

import fastavro

names = None
groups = collections.defaultdict(lambda: collections.Counter())
lines, records, corrupt, nulls = hashlib.sha256(), 0, 0, 0
codecs, types = set(), {}


def spelled(v):
    """A value as a line has it."""
    if v is True or v is False:
        return b"Y" if v else b"N"
    if hasattr(v, "isoformat"):
        assert v.utcoffset().total_seconds() == 0 and v.microsecond == 0
        return v.strftime("%Y-%m-%dT%H:%M:%S").encode()
    return str(v).encode()


for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.avro"))):
    with open(path, "rb") as f:
        reader = fastavro.reader(f)
        codecs.add(reader.codec)
        names = [x["name"] for x in reader.writer_schema["fields"]]
        for r in reader:
            records += 1
            texts = [r[n] for n in names if n != "_corrupt_record"]
            if r.get("_corrupt_record") is not None:
                corrupt += 1
                assert all(t is None for t in texts)
                lines.update(r["_corrupt_record"] + b"\n")
                continue
            nulls += sum(t is None for t in texts)
            lines.update(b"|".join(spelled(t) for t in texts) + b"\n")
            if r.get("_corrupt_record", "typed") == "typed":
                for n in names:
                    types[n] = type(r[n]).__name__
                g = groups[r["country"] + " " + r["datetime"].strftime("%Y-%m-%d")]
                g["Rows"] += 1
                g["Cents"] += int(r["price"] * 100)
                g["Qty"] += r["qty"]
                g["Failed"] += not r["payment_txn_success"]
                g["IDs"] += r["order_id"] % 1000003

json.dump({"Records": records, "Corrupt": corrupt, "Nulls": nulls, "Lines": lines.hexdigest(), "Groups": groups,
           "Codecs": sorted(codecs), "Types": types}, sys.stdout)
