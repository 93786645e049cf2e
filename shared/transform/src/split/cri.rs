//! Log lines of container runtimes (containerd, CRI-O), as kubelet's `pkg/kubelet/kuberuntime/logs` reads them:
//! `2026-11-21T20:59:59.123456789Z stdout F text`. The tag is `F`, or `P` where the runtime cut a long line.

/// What stands before the text of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header<'t> {
    /// When the line was written.
    pub(crate) time: &'t str,
    /// `stdout` or `stderr`.
    pub(crate) stream: &'static str,
    /// More of the text follows in another line.
    pub(crate) partial: bool,
    /// Where the text begins.
    pub(crate) length: usize,
}

/// The most that stands before the text.
pub(crate) const HEADER_BYTES: usize = 96;

/// Reads the header of a line; nothing if it has none.
pub(crate) fn header(line: &[u8]) -> Option<Header<'_>> {
    let head = line.get(..HEADER_BYTES).unwrap_or(line);
    if !head.first()?.is_ascii_digit() {
        return None;
    }
    let mut words = head.splitn(4, |byte| *byte == b' ');
    let (time, stream, tag) = (words.next()?, words.next()?, words.next()?);
    words.next()?;
    let stream = match stream {
        b"stdout" => "stdout",
        b"stderr" => "stderr",
        _ => return None,
    };
    // Further tags may follow the first after a colon.
    let partial = match tag.split(|byte| *byte == b':').next()? {
        b"P" => true,
        b"F" => false,
        _ => return None,
    };
    let length = time.len() + stream.len() + tag.len() + 3;
    let time = std::str::from_utf8(time).ok().filter(|time| time.contains('T'))?;
    Some(Header { time, stream, partial, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_a_time_a_stream_and_a_tag() {
        let line = b"2026-11-21T00:00:00.1+01:00 stderr P:x {\"a\":";
        let found = header(line).unwrap();
        assert_eq!(
            (found.time, found.stream, found.partial),
            ("2026-11-21T00:00:00.1+01:00", "stderr", true)
        );
        assert_eq!(line.get(found.length..).unwrap(), b"{\"a\":");
        assert_eq!(header(b"2026-11-21T00:00:00Z stdout F ").unwrap().length, 30);
        for other in [
            "",
            "x",
            "2026-11-21T00:00:00Z stdin F x",
            "2026-11-21T00:00:00Z stdout F",
            "2026 stdout F x",
            "2026-11-21T00:00:00Z stdout X x",
        ] {
            assert_eq!(header(other.as_bytes()), None, "{other}");
        }
    }
}
