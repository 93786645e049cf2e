//! The patterns of the table's paths.

/// That a path fits, and the part of it that is the resource's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit<'p>(pub(super) Option<&'p str>);

/// Whether a path fits a pattern, and which part of it is the resource's name.
///
/// Of `..` and `{name..}` a pattern has at most one; what stands behind it must be the path's end.
pub(super) fn fit<'p>(pattern: &str, path: &'p str) -> Option<Fit<'p>> {
    let (mut pattern, mut path) = (pattern, path);
    let mut name = None;
    loop {
        if pattern.is_empty() {
            return path.is_empty().then_some(Fit(name));
        }
        let (wanted, more) = pattern.split_once('/').unwrap_or((pattern, ""));
        if matches!(wanted, ".." | "{name..}") {
            let middle = ending(path, more)?;
            return match wanted {
                ".." => Some(Fit(name)),
                _ => (!middle.is_empty()).then_some(Fit(Some(middle))),
            };
        }
        let (segment, rest) = path.split_once('/').unwrap_or((path, ""));
        match wanted {
            _ if segment.is_empty() => return None,
            "+" => {}
            "{name}" => name = Some(segment),
            literal if literal == segment => {}
            _ => return None,
        }
        (pattern, path) = (more, rest);
    }
}

/// What stands before an end of literal segments.
fn ending<'p>(path: &'p str, end: &str) -> Option<&'p str> {
    if end.is_empty() {
        return Some(path);
    }
    let before = path.strip_suffix(end)?;
    if before.is_empty() { Some(before) } else { before.strip_suffix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_segments_and_give_the_name() {
        for (pattern, path, fits) in [
            ("", "", Some(None)),
            ("", "a", None),
            ("{name}", "a", Some(Some("a"))),
            ("{name}", "", None),
            ("{name}", "a/b", None),
            ("{name..}", "a/b", Some(Some("a/b"))),
            ("{name..}", "", None),
            ("+/{name}", "x/a", Some(Some("a"))),
            ("{name}/password", "ann/password", Some(Some("ann"))),
            ("{name}/password", "ann/policies", None),
            ("{name}/+", "k/sha2-256", Some(Some("k"))),
            ("{name..}/tune", "team/kv/tune", Some(Some("team/kv"))),
            ("{name..}/tune", "tune", None),
            ("..", "", Some(None)),
            ("..", "a/b", Some(None)),
            ("../promote", "dr/secondary/promote", Some(None)),
            ("../promote", "promote", Some(None)),
            ("../promote", "dr/xpromote", None),
        ] {
            assert_eq!(fit(pattern, path), fits.map(Fit), "{pattern} on {path}");
        }
    }
}
