"""Says what confluent-kafka's AvroDeserializer reads in a topic, as JSON.

deserialize.py BROKERS REGISTRY-URL TOPIC
"""

import collections
import datetime
import decimal
import json
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, url, topic = sys.argv[1:]
read = AvroDeserializer(SchemaRegistryClient({"url": url}))
consumer = Consumer({
    "bootstrap.servers": brokers,
    "group.id": "deserialize",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "enable.partition.eof": True,
})
partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
consumer.assign([TopicPartition(topic, p, 0) for p in partitions])

epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
groups = collections.defaultdict(lambda: [0, 0, 0, 0, 0])
types, refused, size, ended = collections.defaultdict(set), 0, 0, 0
while ended < len(partitions):
    m = consumer.poll(10)
    if m is None:
        sys.exit("nothing came for ten seconds")
    if m.error():
        if m.error().code() != KafkaError._PARTITION_EOF:
            sys.exit(str(m.error()))
        ended += 1
        continue
    size += len(m.value())
    try:
        o = read(m.value(), SerializationContext(topic, MessageField.VALUE))
    except Exception:
        refused += 1
        continue
    for name, value in o.items():
        types[name].add(type(value).__name__)
    if isinstance(o["datetime"], str):  # of texts, the values are read from them
        o["datetime"] = datetime.datetime.fromisoformat(o["datetime"] + "+00:00")
        o["payment_txn_success"] = o["payment_txn_success"] == "Y"
    g = groups[o["country"], o["product_category"]]
    g[0] += 1
    g[1] += int(o["qty"])
    g[2] += int(decimal.Decimal(o["price"]) * 100)
    g[3] += o["payment_txn_success"] is False
    g[4] += (o["datetime"] - epoch) // datetime.timedelta(seconds=1) + int(o["order_id"])
consumer.close()
json.dump({
    "groups": {"/".join(k): v for k, v in groups.items()},
    "types": {k: sorted(v) for k, v in types.items()},
    "refused": refused,
    "bytes": size,
}, sys.stdout)
