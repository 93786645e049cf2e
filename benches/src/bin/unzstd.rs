//! Decompresses standard input to standard output, for the harness, which reads what the archive
//! was sent: Python's library has no zstd before 3.14, and a machine may lack the program.

use std::io;

fn main() -> io::Result<()> {
    zstd::stream::copy_decode(io::stdin().lock(), io::stdout().lock())
}
