//! The words of an action: `use:http_request` is the verb `use`, and the words `use`, `http`, `request`.

/// An event's action, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action<'e> {
    whole: &'e str,
    /// What stands before the first `:` or `.`.
    pub(super) verb: &'e str,
}

impl<'e> Action<'e> {
    pub(super) fn new(whole: &'e str) -> Action<'e> {
        Action { whole, verb: whole.split([':', '.']).next().unwrap_or(whole) }
    }

    /// Whether it holds one of these words, wherever it stands: `audit_disable`, `kill.release`.
    pub(super) fn has(self, words: &[&str]) -> bool {
        self.whole.split([':', '.', '_']).any(|word| words.contains(&word))
    }

    /// What stands behind the verb: `sign` in `use:sign`.
    pub(super) fn qualifier(self) -> Option<&'e str> {
        self.whole.split_once([':', '.']).map(|(_, rest)| rest)
    }

    /// The first activity of which it holds a word.
    pub(super) fn activity(self, table: &[(u8, &[&str])]) -> Option<u8> {
        table.iter().find(|(_, words)| self.has(words)).map(|(activity, _)| *activity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_whole_and_anywhere() {
        let action = Action::new("sys.audit_disable");
        assert_eq!(action.verb, "sys");
        assert!(action.has(&["disable"]) && action.has(&["audit"]));
        assert!(!action.has(&["able"]));
        assert_eq!(Action::new("use:sign").qualifier(), Some("sign"));
    }

    #[test]
    fn the_first_row_that_fits_wins() {
        let table: &[(u8, &[&str])] = &[(4, &["delete"]), (1, &["create", "token"])];
        assert_eq!(Action::new("token.delete").activity(table), Some(4));
        assert_eq!(Action::new("token.create").activity(table), Some(1));
        assert_eq!(Action::new("rename").activity(table), None);
    }
}
