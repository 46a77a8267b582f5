//! Writes so many rows of TPC-H's lineitem, as the crate's own command does: each
//! through Display, in pieces of memory that are written when they are full.

use std::io::{self, Write};
use tpchgen::generators::LineItemGenerator;

fn main() -> io::Result<()> {
    let n: usize = std::env::args().nth(1).expect("a number").parse().expect("a number");
    let mut out = io::stdout().lock();
    let mut buffer = Vec::with_capacity(1 << 16);
    let mut left = n;
    for row in LineItemGenerator::new(10.0, 1, 1).iter().take(n) {
        writeln!(&mut buffer, "{row}")?;
        if buffer.len() + 1024 > buffer.capacity() {
            out.write_all(&buffer)?;
            buffer.clear();
        }
        left -= 1;
    }
    assert_eq!(left, 0, "the table is too small");
    out.write_all(&buffer)
}
