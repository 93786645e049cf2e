//! `vault-export deliver`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use super::SelectArgs;
use super::export::ReadingArgs;

/// What to deliver, and where to.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeliverArgs {
    /// Files, folders, or - for standard input; plain, .gz or .zst. Without any: as `export`
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only this adapter, by id, enabled or not; may be repeated [default: all that are enabled]
    #[arg(long = "adapter", value_name = "ID")]
    pub(crate) adapters: Vec<String>,
    /// Follow the log across rotation until SIGTERM or SIGINT; wait for it if it does not exist; SIGHUP reads the configuration again
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Remember in this folder what each adapter has, so that a restart neither loses nor repeats
    /// [default with --follow: ~/.sanctum/vault-export]
    #[arg(long, value_name = "DIR", env = "VAULT_EXPORT_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Keep what a destination refuses for good in this folder, a file an adapter
    /// [default: dead-letters in the folder of --state]
    #[arg(long, value_name = "DIR")]
    pub(crate) dead_letters: Option<PathBuf>,
    /// Give a destination up after this many seconds without one event delivered; --follow never does
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) give_up_after: u64,
    /// With --follow: keep how each adapter does in this file, as JSON
    #[arg(long, value_name = "FILE", requires = "follow", help_heading = "Following")]
    pub(crate) status: Option<PathBuf>,
    /// With --follow: serve metrics for Prometheus at this address; a port alone is one of 127.0.0.1
    #[arg(long, value_name = "[HOST:]PORT", requires = "follow", help_heading = "Following", value_parser = metrics_address)]
    pub(crate) metrics: Option<SocketAddr>,
    /// With --follow: say how each adapter does every so many seconds; 0: never
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, help_heading = "Following")]
    pub(crate) report_every: u64,
    /// Say what would be delivered, and deliver nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the totals of each adapter as JSON, on standard output, at the end
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

const EXAMPLES: &str = "\
Needs no AWS account, except for adapters that deliver to AWS. Reads credentials from the environment \
variables that the configuration file names.

Examples:
  vault-export deliver --dry-run
  vault-export deliver --since 24h --adapter splunk-prod
  vault-export deliver --since yesterday --until today --timezone local --json
  vault-export deliver audit.log --state /var/lib/vault-export
  vault-export deliver --follow
  vault-export deliver --follow --metrics 9464
  vault-export deliver --follow --status /run/vault-export/status.json
  spl audit export --since 65m | vault-export deliver -";

/// `9464`, `localhost:9464`, `0.0.0.0:9464`, `[::1]:9464`. A port alone is one of loopback.
fn metrics_address(text: &str) -> Result<SocketAddr, &'static str> {
    let loopback = |port: &str| {
        port.parse().ok().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    };
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    loopback(port)
        .or_else(|| text.parse().ok())
        .ok_or("expected a port (of 127.0.0.1), or an IP address and a port such as 10.0.0.5:9464")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_loopback() {
        for (text, expected) in [
            ("9464", "127.0.0.1:9464"),
            (":9464", "127.0.0.1:9464"),
            ("localhost:0", "127.0.0.1:0"),
            ("0.0.0.0:1", "0.0.0.0:1"),
            ("[::1]:9464", "[::1]:9464"),
        ] {
            assert_eq!(metrics_address(text).unwrap().to_string(), expected);
        }
        for wrong in ["", "host", "host:9464", "127.0.0.1", "70000"] {
            assert!(metrics_address(wrong).is_err(), "{wrong}");
        }
    }
}
