//! The destination against S3, STS and SQS on real sockets.

mod drain;
mod keys;
mod role;

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use bytes::Bytes;
use delivery::config::from_tables;
use delivery::destination::Destination;
use delivery::outcome::{Answer, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use delivery::tools::Aws;
use delivery::{Export, Tools};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tests::server::{Reply, Request, Server};
use tokio::time::Instant;
use transform::batch::Encoded;
use transform::event::{Event, Time};
use transform::filter::Filter;
use transform::source::native;

use crate::SecurityLake;
use crate::config::Config;

const SAMPLES: &str = include_str!("../../../shared/transform/tests/samples/classes.jsonl");

/// A lake behind this AWS, with these lines of `config.toml` more.
fn lake(aws: SdkConfig, settings: &str) -> SecurityLake {
    let table = format!("bucket = \"lake\"\n{settings}");
    let export: Export<Config> =
        from_tables(table.parse().unwrap(), toml::Table::new(), None).unwrap();
    SecurityLake::new(export, &Tools::new(Aws::from_config(aws))).unwrap()
}

/// A lake behind an AWS whose every service is this server.
async fn at(server: &Server, settings: &str) -> SecurityLake {
    let aws = delivery::tools::loader()
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIAOWN", "secret", None, None, "test"))
        .endpoint_url(server.url())
        .load()
        .await;
    lake(aws, settings)
}

/// The sample whose id begins so, under another id and time.
fn event(sample: &str, id: &str, time: &str) -> Event<'static> {
    let line = SAMPLES.lines().find(|line| line.contains(&format!("\"id\":\"{sample}")));
    let mut event = native::parse(line.unwrap()).unwrap();
    event.id = id.to_owned().into();
    event.time = Time::parse(time).unwrap();
    event
}

async fn deliver(lake: &SecurityLake, events: &[Event<'_>]) -> Answer {
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        let partition = lake.partition(event);
        encoded.try_push(position, event, partition, |out| lake.encode(event, out)).unwrap();
    }
    lake.deliver(&encoded.whole().unwrap()).await
}

async fn run(lake: SecurityLake, events: &[Event<'_>]) -> Outcome {
    let pipeline = Pipeline::new(lake, Filter::default(), None);
    pipeline.run(events, Instant::now() + Duration::from_secs(30)).await
}

fn stored() -> Reply {
    Reply::status(200, "").header("etag", "\"0\"")
}

/// S3's answer to what it refuses.
fn refuses(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>CANARY</Message></Error>");
    Reply::status(status, body).header("content-type", "application/xml")
}

fn puts(server: &Server) -> Vec<Request> {
    server.requests().into_iter().filter(|request| request.method == "PUT").collect()
}

fn key(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap();
    path.strip_prefix("/lake/").unwrap().replace("%3D", "=")
}

/// The folders that were written to, and how many rows there are.
fn folders(server: &Server) -> Vec<(String, usize)> {
    let mut folders: Vec<(String, usize)> = puts(server)
        .iter()
        .map(|put| (key(put).rsplit_once('/').unwrap().0.to_owned(), rows(&put.body)))
        .collect();
    folders.sort();
    folders
}

fn rows(body: &[u8]) -> usize {
    let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(body)).unwrap();
    file.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum()
}

fn is_retry(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Retry { .. })
}
