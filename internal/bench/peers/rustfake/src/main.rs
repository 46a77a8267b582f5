//! Writes so many orders of the sixteen fields, a faker for each text and for the
//! time. The crate has no products: trade words stand for them.

use chrono::{DateTime, TimeDelta, Utc};
use fake::Fake;
use fake::faker::address::en::{CityName, CountryName};
use fake::faker::chrono::en::DateTimeBetween;
use fake::faker::company::en::{Buzzword, CatchPhrase};
use fake::faker::internet::en::DomainSuffix;
use fake::faker::name::en::{LastName, Name};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    let n: usize = std::env::args().nth(1).expect("a number").parse().expect("a number");
    let rng = &mut SmallRng::seed_from_u64(1);
    let payments = ["Card", "Internet Banking", "UPI", "Wallet"];
    let reasons = ["Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"];
    let from: DateTime<Utc> = DateTime::from_timestamp(1_643_587_200, 0).expect("an instant");
    let to = from + TimeDelta::days(14);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for _ in 0..n {
        let (success, reason) = match rng.random_range(1..=100) <= 5 {
            true => ("N", *reasons.choose(rng).expect("one")),
            false => ("Y", ""),
        };
        let name: String = Name().fake_with_rng(rng);
        let product: String = CatchPhrase().fake_with_rng(rng);
        let category: &str = Buzzword().fake_with_rng(rng);
        let time: DateTime<Utc> = DateTimeBetween(from, to).fake_with_rng(rng);
        let country: &str = CountryName().fake_with_rng(rng);
        let city: String = CityName().fake_with_rng(rng);
        let site: &str = LastName().fake_with_rng(rng);
        let suffix: &str = DomainSuffix().fake_with_rng(rng);
        writeln!(
            out,
            "{}|{}|{name}|{}|{product}|{category}|{}|{}|{:.2}|{}|{country}|{city}|{site}.{suffix}|{}|{success}|{reason}",
            rng.random::<u32>(),
            rng.random_range(1..=200_000),
            rng.random_range(1..=5000),
            payments.choose(rng).expect("one"),
            rng.random_range(1..=10),
            rng.random_range(1.0..500.0),
            time.format("%Y-%m-%dT%H:%M:%S"),
            rng.random::<u64>(),
        )?;
    }
    out.flush()
}
