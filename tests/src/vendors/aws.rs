//! S3 and STS.

use arrow_array::cast::AsArray;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::server::Reply;

pub(super) fn stored() -> Reply {
    Reply::status(200, "").header("etag", "\"0\"")
}

/// S3's refusal.
pub(super) fn refuses(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    Reply::status(status, body).header("content-type", "application/xml")
}

/// STS's answer to `AssumeRole`, with this access key.
pub(super) fn session(access_key: &str) -> Reply {
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{access_key}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>r:s\
         </AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/Export/s</Arn></AssumedRoleUser>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    Reply::status(200, body).header("content-type", "text/xml")
}

/// STS's refusal.
pub(super) fn no_session(code: &str) -> Reply {
    let error =
        format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>");
    let body = format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>");
    let status = if code == "AccessDenied" { 403 } else { 400 };
    Reply::status(status, body).header("content-type", "text/xml")
}

/// The ids in a Parquet file of OCSF: `metadata.uid` of each row.
pub(super) fn ids(file: &[u8]) -> Vec<String> {
    let Ok(file) = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(file)) else {
        return Vec::new();
    };
    let batches = file.build().expect("a reader").map(|batch| batch.expect("rows"));
    let of_batch = |batch: arrow_array::RecordBatch| {
        let metadata = batch.column_by_name("metadata").expect("metadata").as_struct();
        let uids = metadata.column_by_name("uid").expect("uid").as_string::<i32>();
        uids.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    };
    batches.flat_map(of_batch).collect()
}
