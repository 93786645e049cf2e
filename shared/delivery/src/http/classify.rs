//! What transport errors and common statuses mean, the same for all vendors.

use std::error::Error;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::Settings;
use super::resolver::{Forbidden, Unresolved};
use crate::outcome::{Answer, ErrorClass, Reason, Verdict};

/// A request that got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The network's fault: the same may be sent again.
    Retry(Reason),
    /// The configuration's: address, name, certificate.
    Config(Reason),
    /// The client certificate's: the server refuses it, or wants one.
    Auth(Reason),
}

impl Failure {
    pub(super) fn config(text: impl Into<String>) -> Failure {
        Failure::Config(Reason::new(ErrorClass::Config, text))
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        match self {
            Failure::Retry(reason) | Failure::Config(reason) | Failure::Auth(reason) => reason,
        }
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Answer {
        match failure {
            Failure::Retry(reason) => Answer::retry(reason),
            Failure::Config(reason) => Answer::Config(reason),
            Failure::Auth(reason) => Answer::Auth(reason),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reason().fmt(f)
    }
}

impl Error for Failure {}

impl From<&Forbidden> for Failure {
    fn from(forbidden: &Forbidden) -> Failure {
        Failure::config(forbidden.to_string())
    }
}

impl From<Forbidden> for Failure {
    fn from(forbidden: Forbidden) -> Failure {
        Failure::from(&forbidden)
    }
}

impl From<&Unresolved> for Failure {
    fn from(unresolved: &Unresolved) -> Failure {
        let reason = |class| Reason::new(class, unresolved.to_string());
        if unresolved.is_passing() {
            Failure::Retry(reason(ErrorClass::Network))
        } else {
            Failure::Config(reason(ErrorClass::Config))
        }
    }
}

impl From<Unresolved> for Failure {
    fn from(unresolved: Unresolved) -> Failure {
        Failure::from(&unresolved)
    }
}

/// What rustls found wrong with the server, if that is not a broken connection.
fn tls(error: &rustls::Error, settings: &Settings) -> Option<Failure> {
    match error {
        rustls::Error::InvalidCertificate(problem) => Some(untrusted(problem, settings)),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Some(Failure::config(
            "the server does not speak TLS at this port; is the port right, or the scheme http?",
        )),
        rustls::Error::AlertReceived(alert) => refused_by_alert(*alert, settings),
        _ => None,
    }
}

/// What the server says of us as it ends the connection, if it is about the certificate or the versions of TLS.
fn refused_by_alert(alert: AlertDescription, settings: &Settings) -> Option<Failure> {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => Some(Failure::Auth(Reason::new(
            ErrorClass::Auth,
            "the server asks for a client certificate; put client_certificate and client_key into the secret",
        ))),
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied => Some(Failure::Auth(Reason::new(
            ErrorClass::Auth,
            format!("the server refuses the client certificate ({alert:?})"),
        ))),
        Alert::HandshakeFailure if settings.identity.is_none() => Some(Failure::config(
            "the server ended the TLS handshake: it may ask for a client certificate, or has no version or cipher of \
             TLS 1.2 and 1.3 in common",
        )),
        Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity => {
            Some(Failure::config(
                "the server ended the TLS handshake: it has no version or cipher of TLS 1.2 and 1.3 in common",
            ))
        }
        _ => None,
    }
}

/// The server's certificate is no good. Advice that has been followed is not given again.
fn untrusted(problem: &CertificateError, settings: &Settings) -> Failure {
    let has_bundle = settings.ca_bundle.is_some();
    let text = match problem {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = match problem {
                CertificateError::NotValidForNameContext { presented, .. } => shown(presented),
                _ => "other names".to_owned(),
            };
            format!("not for this host but for {names}; set tls_server_name to its name")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "expired; the server needs a new one".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "not valid yet; compare the clocks of both machines".to_owned()
        }
        // Another authority of the same name, such as the one before it was made anew, signs badly.
        CertificateError::UnknownIssuer | CertificateError::BadSignature if has_bundle => {
            "not trusted: no authority in ca_bundle has signed it; add that authority's certificate, or this very \
             certificate of the server"
                .to_owned()
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "not trusted; the certificate of a private authority, or the server's own if nobody signed it, goes into \
             ca_bundle"
                .to_owned()
        }
        // An authority's own certificate, or one of version 1: no chain makes them a server's.
        CertificateError::Other(_) => {
            "not a server's by its form; to trust it all the same put this very certificate into ca_bundle".to_owned()
        }
        other => format!("not acceptable ({other})"),
    };
    Failure::config(format!("the server's certificate is {text}"))
}

