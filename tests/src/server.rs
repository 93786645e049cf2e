//! An HTTP server on a loopback port that answers from a script and keeps what it was sent.
//!
//! Beside answers it can do what a mock in memory cannot: hang, cut the connection before or in the middle of
//! an answer, take the body and say nothing.

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
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
        /// Headers beside `content-length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Closes the connection without a word, the request taken.
    Cut,
    /// Sends the head and half of a body, then closes the connection.
    CutMidBody,
    /// Takes the request and answers nothing for so long, then closes.
    Hang(Duration),
    /// Waits, then does the other.
    After(Duration, Box<Reply>),
}

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
        Server::open(None, Arc::new(script)).await
    }

    /// The same behind TLS. A handshake that fails is no request.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start_tls(
        tls: TlsAcceptor,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::open(Some(tls), Arc::new(script)).await
    }

    async fn open(tls: Option<TlsAcceptor>, script: Script) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let kept = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, script, kept) = (tls.clone(), script.clone(), kept.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(Box::new(stream), script, kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(Box::new(stream), script, kept).await;
                            }
                        }
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
            let mut answer =
                format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                answer.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
            }
            answer.push_str("\r\n");
            let bytes = [answer.as_bytes(), &body].concat();
            stream.get_mut().write_all(&bytes).await.is_ok()
                && stream.get_mut().flush().await.is_ok()
        }
        Reply::Cut => false,
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
    }
}
