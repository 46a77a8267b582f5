"""Writes so many orders of the sixteen fields, a provider's call for each text.
Mimesis has no products but food: dishes and words stand for them."""

import random
import sys

from mimesis import Address, Datetime, Food, Internet, Person, Text
from mimesis.locales import Locale

person, address, food, text = Person(Locale.EN, seed=1), Address(Locale.EN, seed=1), Food(Locale.EN, seed=1), Text(Locale.EN, seed=1)
internet, when = Internet(seed=1), Datetime(seed=1)
r = random.Random(1)
payments = ["Card", "Internet Banking", "UPI", "Wallet"]
reasons = ["Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"]
out = open(sys.stdout.fileno(), "w", buffering=1 << 16, encoding="utf-8", closefd=False)
for _ in range(int(sys.argv[1])):
    failed = r.random() < 0.05
    out.write(
        f"{r.getrandbits(32)}|{r.randint(1, 200_000)}|{person.full_name()}|{r.randint(1, 5000)}|{food.dish()}|{text.word()}|{r.choice(payments)}|"
        f"{r.randint(1, 10)}|{r.uniform(1, 500):.2f}|{when.datetime(start=2022, end=2022):%Y-%m-%dT%H:%M:%S}|{address.country()}|{address.city()}|{internet.hostname()}|"
        f"{r.getrandbits(64)}|{'N' if failed else 'Y'}|{r.choice(reasons) if failed else ''}\n"
    )
out.flush()
