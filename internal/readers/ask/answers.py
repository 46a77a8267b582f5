"""What each reader is asked, and how it answers.

A script of a reader is called with pairs of a format and a path, and prints for each pair, on one
line of JSON, what the reader finds there. Of orders that is, for all of them, by country, and by country, day and
category: how many there are, the sums of qty and of price in cents, how many failed, how many
customers there are, and the first and the last datetime; and all values of the odd orders, whose texts,
numbers and countries are the ones that go wrong. Of records that may be damaged it is how many
there are, how many bytes they have, how many are no sixteen columns, and a digest of all bytes.
"""

import decimal
import hashlib
import json
import sys
import time

COLUMNS = ["order_id", "customer_id", "customer_name", "product_id", "product_name", "product_category", "payment_type", "qty",
           "price", "datetime", "country", "city", "ecommerce_website_name", "payment_txn_id", "payment_txn_success",
           "failure_reason"]
NUMBERS = ["order_id", "customer_id", "product_id", "qty", "payment_txn_id"]
KEYS = [[], ["country"], ["country", "day", "product_category"]]  # by which groups are made
ODD = 9_000_000  # the first product_id of an odd order
CORRUPT = "_corrupt_record"

SQL_GROUPS = """SELECT {keys} count(*), sum(qty), sum(price), sum(CASE WHEN payment_txn_success THEN 0 ELSE 1 END),
    count(DISTINCT customer_id), min(datetime), max(datetime) FROM orders {by}"""
SQL_ODD = f"SELECT {', '.join(COLUMNS)} FROM orders WHERE product_id >= {ODD}"


def text(value):
    """Spells a value as a line in the pipe encoding does."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, (float, decimal.Decimal)):
        return f"{value:.2f}"
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    return str(value)


def cents(price):
    """Converts a decimal; a float would be no answer."""
    if not isinstance(price, decimal.Decimal):
        raise TypeError(f"a price is a {type(price)}: {price!r}")
    if price != round(price, 2):
        raise ValueError(f"a price has more than two decimals: {price}")
    return int(price * 100)


def group(keys, count, qty, price, failed, customers, first, last):
    """Makes the answer for one group. Keys that the group is not made by are left out."""
    return {"keys": [str(k) if k is not None else "" for k in keys], "rows": int(count), "qty": int(qty), "cents": cents(price),
            "failed": int(failed), "customers": int(customers), "first": text(first), "last": text(last)}


def by_sql(query):
    """Answers about orders by SQL. query takes a statement about the table orders and returns rows."""
    groups = []
    for keys in KEYS:
        listed = ", ".join(keys)
        rows = query(SQL_GROUPS.format(keys=listed and listed + ",", by=listed and "GROUP BY " + listed))
        groups += [group(r[:len(keys)], *r[len(keys):]) for r in rows]
    return {"groups": groups, "odd": [[text(v) for v in r] for r in query(SQL_ODD)]}


def by_hand(records):
    """Answers about orders that are dicts of Python's types."""
    odd, tally = [], {}
    for r in records:
        r["day"] = r["datetime"].strftime("%Y-%m-%d")
        for keys in KEYS:
            key = tuple(r[k] for k in keys)
            t = tally.get(key)
            if t is None:
                t = tally[key] = [0, 0, decimal.Decimal(0), 0, set(), r["datetime"], r["datetime"]]
            t[0] += 1
            t[1] += r["qty"]
            t[2] += r["price"]
            t[3] += not r["payment_txn_success"]
            t[4].add(r["customer_id"])
            t[5], t[6] = min(t[5], r["datetime"]), max(t[6], r["datetime"])
        if r["product_id"] >= ODD:
            odd.append([text(r[c]) for c in COLUMNS])
    return {"groups": [group(key, *t[:4], len(t[4]), *t[5:]) for key, t in tally.items()], "odd": odd}


def of_values(values):
    """Answers about records that may be damaged, given as bytes or text."""
    values = [v.encode() if isinstance(v, str) else bytes(v) for v in values]
    digests = sorted(hashlib.md5(v).hexdigest() for v in values)
    return {"rows": len(values), "bytes": sum(map(len, values)),
            "corrupt": sum(v.count(b"|") != 15 for v in values), "digest": hashlib.md5("".join(digests).encode()).hexdigest()}


def of_texts(rows):
    """Answers about rows of sixteen texts and a corrupt record."""
    values, corrupt = [], 0
    for *texts, raw in rows:
        if raw is None:
            values.append("|".join(texts))
        else:
            if any(t is not None for t in texts):
                raise ValueError(f"a corrupt record has columns: {texts}")
            values.append(raw)
            corrupt += 1
    answer = of_values(values)
    if answer["corrupt"] != corrupt:
        raise ValueError(f"{corrupt} records are corrupt, and {answer['corrupt']} have other than sixteen columns")
    return answer


def serve(formats):
    """Answers about the pairs of the command line; formats has a function of a path for each format."""
    for name, path in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        began, reply = time.monotonic(), {"format": name}
        try:
            reply["answer"] = formats[name](path)
        except Exception as e:  # whatever a reader says is what is to be told
            reply["error"] = f"{type(e).__name__}: {e}"
        reply["seconds"] = round(time.monotonic() - began, 2)
        print(json.dumps(reply), flush=True)
