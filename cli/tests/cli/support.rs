//! A home folder of its own for each test, the binary in it, and events to feed it with.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_vault-export");

/// A place where nothing of the machine's own configuration is seen.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
    }

    pub(crate) fn append(&self, name: &str, content: &str) {
        let mut file =
            std::fs::OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command that sees this place as its home and its working folder, and no AWS account.
    pub(crate) fn command(&self, program: &str) -> Command {
        let folder = Path::new(BINARY).parent().unwrap();
        let path = format!("{}:{}", folder.display(), std::env::var_os("PATH").unwrap().display());
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> End {
        self.run_with(arguments, "")
    }

    /// Runs the binary with this on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> End {
        let mut command = self.command(BINARY);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = stdin.as_ref().to_vec();
        let feeder = std::thread::spawn(move || drop(pipe.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        End::of(&output)
    }

    /// Runs a line of a guide, as a shell does.
    pub(crate) fn shell(&self, line: &str) -> End {
        let output = self.command("sh").arg("-c").arg(line).output().unwrap();
        End::of(&output)
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl End {
    pub(crate) fn of(output: &Output) -> End {
        End {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// The ids of the contract events on standard output, one a line.
    pub(crate) fn ids(&self) -> Vec<String> {
        ids(&self.stdout)
    }

    pub(crate) fn done(self) -> End {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }
}

/// Every line as JSON.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ids of events, one a line.
pub(crate) fn ids(text: &str) -> Vec<String> {
    lines(text).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// One contract event on a line.
pub(crate) fn event(id: &str) -> String {
    event_at(id, "2026-02-14T22:30:01.482913Z")
}

/// One contract event of this moment.
pub(crate) fn event_at(id: &str, time: &str) -> String {
    format!(
        r#"{{"schema":"vault-audit/1","id":"{id}","time":"{time}","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:cursor","type":"agent"}},"source":{{"product":"sanctum","instance":"vault-1","host":"h1"}},"resource":{{"type":"secret","path":"openai/api_key"}},"labels":{{"env":"production"}}}}"#
    ) + "\n"
}

/// Events with the ids `{prefix}{from}` to before `{prefix}{to}`.
pub(crate) fn events(prefix: &str, numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| event(&format!("{prefix}{number}"))).collect()
}

/// The ids that [`events`] gives.
pub(crate) fn names(prefix: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{prefix}{number}")).collect()
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

/// Says that something was not tried, past the harness, which shows nothing of a test that passes.
pub(crate) fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
