"""Writes so many orders of the sixteen fields, a provider's call for each text.
Faker has no products: words stand for them."""

import random
import sys
from datetime import datetime

from faker import Faker

fake = Faker("en_US")
fake.seed_instance(1)
r = random.Random(1)
begin, end = datetime(2022, 1, 31), datetime(2022, 2, 14)
payments = ["Card", "Internet Banking", "UPI", "Wallet"]
reasons = ["Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"]
out = open(sys.stdout.fileno(), "w", buffering=1 << 16, encoding="utf-8", closefd=False)
for _ in range(int(sys.argv[1])):
    failed = r.random() < 0.05
    out.write(
        f"{r.getrandbits(32)}|{r.randint(1, 200_000)}|{fake.name()}|{r.randint(1, 5000)}|{fake.word()} {fake.word()}|{fake.word()}|{r.choice(payments)}|"
        f"{r.randint(1, 10)}|{r.uniform(1, 500):.2f}|{fake.date_time_between(begin, end):%Y-%m-%dT%H:%M:%S}|{fake.country()}|{fake.city()}|{fake.domain_name()}|"
        f"{r.getrandbits(64)}|{'N' if failed else 'Y'}|{r.choice(reasons) if failed else ''}\n"
    )
out.flush()
