//! Prints the OCSF of random events of the contract, one a line: `random_ocsf [COUNT] [SEED]`.

use std::io::{self, Write};

use transform::format::Format;
use transform::source::native;

#[path = "../tests/random/mod.rs"]
mod random;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or(0));
    let (count, seed) = (arguments.next().unwrap_or(100), arguments.next().unwrap_or(0));
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut out = io::stdout().lock();
    for _ in 0..count {
        let line = random::event(&mut rng).to_string();
        let event = native::parse(&line).map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        Format::Ocsf.encode(&event, &mut bytes).map_err(io::Error::other)?;
        bytes.push(b'\n');
        out.write_all(&bytes)?;
    }
    Ok(())
}
