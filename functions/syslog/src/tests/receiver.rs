//! Receivers that do what a test says, connection by connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tests::tls::Authority;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

trait Both: AsyncRead + AsyncWrite + Send + Unpin {
    /// Ends TLS, and not the connection beneath.
    fn end_tls(&mut self) {}
}

impl Both for TcpStream {}

impl Both for TlsStream<TcpStream> {
    fn end_tls(&mut self) {
        self.get_mut().1.send_close_notify();
    }
}

type Stream = Box<dyn Both>;

/// What a receiver of plain syslog does with a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Does {
    /// Reads to the end and closes in return.
    Stores,
    /// Reads to the end and never closes.
    StaysOpen,
    /// Reads to the end and drops the connection without ending TLS.
    EndsWithoutTls,
    /// Closes after this many bytes, whatever is unread.
    ClosesAfter(usize),
    /// Reads this many bytes, waits until everything and our close have come, and then ends TLS in good order with the rest unread.
    StopsInGoodOrderAfter(usize),
    /// Says something that is no TLS.
    SaysHello,
}

/// A receiver on loopback.
pub(super) struct Receiver {
    port: u16,
    stored: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    /// In clear text; the last behaviour goes on for ever.
    pub(super) async fn tcp(script: &[Does]) -> Receiver {
        Receiver::start(None, script).await
    }

    /// Within TLS with a certificate of this authority; `mutual` wants one of the client's.
    pub(super) async fn tls(authority: &Authority, mutual: bool, script: &[Does]) -> Receiver {
        Receiver::start(Some(authority.acceptor(mutual, &[])), script).await
    }

    async fn start(acceptor: Option<TlsAcceptor>, script: &[Does]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stored = Arc::new(Mutex::new(Vec::new()));
        let (script, texts) = (script.to_vec(), stored.clone());
        tokio::spawn(async move {
            let mut place = 0;
            while let Ok((tcp, _)) = listener.accept().await {
                let does = script[place.min(script.len() - 1)];
                place += 1;
                let (acceptor, texts) = (acceptor.clone(), texts.clone());
                tokio::spawn(async move {
                    let stream: Stream = match acceptor {
                        None => Box::new(tcp),
                        Some(acceptor) => match acceptor.accept(tcp).await {
                            Ok(stream) => Box::new(stream),
                            Err(_) => return,
                        },
                    };
                    serve(stream, does, &texts).await;
                });
            }
        });
        Receiver { port, stored }
    }

    pub(super) fn address(&self, transport: &str) -> String {
        format!("{transport}://127.0.0.1:{}", self.port)
    }

    /// What was read on each connection that ended.
    pub(super) fn stored(&self) -> Vec<String> {
        self.stored.lock().unwrap().clone()
    }
}

async fn serve(mut stream: Stream, does: Does, texts: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let limit = match does {
        Does::ClosesAfter(limit) | Does::StopsInGoodOrderAfter(limit) => limit,
        _ => usize::MAX,
    };
    if matches!(does, Does::SaysHello) {
        stream.write_all(b"220 hello, this is a mail server\r\n").await.unwrap();
    }
    let mut part = [0; 512];
    while bytes.len() < limit {
        let room = part.len().min(limit - bytes.len());
        match stream.read(&mut part[..room]).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&part[..count]),
            _ => break,
        }
    }
    texts.lock().unwrap().push(String::from_utf8(bytes).unwrap());
    match does {
        Does::Stores => drop(stream.shutdown().await),
        Does::StaysOpen => sleep(Duration::from_secs(30)).await,
        Does::StopsInGoodOrderAfter(_) => {
            sleep(Duration::from_millis(200)).await;
            stream.end_tls();
            stream.flush().await.unwrap();
        }
        Does::EndsWithoutTls | Does::ClosesAfter(_) | Does::SaysHello => {}
    }
}

