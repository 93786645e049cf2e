//! Writes audit events to a lake and says where: for looking at the files, and for `tests/conformance/parquet.py`.
//!
//! ```sh
//! cargo run -p security-lake --example deliver-security-lake -- events.jsonl lake/          # files below a folder
//! AWS_ENDPOINT_URL=http://127.0.0.1:8333 cargo run -p security-lake --example deliver-security-lake -- events.jsonl s3://bucket
//! ```
//!
//! Standard output has the OCSF JSON of every event, a line each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io};

use delivery::config::from_tables;
use delivery::pipeline::{Outcome, Pipeline};
use delivery::tools::Aws;
use delivery::{Export, Tools};
use security_lake::{Config, SecurityLake};
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::event::Event;
use transform::filter::Filter;
use transform::format::Format;
use transform::source::native;

type Error = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err("usage: deliver EVENTS.jsonl FOLDER|s3://BUCKET".into());
    };
    let text = fs::read_to_string(file)?;
    let events = text.lines().map(native::parse).collect::<Result<Vec<_>, _>>()?;
    let outcome = if let Some(bucket) = to.strip_prefix("s3://") {
        deliver(bucket, &Tools::default(), &events).await?
    } else {
        let server = folder(to.into()).await;
        let aws = Aws::from_config(tests::secrets::config(&server.url()));
        deliver("folder", &Tools::new(aws), &events).await?
    };
    write(&events)?;
    if outcome.counts.delivered != u64::try_from(events.len())? {
        return Err(format!("not everything was delivered: {:?}", outcome.verdicts).into());
    }
    Ok(())
}

async fn deliver(bucket: &str, tools: &Tools, events: &[Event<'_>]) -> Result<Outcome, Error> {
    let settings = format!("bucket = \"{bucket}\"\nmax_records = 1000000");
    let export: Export<Config> = from_tables(settings.parse()?, toml::Table::new(), None)?;
    let pipeline = Pipeline::new(SecurityLake::new(export, tools)?, Filter::default(), None);
    Ok(pipeline.run(events, Instant::now() + Duration::from_mins(10)).await)
}

/// An S3 that keeps its objects below a folder.
async fn folder(root: PathBuf) -> Server {
    Server::start(move |request| match keep(&root, request) {
        Ok(()) => Reply::status(200, "").header("etag", "\"0\""),
        Err(error) => Reply::status(500, error.to_string()),
    })
    .await
}

fn keep(root: &Path, request: &Request) -> io::Result<()> {
    let path = request.path.split('?').next().unwrap_or_default().replace("%3D", "=");
    let key = path.trim_start_matches("/folder/");
    let path = root.join(key);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(path, &request.body)
}

fn write(events: &[Event<'_>]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    for event in events {
        let mut line = Vec::new();
        Format::Ocsf.encode(event, &mut line)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}
