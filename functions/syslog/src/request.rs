//! What goes over the connection: messages told apart by RFC 6587 or RFC 5425, and RELP's commands.

use crate::config::Framing;

/// A number of a RELP command: 1 to 999999999, then 1 again. 0 is for hints of the receiver.
pub(crate) const LAST_NUMBER: u32 = 999_999_999;

/// What we offer as a session opens: `rsp` has to name `syslog` among its commands.
const OFFERS: &str = concat!(
    "relp_version=1\nrelp_software=vault-export,",
    env!("CARGO_PKG_VERSION"),
    "\ncommands=syslog"
);

/// Writes a message with what tells it from the next. Its bytes are counted as they are sent.
pub fn frame(framing: Framing, message: &[u8], out: &mut Vec<u8>) {
    if framing == Framing::OctetCounting {
        out.extend_from_slice(message.len().to_string().as_bytes());
        out.push(b' ');
    }
    out.extend_from_slice(message);
    if framing == Framing::Lf {
        out.push(b'\n');
    }
}

/// Writes a RELP command. Without data there is no space before the line's end.
pub fn command(number: u32, name: &str, data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{number} {name} {}", data.len()).as_bytes());
    if !data.is_empty() {
        out.push(b' ');
        out.extend_from_slice(data);
    }
    out.push(b'\n');
}

/// The command that opens a session.
pub fn open(number: u32, out: &mut Vec<u8>) {
    command(number, "open", OFFERS.as_bytes(), out);
}

/// The number of the command after this one.
pub fn next(number: u32) -> u32 {
    if number >= LAST_NUMBER { 1 } else { number + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn octets_are_counted_and_not_characters() {
        let octets =
            |text: &str| written(|out| frame(Framing::OctetCounting, text.as_bytes(), out));
        assert_eq!(octets("<13>1 é"), "8 <13>1 é");
        assert_eq!(octets("\u{feff}x"), "4 \u{feff}x");
        assert_eq!(written(|out| frame(Framing::Lf, b"<13>1 x", out)), "<13>1 x\n");
    }

    #[test]
    fn a_command_counts_its_data_alone() {
        assert_eq!(written(|out| command(2, "syslog", b"<13>1 x", out)), "2 syslog 7 <13>1 x\n");
        assert_eq!(written(|out| command(3, "close", b"", out)), "3 close 0\n");
        let open = written(|out| super::open(1, out));
        let (head, data) = open.split_once(" relp").unwrap();
        assert_eq!(head, format!("1 open {}", "relp".len() + data.len() - 1));
    }

    #[test]
    fn numbers_begin_again_at_1() {
        assert_eq!((next(1), next(LAST_NUMBER - 1), next(LAST_NUMBER)), (2, LAST_NUMBER, 1));
    }
}
