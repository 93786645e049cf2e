//! Pages of the documentation, of which tests make parts.

use std::path::Path;

/// Holds the part called `name` of this page, a path from the repository's root, against `text`. With
/// `EXPECTORATE=overwrite` it is written anew.
///
/// The part stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, each on a line of its own.
///
/// # Panics
/// When the page has no such part, or another text in it.
pub fn assert_part(page: &str, name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let whole = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->\n"));
    let (before, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("{page}: no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{page}: no {end}"));
    expectorate::assert_contents(path, &format!("{before}{begin}{text}{end}{after}"));
}