/// What a RELP receiver does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Relp {
    /// Acknowledges everything.
    Takes,
    /// Answers messages that contain this with 500, this many times.
    Refuses(&'static str, usize),
    /// Is killed after this many acknowledgements.
    DiesAfter(usize),
    /// Ends the session after this many acknowledgements.
    ServerCloseAfter(usize),
    /// Answers with another number.
    WrongNumber,
    /// Takes messages and says nothing.
    Silent,
    /// Answers the open so.
    Opens(&'static str),
    /// Answers only when nothing more comes, and notes how much that was.
    CountsWindow,
}

/// A RELP receiver on loopback. What it acknowledged is in `stored`, and how many commands were open at once at most.
pub(super) struct RelpReceiver {
    port: u16,
    stored: Arc<Mutex<Vec<String>>>,
    window: Arc<Mutex<usize>>,
}

impl RelpReceiver {
    pub(super) async fn start(script: &[Relp]) -> RelpReceiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stored, window) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (script, texts, most) = (script.to_vec(), stored.clone(), window.clone());
        tokio::spawn(async move {
            let mut place = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let does = script[place.min(script.len() - 1)];
                place += 1;
                let session = Session {
                    stream: Box::new(stream),
                    inbox: Vec::new(),
                    stored: texts.clone(),
                    window: most.clone(),
                };
                tokio::spawn(session.serve(does));
            }
        });
        RelpReceiver { port, stored, window }
    }

    pub(super) fn address(&self) -> String {
        format!("relp://127.0.0.1:{}", self.port)
    }

    pub(super) fn stored(&self) -> String {
        self.stored.lock().unwrap().concat()
    }

    pub(super) fn window(&self) -> usize {
        *self.window.lock().unwrap()
    }
}

struct Session {
    stream: Stream,
    inbox: Vec<u8>,
    stored: Arc<Mutex<Vec<String>>>,
    window: Arc<Mutex<usize>>,
}

impl Session {
    async fn serve(mut self, does: Relp) {
        let (mut acknowledged, mut refused) = (0, 0);
        let mut due = Vec::new();
        loop {
            let command = tokio::time::timeout(Duration::from_millis(100), self.command()).await;
            let Ok(command) = command else {
                let mut window = self.window.lock().unwrap().to_owned();
                window = window.max(due.len());
                *self.window.lock().unwrap() = window;
                for number in due.drain(..) {
                    self.answer(number, "200 OK").await;
                }
                continue;
            };
            let Some((number, name, data)) = command else { return };
            match (name.as_str(), does) {
                ("open", Relp::Opens(text)) => self.answer(number, text).await,
                ("open", _) => self.answer(number, "200 OK\nrelp_version=0\ncommands=syslog").await,
                ("close", _) => {
                    self.answer(number, "").await;
                    drop(self.stream.write_all(b"0 serverclose 0\n").await);
                    return;
                }
                (_, Relp::Refuses(what, times)) if data.contains(what) && refused < times => {
                    refused += 1;
                    self.answer(number, "500 cannot").await;
                }
                (_, Relp::DiesAfter(limit)) if acknowledged == limit => {
                    // A reset may take with it what the other side has not read yet.
                    sleep(Duration::from_millis(100)).await;
                    return;
                }
                (_, Relp::ServerCloseAfter(limit)) if acknowledged == limit => {
                    drop(self.stream.write_all(b"0 serverclose 0\n").await);
                    sleep(Duration::from_millis(100)).await;
                    return;
                }
                (_, Relp::WrongNumber) => self.answer(number + 1, "200 OK").await,
                (_, Relp::Silent) => {}
                (_, Relp::CountsWindow) => {
                    self.stored.lock().unwrap().push(data);
                    due.push(number);
                }
                _ => {
                    acknowledged += 1;
                    self.stored.lock().unwrap().push(data);
                    self.answer(number, "200 OK").await;
                }
            }
        }
    }

    async fn answer(&mut self, number: u32, text: &str) {
        let text = if text.is_empty() { "200 OK" } else { text };
        let frame = format!("{number} rsp {} {text}\n", text.len());
        drop(self.stream.write_all(frame.as_bytes()).await);
    }

    /// Number, name and data of the next command; `None` at the end. Cancelled, it keeps what it has read.
    async fn command(&mut self) -> Option<(u32, String, String)> {
        loop {
            if let Some(command) = self.whole() {
                return Some(command);
            }
            let mut part = [0; 4096];
            let count = self.stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
            self.inbox.extend_from_slice(&part[..count]);
        }
    }

    fn whole(&mut self) -> Option<(u32, String, String)> {
        let text = String::from_utf8_lossy(&self.inbox).into_owned();
        let head = text.split(['\n']).next()?;
        let mut words = head.splitn(4, ' ');
        let (number, name, length) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_none() && !text.contains('\n') {
            return None;
        }
        let length: usize = length.parse().ok()?;
        let start =
            number.len() + name.len() + length.to_string().len() + 2 + usize::from(length > 0);
        let data = self.inbox.get(start..start + length)?;
        let data = String::from_utf8(data.to_vec()).unwrap();
        assert_eq!(*self.inbox.get(start + length)?, b'\n', "the length counts the data");
        let command = (number.parse().unwrap(), name.to_owned(), data);
        self.inbox.drain(..=start + length);
        Some(command)
    }
}