/// The names that a certificate has. The server wrote them, so only what a name may consist of is shown.
fn shown(names: &[String]) -> String {
    let plain = |name: &String| -> String {
        let is_plain =
            |character: &char| character.is_ascii_alphanumeric() || ".-*_:".contains(*character);
        let name = name
            .strip_prefix("DnsName(\"")
            .and_then(|name| name.strip_suffix("\")"))
            .unwrap_or(name);
        name.chars().filter(is_plain).take(80).collect()
    };
    match names {
        [] => "no name at all".to_owned(),
        names => names.iter().take(5).map(plain).collect::<Vec<_>>().join(", "),
    }
}

/// What the error of a bare connection means.
pub(super) fn connection(error: &std::io::Error, settings: &Settings) -> Failure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    inner.and_then(|error| tls(error, settings)).unwrap_or_else(|| {
        Failure::Retry(Reason::new(ErrorClass::Network, "the server could not be connected to"))
    })
}

/// What the error of a connection means that had been open.
pub(super) fn broken(error: &std::io::Error, settings: &Settings) -> Failure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    inner.and_then(|error| tls(error, settings)).unwrap_or_else(|| {
        Failure::Retry(Reason::new(ErrorClass::Network, "the connection broke").maybe_stored())
    })
}

/// What a transport error means. The text is ours: reqwest's holds the address, which may be secret.
pub(super) fn failure(error: &reqwest::Error, settings: &Settings) -> Failure {
    if let Some(forbidden) = cause::<Forbidden>(error) {
        return forbidden.into();
    }
    if let Some(unresolved) = cause::<Unresolved>(error) {
        return unresolved.into();
    }
    if let Some(failure) = tls_cause(error).and_then(|error| tls(error, settings)) {
        return failure;
    }
    let unconnected = |text| Failure::Retry(Reason::new(ErrorClass::Network, text));
    let unknown = |class, text| Failure::Retry(Reason::new(class, text).maybe_stored());
    if error.is_timeout() && error.is_connect() {
        unconnected("the server could not be connected to in time")
    } else if error.is_timeout() {
        let text = "no answer in time; the server may have stored the events";
        unknown(ErrorClass::Timeout, text)
    } else if error.is_connect() {
        unconnected("the server could not be connected to")
    } else if error.is_body() || error.is_decode() {
        let text = "the answer broke off; the server may have stored the events";
        unknown(ErrorClass::Network, text)
    } else {
        let text = "the connection broke; the server may have stored the events";
        unknown(ErrorClass::Network, text)
    }
}

/// The connection was there and broke before an answer came.
pub(super) fn is_broken_connection(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_timeout() && !error.is_connect() && error.status().is_none()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

fn cause<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|error| error.downcast_ref::<T>())
}

/// Whether a connection was refused for what the server is: its certificate is no good, or it does not speak TLS. For errors
/// of clients that are not ours.
pub fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    tls_cause(error).is_some_and(|error| tls(error, &Settings::default()).is_some())
}

/// rustls's error, which tokio and reqwest's connector hide within one `io::Error` in another. An `io::Error`
/// names as its source not what it holds, but that one's source.
fn tls_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    chain(error).find_map(|error| {
        let mut error: &(dyn Error + 'static) = error;
        while let Some(inner) = error.downcast_ref().and_then(std::io::Error::get_ref) {
            error = inner;
        }
        error.downcast_ref()
    })
}

