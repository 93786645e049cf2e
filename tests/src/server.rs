//! An HTTP server on a loopback port that answers from a script and keeps what it was sent.
//!
//! Beside answers it can do what a mock in memory cannot: hang, cut the connection before or in the middle of
//! an answer, take the body and say nothing.

mod http2;

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// `/services/collector/event?x=y`.
    pub path: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl Request {
    /// The header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, decompressed where `content-encoding` says so.
    ///
    /// # Panics
    /// When it is not what it says it is.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match self.header("content-encoding") {
            Some("gzip") => flate2::read::MultiGzDecoder::new(&*self.body)
                .read_to_string(&mut text)
                .map(|_| text)
                .expect("gzip"),
            Some("zstd") => {
                String::from_utf8(zstd::decode_all(&*self.body).expect("zstd")).expect("UTF-8")
            }
            _ => String::from_utf8(self.body.clone()).expect("UTF-8"),
        }
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// Headers beside `content-length`. Over HTTP/2 those of gRPC (`grpc-…`) come behind the body, where there is one.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Closes the connection without a word, the request taken.
    Cut,
    /// Sends the head and half of a body, then closes the connection; over HTTP/2 it resets the stream.
    CutMidBody,
    /// Resets the stream before an answer: HTTP/2's way to refuse a request that it has not looked at. Over HTTP/1 the
    /// connection is closed.
    Reset,
    /// Answers this, its body a byte at a time and so long before each.
    Drip(Duration, Box<Reply>),
    /// Takes the request and answers nothing for so long, then closes.
    Hang(Duration),
    /// Waits, then does the other.
    After(Duration, Box<Reply>),
    /// Waits until somebody says what to do.
    Told(Told),
}

/// Where a server hears what it is to do with requests that wait.
pub type Told = Arc<tokio::sync::Mutex<mpsc::Receiver<Reply>>>;

impl Reply {
    /// An answer with this status and body.
    pub fn status(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::Answer { status, headers: Vec::new(), body: body.into() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        if let Reply::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Script = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// What speaks on a connection.
#[derive(Clone, Copy)]
enum Speaks {
    Http1,
    Http2,
}

/// A connection, encrypted or not.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Wire = Box<dyn Duplex>;

/// A running server; it stops when it is dropped.
pub struct Server {
    scheme: &'static str,
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// A server that asks `script` what to do with each request.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::open(None, Speaks::Http1, Arc::new(script)).await
    }

    /// The same over HTTP/2, from the first byte on: as gRPC is spoken without TLS.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start_http2(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::open(None, Speaks::Http2, Arc::new(script)).await
    }

    /// The same behind TLS. A handshake that fails is no request.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start_tls(
        tls: TlsAcceptor,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::open(Some(tls), Speaks::Http1, Arc::new(script)).await
    }

    async fn open(tls: Option<TlsAcceptor>, speaks: Speaks, script: Script) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let kept = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, script, kept) = (tls.clone(), script.clone(), kept.clone());
                tokio::spawn(async move {
                    let stream: Wire = match tls {
                        None => Box::new(stream),
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Box::new(stream),
                            Err(_) => return,
                        },
                    };
                    match speaks {
                        Speaks::Http1 => serve(stream, script, kept).await,
                        Speaks::Http2 => http2::serve(stream, script, kept).await,
                    }
                });
            }
        });
        Server { scheme, address, seen, task }
    }

    /// A server that gives these replies one after the other, the last one for ever.
    pub async fn replies(replies: impl IntoIterator<Item = Reply>) -> Server {
        let queue = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Server::start(move |_| {
            let mut queue = queue.lock().expect("no test panics holding it");
            match queue.len() {
                0 => Reply::status(200, ""),
                1 => queue[0].clone(),
                _ => queue.pop_front().expect("more than one"),
            }
        })
        .await
    }

    /// `http://127.0.0.1:port`, or `https`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Everything it was sent so far.
    ///
    /// # Panics
    /// When a script panicked.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("no script panicked").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: Wire, script: Script, seen: Arc<Mutex<Vec<Request>>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let reply = script(&request);
        if let Ok(mut seen) = seen.lock() {
            seen.push(request);
        }
        if !perform(&mut stream, reply).await {
            return;
        }
    }
    // What is no HTTP, such as TLS, is told so in HTTP, as web servers do; who has gone does not hear it.
    let _told = stream.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
}

async fn read(stream: &mut BufReader<Wire>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line(stream).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    if request.header("expect").is_some() {
        stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    if request.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        request.body = chunks(stream).await?;
    } else if let Some(length) = request.header("content-length") {
        request.body = vec![0; length.parse().ok()?];
        stream.read_exact(&mut request.body).await.ok()?;
    }
    Some(request)
}

async fn line(stream: &mut BufReader<Wire>) -> Option<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end().to_owned()),
    }
}

async fn chunks(stream: &mut BufReader<Wire>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = usize::from_str_radix(line(stream).await?.split(';').next()?, 16).ok()?;
        let mut chunk = vec![0; size];
        stream.read_exact(&mut chunk).await.ok()?;
        line(stream).await?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk);
    }
}

/// Whether the connection goes on.
async fn perform(stream: &mut BufReader<Wire>, reply: Reply) -> bool {
    match reply {
        Reply::Answer { status, headers, body } => {
            let bytes = [head(status, &headers, body.len()).as_bytes(), &body].concat();
            stream.get_mut().write_all(&bytes).await.is_ok()
                && stream.get_mut().flush().await.is_ok()
        }
        Reply::Cut | Reply::Reset => false,
        Reply::Drip(pause, reply) => drip(stream, pause, *reply).await,
        Reply::CutMidBody => {
            let half = b"HTTP/1.1 200 Scripted\r\ncontent-length: 100\r\n\r\n{\"text\":";
            let _written = stream.get_mut().write_all(half).await;
            let _flushed = stream.get_mut().flush().await;
            false
        }
        Reply::Hang(time) => {
            tokio::time::sleep(time).await;
            false
        }
        Reply::After(time, then) => {
            tokio::time::sleep(time).await;
            Box::pin(perform(stream, *then)).await
        }
        Reply::Told(told) => match told.lock().await.recv().await {
            Some(reply) => Box::pin(perform(stream, reply)).await,
            None => false,
        },
    }
}

async fn drip(stream: &mut BufReader<Wire>, pause: Duration, reply: Reply) -> bool {
    let Reply::Answer { status, headers, body } = reply else {
        return Box::pin(perform(stream, reply)).await;
    };
    let head = head(status, &headers, body.len());
    let stream = stream.get_mut();
    let mut written = stream.write_all(head.as_bytes()).await;
    for byte in body {
        if written.is_err() || stream.flush().await.is_err() {
            return false;
        }
        tokio::time::sleep(pause).await;
        written = stream.write_all(&[byte]).await;
    }
    written.is_ok() && stream.flush().await.is_ok()
}

fn head(status: u16, headers: &[(String, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
    }
    head + "\r\n"
}
