//! What the receiver says: RELP's answers, and what the end of a connection means. Pure functions.

use std::io;

use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};

use crate::config::Confirm;

/// No answer of a receiver is longer, but for the offers as a session opens.
const LONGEST: usize = 32 * 1024;

/// One frame of a RELP receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `rsp` to the command of this number.
    Response {
        /// Of which command.
        number: u32,
        /// 200, 500, …
        code: u16,
        /// What follows: the offers, where a session opens.
        text: String,
    },
    /// The receiver ends the session: nothing after this is taken.
    ServerClose,
}

/// Bytes that are no frame of RELP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbage;

/// Takes the next whole frame off the front. `Ok(None)`: more bytes are needed.
pub fn next_reply(buffer: &mut Vec<u8>) -> Result<Option<Reply>, Garbage> {
    let Some((head, data_at, length)) = head(buffer)? else { return Ok(None) };
    let (number, command) = head;
    let Some(data) = buffer.get(data_at..data_at + length) else { return Ok(None) };
    let reply = reply(number, &command, &String::from_utf8_lossy(data))?;
    // A session's last hint comes without a line's end at times; elsewhere there has to be one.
    match buffer.get(data_at + length) {
        Some(b'\n') => drop(buffer.drain(..=data_at + length)),
        Some(_) => return Err(Garbage),
        None => return Ok(None),
    }
    Ok(Some(reply))
}

type Head = ((u32, String), usize, usize);

/// Number and command, where the data begins, and how long it is.
fn head(buffer: &[u8]) -> Result<Option<Head>, Garbage> {
    let mut at = 0;
    let mut word = |longest: usize| -> Result<Option<(String, u8)>, Garbage> {
        let rest = buffer.get(at..).unwrap_or_default();
        match rest.iter().position(|byte| matches!(byte, b' ' | b'\n')) {
            Some(end) if (1..=longest).contains(&end) => {
                let text = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
                at += end + 1;
                Ok(Some((text.into_owned(), rest.get(end).copied().unwrap_or_default())))
            }
            None if rest.len() <= longest => Ok(None),
            _ => Err(Garbage),
        }
    };
    let (Some((number, b' ')), Some((command, b' '))) = (word(9)?, word(32)?) else {
        return if buffer.iter().take(42).any(|byte| *byte == b'\n') {
            Err(Garbage)
        } else {
            Ok(None)
        };
    };
    let Some((length, end)) = word(9)? else { return Ok(None) };
    let number = number.parse().map_err(|_| Garbage)?;
    let length: usize = length.parse().map_err(|_| Garbage)?;
    if length > LONGEST {
        return Err(Garbage);
    }
    // Without data the line ends behind its length, where data would begin.
    let data_at = match (length, end) {
        (0, b'\n') => at - 1,
        (_, b' ') => at,
        _ => return Err(Garbage),
    };
    Ok(Some(((number, command), data_at, length)))
}

fn reply(number: u32, command: &str, data: &str) -> Result<Reply, Garbage> {
    match command {
        "serverclose" => Ok(Reply::ServerClose),
        "rsp" => {
            let digits = data.get(..3).ok_or(Garbage)?;
            let code = digits.parse().map_err(|_| Garbage)?;
            let text = data.get(3..).unwrap_or_default().trim_start().to_owned();
            Ok(Reply::Response { number, code, text })
        }
        _ => Err(Garbage),
    }
}

/// Why a session that is being opened cannot be used; `None` when it can.
pub fn unusable(code: u16, text: &str) -> Option<Reason> {
    let reason = |text: &str| Reason::new(ErrorClass::Config, text).with_status(code);
    if code != 200 {
        return Some(reason("the receiver refuses to open a RELP session"));
    }
    let takes_syslog = text.lines().any(|line| {
        line.strip_prefix("commands=")
            .is_some_and(|commands| commands.split(',').any(|one| one.trim() == "syslog"))
    });
    (!takes_syslog).then(|| reason("the receiver does not offer the RELP command syslog"))
}

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// The end of the stream; within TLS, after the receiver's own end of it.
    Closed,
    /// The stream ended or broke.
    Broken(io::Error),
    /// The receiver neither closed nor sent anything for too long.
    Silent,
}

/// What became of the messages on a connection whose every byte was written and whose sending side was closed.
///
/// Our close comes last. A receiver that answers it has read all that was before.
pub fn closed(end: &End, confirm: Confirm) -> Answer {
    let unconfirmed = |class, text: &str| Answer::retry(Reason::new(class, text).maybe_stored());
    match (end, confirm) {
        (End::Closed, _) => Answer::delivered(),
        (End::Broken(error), Confirm::Eof | Confirm::None) if is_end(error) => Answer::delivered(),
        (End::Silent, Confirm::None) => Answer::All(Verdict::Delivered(Delivery::Degraded)),
        (End::Broken(error), _) if is_end(error) => unconfirmed(
            ErrorClass::Network,
            "the receiver ended the connection without ending TLS; if it always does, set confirm = \"eof\"",
        ),
        (End::Broken(_), _) => unconfirmed(
            ErrorClass::Network,
            "the connection broke before the receiver had read everything",
        ),
        (End::Silent, _) => unconfirmed(
            ErrorClass::Timeout,
            "the receiver did not close in return; if it never does, set confirm = \"none\"",
        ),
    }
}