/// What a status means where the vendor has no rule of its own (destination tables fall back on
/// this): 2xx delivered; 401 and 403 the credential; 408, 425, 429 and 5xx again later; 413 too
/// large; 400 and 422 something in it; all others, redirects among them, the configuration.
///
/// `cap` limits what the server may ask for in `Retry-After`.
pub fn verdict_of(status: StatusCode, headers: &HeaderMap, cap: Duration) -> Answer {
    let reason = |class, text: &str| Reason::new(class, text).with_status(status.as_u16());
    let later = |class, text| Verdict::retry_after(retry_after(headers, cap), reason(class, text));
    match status.as_u16() {
        200..=299 => Answer::delivered(),
        401 | 403 => Answer::Auth(reason(ErrorClass::Auth, "the server refused the credential")),
        429 => Answer::All(later(ErrorClass::Throttled, "the server asks for less")),
        408 | 425 => Answer::All(later(ErrorClass::Timeout, "the server gave up waiting")),
        504 => Answer::retry_after(
            retry_after(headers, cap),
            reason(ErrorClass::Timeout, "a gateway gave up waiting for the server").maybe_stored(),
        ),
        500..=599 => Answer::All(later(ErrorClass::Unavailable, "the server cannot take it now")),
        413 => Answer::Split(reason(ErrorClass::TooLarge, "larger than the server takes")),
        400 | 422 => Answer::Suspect(reason(ErrorClass::Refused, "the server refused the data")),
        300..=399 => Answer::Config(reason(
            ErrorClass::Config,
            "the server redirects elsewhere, which is never followed; set the final address",
        )),
        _ => Answer::Config(reason(ErrorClass::Config, "the server does not know this address")),
    }
}

/// `Retry-After` in seconds or as an HTTP date, at most `cap`. A date counts from the server's own
/// `Date`, so that a clock that is wrong on either side does not matter.
pub fn retry_after(headers: &HeaderMap, cap: Duration) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse::<f64>() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let at = http_date(text)?;
        let now = headers.get(header::DATE).and_then(|date| http_date(date.to_str().ok()?));
        at.duration_since(now.unwrap_or_else(now_here)).try_into().unwrap_or_default()
    };
    Some(wait.min(cap))
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[expect(clippy::disallowed_methods, reason = "for servers that send a date and no Date header")]
fn now_here() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_mins(15);

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn seconds_are_honoured_up_to_the_cap() {
        let wait = |text| retry_after(&headers(&[("retry-after", text)]), CAP);
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait(" 0.5 "), Some(Duration::from_millis(500)));
        assert_eq!(wait("86400"), Some(CAP));
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("NaN"), None);
    }

    #[test]
    fn a_date_counts_from_the_servers_clock() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |text| retry_after(&headers(&[date, ("retry-after", text)]), CAP);
        assert_eq!(at("Sun, 06 Nov 1994 08:50:07 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(at("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn statuses_mean_what_the_table_says() {
        let of = |status: u16| {
            verdict_of(
                StatusCode::from_u16(status).unwrap(),
                &headers(&[("retry-after", "3")]),
                CAP,
            )
        };
        assert_eq!(of(204), Answer::delivered());
        for status in [401, 403] {
            assert!(matches!(of(status), Answer::Auth(_)), "{status}");
        }
        for status in [408, 425, 429, 500, 501, 502, 503, 504, 599] {
            let after = Some(Duration::from_secs(3));
            assert!(
                matches!(of(status), Answer::All(Verdict::Retry { after: a, .. }) if a == after),
                "{status}"
            );
        }
        for status in [301, 302, 307, 404, 405, 410, 415] {
            assert!(matches!(of(status), Answer::Config(_)), "{status}");
        }
        assert!(matches!(of(413), Answer::Split(_)));
        assert!(matches!(of(400), Answer::Suspect(_)));
        assert!(matches!(of(422), Answer::Suspect(_)));
    }
}
