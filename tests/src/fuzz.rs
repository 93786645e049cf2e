//! Fuzzing on the stable toolchain: mutants of a corpus, each given to a target that panics at what must not be.
//!
//! `cargo test` runs a fixed number of the same mutants. With `FUZZ_SECONDS` (`make fuzz`) a target runs that long, from
//! a seed that is printed and can be given again as `FUZZ_SEED`. What fails is made smaller and kept as a file of
//! the corpus, which is run first from then on: every finding stays a test. A failure names target, seed, place and
//! file, never what is in the file.

mod mutate;

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};
use std::{env, fs};

use fastrand::Rng;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Where the same mutants begin in every bounded run.
const SEED: u64 = 0x5eed;

/// Work on one input is linear: in a long run, what takes longer than this is a failure too.
const SLOW: Duration = Duration::from_secs(10);

/// What a target is given: mutants of these.
pub struct Fuzz {
    name: &'static str,
    rounds: u64,
    seeds: Vec<Vec<u8>>,
}

impl Fuzz {
    /// The target with this name, and how many mutants a bounded run has. Its corpus is `tests/corpus/NAME`.
    pub fn new(name: &'static str, rounds: u64) -> Fuzz {
        Fuzz { name, rounds, seeds: Vec::new() }
    }

    /// Adds seeds.
    pub fn seeds<S: Into<Vec<u8>>>(mut self, seeds: impl IntoIterator<Item = S>) -> Fuzz {
        self.seeds.extend(seeds.into_iter().map(Into::into));
        self
    }

    /// Adds each line of this file of the repository.
    pub fn lines_of(self, path: &str) -> Fuzz {
        let text = fs::read_to_string(Path::new(ROOT).join(path));
        let text = text.unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
        self.seeds(text.lines())
    }

    /// Runs the corpus, the seeds, and mutants of both.
    pub fn run(mut self, target: fn(&[u8])) {
        watch();
        for (path, input) in self.corpus() {
            if let Some(place) = failure(target, &input) {
                panic!("{}: fails at {place} with {}", self.name, shown(&path));
            }
            self.seeds.push(input);
        }
        assert!(!self.seeds.is_empty(), "{}: no seeds", self.name);
        for seed in &self.seeds {
            self.try_one(target, seed, SEED);
        }
        match seconds() {
            None => (SEED..SEED + self.rounds).for_each(|seed| self.mutant(target, seed)),
            Some(seconds) => self.run_for(Duration::from_secs(seconds), target),
        }
    }

    #[expect(clippy::print_stdout, reason = "a test's")]
    fn run_for(&self, time: Duration, target: fn(&[u8])) {
        let first = number("FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
        println!("{}: from FUZZ_SEED={first}", self.name);
        let (began, mut seed) = (Instant::now(), first);
        while began.elapsed() < time {
            self.mutant(target, seed);
            seed = seed.wrapping_add(1);
        }
        println!("{}: {} inputs", self.name, seed.wrapping_sub(first));
    }

    /// Each mutant has a seed of its own, so that one can be made again alone.
    fn mutant(&self, target: fn(&[u8]), seed: u64) {
        let input = mutate::mutant(&mut Rng::with_seed(seed), &self.seeds);
        self.try_one(target, &input, seed);
    }

    fn try_one(&self, target: fn(&[u8]), input: &[u8], seed: u64) {
        let Some(place) = failure(target, input) else { return };
        let small = smaller(input.to_vec(), |part| failure(target, part).as_ref() == Some(&place));
        let kept = match self.keep(&small) {
            Ok(path) => format!("the input is kept in {}", shown(&path)),
            Err(error) => format!("the input could not be kept: {error}"),
        };
        panic!("{}: fails at {place} with FUZZ_SEED={seed}; {kept}", self.name);
    }

    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(self.name)
    }

    /// Every file of the corpus, in the order of their names.
    fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(files) = fs::read_dir(self.folder()) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
        paths.sort();
        paths
            .into_iter()
            .filter_map(|path| fs::read(&path).ok().map(|input| (path, input)))
            .collect()
    }

    fn keep(&self, input: &[u8]) -> std::io::Result<PathBuf> {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let path = self.folder().join(format!("found-{:016x}", hasher.finish()));
        fs::create_dir_all(self.folder())?;
        fs::write(&path, input)?;
        Ok(path)
    }
}

/// A status, in the first two bytes, and the body of an answer behind it; mostly a status that is in use.
pub fn status(input: &[u8]) -> (u16, &[u8]) {
    const STATUSES: [u16; 16] =
        [200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 504];
    match input {
        [kind, place, body @ ..] if kind.is_ascii_alphanumeric() => {
            (STATUSES[usize::from(*place) % STATUSES.len()], body)
        }
        [high, low, body @ ..] => (100 + u16::from_be_bytes([*high, *low]) % 900, body),
        short => (200, short),
    }
}

/// A path as it is named from the repository's root.
fn shown(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path).display().to_string()
}

fn seconds() -> Option<u64> {
    number("FUZZ_SECONDS")
}

#[expect(clippy::disallowed_methods, reason = "how much is wanted is said from outside")]
fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// Where the first panic was since the last look, also one that was caught on its way.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes the place of a target's panic in place of printing it: its text may repeat the input.
fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !WATCHED.get() {
                return usual(panic);
            }
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            PLACE.with_borrow_mut(|first| _ = first.get_or_insert(place));
        }));
    });
}

/// Where the target panics with this input.
fn failure(target: fn(&[u8]), input: &[u8]) -> Option<String> {
    let began = Instant::now();
    WATCHED.set(true);
    let ended = catch_unwind(AssertUnwindSafe(|| target(input)));
    WATCHED.set(false);
    let place = PLACE.take();
    let is_slow = seconds().is_some() && began.elapsed() > SLOW;
    place.or_else(|| (ended.is_err() || is_slow).then(|| "an end that takes too long".to_owned()))
}

/// The input without whatever it fails without: halves, quarters and so on are left out while it still fails.
fn smaller(mut input: Vec<u8>, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut step = input.len() / 2;
    while step > 0 {
        let mut at = 0;
        while at < input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..(at + step).min(input.len()));
            if fails(&shorter) {
                input = shorter;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails_at_a_comma(input: &[u8]) {
        assert!(!input.contains(&b','), "s3cr3t-canary");
    }

    #[test]
    fn a_failure_has_a_place_and_is_made_as_small_as_it_goes() {
        watch();
        assert_eq!(failure(fails_at_a_comma, b"abc"), None);
        let place = failure(fails_at_a_comma, b"a,c").unwrap();
        assert!(place.contains("fuzz.rs") && !place.contains("canary"), "{place}");
        let small = smaller(b"{\"a\":1,\"b\":2}".to_vec(), |part| {
            failure(fails_at_a_comma, part).is_some()
        });
        assert_eq!(small, b",");
    }

    #[test]
    fn a_panic_that_was_caught_is_a_failure() {
        watch();
        let target = |_: &[u8]| _ = catch_unwind(|| panic!("caught"));
        assert!(failure(target, b"").is_some());
    }
}