/// What became of the messages on a connection that ended before we closed it.
pub fn cut_off(end: &End) -> Answer {
    let (class, text) = match end {
        End::Closed => (
            ErrorClass::Network,
            "the receiver closed the connection before everything was sent; it may want a client certificate, or refuse a \
             message or its framing",
        ),
        End::Broken(error) if is_end(error) => (
            ErrorClass::Network,
            "the receiver ended the connection before everything was sent; it may want a client certificate",
        ),
        End::Broken(_) => (ErrorClass::Network, "the connection broke while messages were sent"),
        End::Silent => (ErrorClass::Timeout, "the receiver did not take the messages in time"),
    };
    Answer::retry(Reason::new(class, text).maybe_stored())
}

/// The stream ended and TLS did not.
fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &str) -> Result<Vec<Reply>, Garbage> {
        let mut buffer = bytes.as_bytes().to_vec();
        let mut replies = Vec::new();
        while let Some(reply) = next_reply(&mut buffer)? {
            replies.push(reply);
        }
        Ok(replies)
    }

    fn response(number: u32, code: u16, text: &str) -> Reply {
        Reply::Response { number, code, text: text.to_owned() }
    }

    #[test]
    fn frames_are_taken_one_after_the_other() {
        let frames = "1 rsp 6 200 OK\n2 rsp 9 500 wrong\n0 serverclose 0\n";
        let expected = [response(1, 200, "OK"), response(2, 500, "wrong"), Reply::ServerClose];
        assert_eq!(all(frames).unwrap(), expected);
        assert_eq!(all("7 rsp 3 200\n").unwrap(), [response(7, 200, "")]);
    }

    #[test]
    fn half_a_frame_waits_for_the_rest() {
        let whole = "12 rsp 6 200 OK\n";
        for end in 0..whole.len() {
            let mut buffer = whole.as_bytes()[..end].to_vec();
            assert_eq!(next_reply(&mut buffer), Ok(None), "{end}");
            assert_eq!(buffer.len(), end, "nothing is taken");
        }
        assert_eq!(all(whole).unwrap(), [response(12, 200, "OK")]);
    }

    #[test]
    fn what_is_no_frame_is_said_so() {
        for bytes in [
            "\n",
            " ",
            "HTTP/1.1 400 Bad Request\r\n",
            "x rsp 6 200 OK\n",
            "1 rsp 6 200 OKx",
            "1 rsp 0\n",
            "1 rsp 2 20\n",
            "1 rsp 999999999 2",
            "1 what 0\n",
            "1234567890 rsp 6 200 OK\n",
            "1 rsp\n",
            "1\n",
            "1 rsp 6\n200 OK\n",
            "1 rsp x 200\n",
            "<13>1 - - - - - -\n",
        ] {
            assert_eq!(all(bytes), Err(Garbage), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = bytes;
            while let Ok(Some(_)) = next_reply(&mut buffer) {}
        }
    }

    #[test]
    fn a_session_that_takes_syslog_is_usable() {
        assert_eq!(unusable(200, "OK\nrelp_version=0\ncommands=eventlog,syslog"), None);
        for (code, text) in
            [(200, "OK\nrelp_version=1"), (200, "OK\ncommands=syslogx"), (500, "no")]
        {
            assert_eq!(unusable(code, text).unwrap().class, ErrorClass::Config, "{code} {text}");
        }
    }

    #[test]
    fn only_the_receivers_own_close_is_a_delivery() {
        let broken = || End::Broken(io::ErrorKind::ConnectionReset.into());
        let ended = || End::Broken(io::ErrorKind::UnexpectedEof.into());
        let fresh = |answer| answer == Answer::delivered();
        for confirm in [Confirm::Close, Confirm::Eof, Confirm::None] {
            assert!(fresh(closed(&End::Closed, confirm)));
            assert!(matches!(closed(&broken(), confirm), Answer::All(Verdict::Retry { .. })));
            assert_eq!(fresh(closed(&ended(), confirm)), confirm != Confirm::Close);
        }
        for confirm in [Confirm::Close, Confirm::Eof] {
            assert!(matches!(closed(&End::Silent, confirm), Answer::All(Verdict::Retry { .. })));
        }
        let degraded = Answer::All(Verdict::Delivered(Delivery::Degraded));
        assert_eq!(closed(&End::Silent, Confirm::None), degraded);
        for end in [End::Closed, broken(), ended(), End::Silent] {
            assert!(matches!(cut_off(&end), Answer::All(Verdict::Retry { .. })), "{end:?}");
        }
    }
}
