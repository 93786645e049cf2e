"""Syslog against receivers that are not ours: rsyslog (imtcp with TLS, imptcp, imrelp) and syslog-ng, from Debian's packages.

Ten thousand events go over every transport, and each id has to be stored once. Then receivers are stopped and killed in
mid-stream and started again: nothing that was called delivered may be missing. What was not delivered is sent again, as a
queue would.

    python3 tests/conformance/syslog.py [--binary target/debug/examples/deliver-syslog] [--packages .conformance/syslog]

The packages are unpacked into a folder, since Debian installs one of the two at a time; without apt-get and dpkg, what is
installed is used, and what is not is skipped by name. Everything listens on free loopback ports. The exit code is 0 when all
holds.
"""

import argparse
import collections
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = (
    "rsyslog rsyslog-openssl rsyslog-relp librelp0 libestr0 libfastjson4 liblognorm5 "
    "syslog-ng-core libivykis0 libnet1 libpcre3 libwrap0"
).split()
COUNT = 10_000
# An event's id in each format.
ID = re.compile(r'(?:"id":"|"uid":"|externalId=|eventId=)([a-z0-9-]+-[0-9]{5})')
PATIENCE = 30  # seconds

RSYSLOG = """
global(workDirectory="{folder}" defaultNetstreamDriverCAFile="{folder}/ca.pem" DefaultNetstreamDriver="ossl"
  defaultNetstreamDriverCertFile="{folder}/server.pem" defaultNetstreamDriverKeyFile="{folder}/server.key")
# An acknowledgement then says that the file has the message, and not a queue in memory.
main_queue(queue.type="Direct")
module(load="imtcp") module(load="imrelp") module(load="imptcp")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="tls") {{ action(type="omfile" file="{folder}/tls.log" template="raw") }}
ruleset(name="tcp") {{ action(type="omfile" file="{folder}/tcp.log" template="raw") }}
ruleset(name="relp") {{ action(type="omfile" file="{folder}/relp.log" template="raw") }}
ruleset(name="relp+tls") {{ action(type="omfile" file="{folder}/relp+tls.log" template="raw") }}
input(type="imtcp" port="{tls}" address="127.0.0.1" ruleset="tls" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="x509/name" permittedPeer=["client.test"])
input(type="imptcp" port="{tcp}" address="127.0.0.1" ruleset="tcp")
input(type="imrelp" port="{relp}" address="127.0.0.1" ruleset="relp")
input(type="imrelp" port="{relptls}" address="127.0.0.1" ruleset="relp+tls" tls="on" tls.authMode="name"
  tls.permittedPeer=["client.test"] tls.cacert="{folder}/ca.pem" tls.mycert="{folder}/server.pem"
  tls.myprivkey="{folder}/server.key")
"""

SYSLOG_NG = """
@version: 3.38
options {{ keep-hostname(yes); stats-freq(0); }};
source s {{ syslog(ip("127.0.0.1") port({tls}) transport("tls") tls(key-file("{folder}/server.key")
  cert-file("{folder}/server.pem") ca-file("{folder}/ca.pem") peer-verify(required-trusted))); }};
destination d {{ file("{folder}/tls.log" template("${{SDATA}} ${{MSGHDR}}${{MSG}}\\n")); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""


def main():
    arguments = argparse.ArgumentParser(description="syslog against rsyslog and syslog-ng")
    arguments.add_argument("--binary", help="the built example; built with cargo if it is not given")
    arguments.add_argument("--packages", type=pathlib.Path, default=ROOT / ".conformance/syslog")
    given = arguments.parse_args()
    binary = given.binary or build()
    unpack(given.packages)
    for receiver in (Rsyslog, SyslogNg):
        if not receiver.program(given.packages):
            print(
                f"skipped: {receiver.__name__} is not installed, and apt-get and dpkg are not there to unpack it"
            )
            continue
        with tempfile.TemporaryDirectory() as folder:
            receiver(given.packages, pathlib.Path(folder)).conforms(binary)
    print("syslog conforms")


def build():
    subprocess.run(["cargo", "build", "-p", "syslog", "--example", "deliver-syslog"], cwd=ROOT, check=True)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples/deliver-syslog"


def unpack(packages):
    """Debian's packages below a folder, once."""
    if (packages / "usr/sbin/syslog-ng").exists() or not (shutil.which("apt-get") and shutil.which("dpkg")):
        return
    packages.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            got = subprocess.run(
                ["apt-get", "download", package], cwd=folder, capture_output=True, check=False
            )
            if got.returncode != 0:
                print(f"apt-get does not have {package}: {got.stderr.decode()[-200:].strip()}")
        for package in pathlib.Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, packages], check=True)


class Receiver:
    """A receiver with its files in a folder of its own."""

    name = ""
    transports: tuple[tuple[str, str], ...] = ()

    def __init__(self, packages, folder):
        self.packages, self.folder = packages, folder
        self.ports = {name: free_port() for name in ("tls", "tcp", "relp", "relptls")}
        self.process = None
        certificates(folder)

    @classmethod
    def program(cls, packages):
        unpacked = packages / "usr/sbin" / cls.name
        return unpacked if unpacked.exists() else shutil.which(cls.name, path="/usr/sbin:/usr/bin")

    def libraries(self):
        lib = self.packages / "usr/lib"
        places = [
            lib / "x86_64-linux-gnu",
            lib / "aarch64-linux-gnu",
            lib / "syslog-ng",
            lib / "syslog-ng/3.38",
        ]
        return {"LD_LIBRARY_PATH": ":".join(map(str, places))}

    def start(self):
        log = (self.folder / "receiver.out").open("ab")
        environment = {**os.environ, **self.libraries()}
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=log, env=environment, cwd=self.folder
        )
        await_port(self.ports["tls"], self.folder / "receiver.out")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(PATIENCE)

    def address(self, transport):
        return f"{transport}://127.0.0.1:{self.ports[transport.replace('+', '')]}"

    def stored(self, transport):
        """How often each id is stored."""
        log = self.folder / f"{transport}.log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        return collections.Counter(ID.findall(text))

    def conforms(self, binary):
        self.start()
        try:
            for transport, form in self.transports:
                self.takes_everything(binary, transport, form)
            self.keeps_long_events_whole(binary)
            self.refuses_who_shows_no_certificate(binary)
            for transport, how in self.deaths:
                self.loses_nothing(binary, transport, how)
            self.confirms_nothing_when_it_hangs(binary)
        finally:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
                self.process.kill()
            self.process.wait(PATIENCE)

    def takes_everything(self, binary, transport, form):
        case = f"all-{transport.replace('+', '-')}"
        sent = events(case)
        begun = time.monotonic()
        done = Delivery(binary, self, transport, sent, format=form).finish()
        took = time.monotonic() - begun
        expect(
            done.delivered == set(sent), f"{case}: {len(done.delivered)} of {len(sent)}: {done.said[-2000:]}"
        )
        stored = self.awaits(transport, sent)
        once = sum(1 for key in sent if stored[key] == 1)
        expect(once == len(sent), f"{case}: {once} of {len(sent)} are stored once")
        print(f"{self.name}, {transport}, {form}: {once} events stored once each, in {took:.1f} s")

    def keeps_long_events_whole(self, binary):
        sent = events("long", 20)
        for event in sent.values():
            event["message"] = "x" * 1_000
            event["details"] = {f"note{number}": "\u00e9" * 1_000 for number in range(3)}
        done = Delivery(binary, self, "tls", sent, format="flat_json", header="rfc5424").finish()
        expect(done.delivered == set(sent), f"long: {done.said[-2000:]}")
        stored = self.awaits("tls", sent)
        log = (self.folder / "tls.log").read_text(encoding="utf-8", errors="replace").splitlines()
        long = [line for line in log if "long-" in line]
        expect(
            len(long) == len(sent),
            f"long: {len(long)} lines of {len(sent)} events: a message was cut in pieces",
        )
        expect(all(stored[key] == 1 for key in sent), "long: an id is missing")
        expect(
            all(len(line) <= 8_000 and line.endswith("}") and "truncated" in line for line in long),
            "long: a message was cut by the receiver",
        )
        print(
            f"{self.name}: {len(long)} events of 20 KB stored as one message each, shortened to {max(map(len, long))} bytes at most"
        )

    def refuses_who_shows_no_certificate(self, binary):
        sent = events("nocert", 50)
        done = Delivery(binary, self, "tls", sent, certificate=False).finish()
        expect(not done.delivered, "without a client certificate events were called delivered")
        expect("client" in done.said and "certificate" in done.said, f"nocert: {done.said[-1500:]}")
        print(f"{self.name}: without a client certificate nothing is called delivered")

    def loses_nothing(self, binary, transport, how):
        """The receiver dies in mid-stream and comes back; what was not delivered is sent again."""
        case = f"{how.name.lower()}-{transport.replace('+', '-')}"
        sent, delivered, rounds = events(case), set(), 0
        log = self.folder / f"{transport}.log"
        full = log.stat().st_size
        running = Delivery(binary, self, transport, sent, batch_size=50)
        # A message has some 600 bytes: a fifth of them are there.
        wait_until(lambda: log.stat().st_size > full + COUNT // 5 * 600)
        self.stop(how)
        before = len(self.stored(transport).keys() & sent.keys())
        expect(before < COUNT, f"{case}: it was over before the receiver died")
        time.sleep(1)
        self.start()
        while True:
            rounds += 1
            done = running.finish()
            delivered |= done.delivered
            missing = delivered - (self.awaits(transport, delivered).keys() & delivered)
            expect(not missing, f"{case}: {len(missing)} events were called delivered and are missing")
            if delivered == sent.keys() or rounds == 5:
                break
            running = Delivery(binary, self, transport, {key: sent[key] for key in sent.keys() - delivered})
        expect(
            delivered == sent.keys(), f"{case}: {len(delivered)} of {len(sent)} delivered in {rounds} rounds"
        )
        stored = self.stored(transport)
        more = sum(stored[key] - 1 for key in sent)
        print(
            f"{self.name}, {transport}: {how.name} when it had {before} of {len(sent)}: all called delivered are stored, "
            f"in {rounds} rounds, with {more} duplicates"
        )

    def confirms_nothing_when_it_hangs(self, binary):
        """A stopped receiver's system takes bytes; killed, it takes them with it."""
        sent = events("hang", 500)
        self.process.send_signal(signal.SIGSTOP)
        running = Delivery(binary, self, "tls", sent)
        time.sleep(5)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        done = running.finish()
        stored = self.stored("tls")
        lost = [key for key in done.delivered if not stored[key]]
        expect(not lost, f"hang: {len(lost)} events were called delivered and are missing")
        print(
            f"{self.name}: stopped and killed, it stored {sum(stored[key] > 0 for key in sent)} of {len(sent)} events, "
            f"and {len(done.delivered)} were called delivered"
        )

    def awaits(self, transport, keys):
        wait_until(lambda: set(keys) <= self.stored(transport).keys(), patience=5, fails=False)
        return self.stored(transport)


class Rsyslog(Receiver):
    name = "rsyslogd"
    transports = (("tls", "cef"), ("tcp", "flat_json"), ("relp", "leef"), ("relp+tls", "ocsf"))
    deaths = tuple(
        (transport, how) for transport in ("tls", "relp") for how in (signal.SIGTERM, signal.SIGKILL)
    )

    def command(self):
        ports = {name: str(port) for name, port in self.ports.items()}
        config = self.folder / "rsyslog.conf"
        config.write_text(RSYSLOG.format(folder=self.folder, **ports))
        lib = self.packages / "usr/lib"
        modules = [lib / f"{machine}-linux-gnu/rsyslog" for machine in ("x86_64", "aarch64")]
        modules = [str(path) for path in modules if path.exists()]
        more = ["-M", ":".join(modules)] if modules else []
        program = self.program(self.packages)
        (self.folder / "rsyslog.pid").unlink(missing_ok=True)
        return [program, "-n", *more, "-f", config, "-i", self.folder / "rsyslog.pid"]


class SyslogNg(Receiver):
    name = "syslog-ng"
    transports = (("tls", "cef"),)
    # Killed, it takes a queue in memory with it, of which no sender can know.
    deaths = (("tls", signal.SIGTERM),)

    def command(self):
        config = self.folder / "syslog-ng.conf"
        config.write_text(SYSLOG_NG.format(folder=self.folder, **self.ports))
        modules = self.packages / "usr/lib/syslog-ng/3.38"
        more = [f"--module-path={modules}"] if modules.exists() else []
        state = ["-R", self.folder / "persist", "-c", self.folder / "control", "-p", self.folder / "pid"]
        return [self.program(self.packages), "-F", "-f", config, *more, "--no-caps", *state]


class Delivery:
    """A run of the example, under way."""

    def __init__(self, binary, receiver, transport, sent, certificate=True, **settings):
        folder = receiver.folder
        settings = {"format": "cef", "allow_insecure": True, "batch_size": 500} | settings
        if "tls" in transport:
            settings["ca_bundle"] = (folder / "ca.pem").read_text()
        # Every header has the host; 5424 is what syslog-ng's source reads.
        settings.setdefault("header", "rfc5424" if settings["format"] != "leef" else "rfc3164")
        pair = {name: (folder / file).read_text() for name, file in MEMBERS.items()}
        self.secrets = secrets_manager(json.dumps(pair))
        environment = {
            "VAULT_EXPORT_TYPE": "syslog",
            "VAULT_EXPORT_ADDRESS": receiver.address(transport),
            "VAULT_EXPORT_SETTINGS": "\n".join(
                f"{key} = {json.dumps(value)}" for key, value in settings.items()
            ),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.secrets.server_address[1]}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        if "tls" in transport and certificate:
            environment["VAULT_EXPORT_SECRET_ARN"] = (
                "arn:aws:secretsmanager:us-east-1:000000000000:secret:syslog"
            )
        self.input = folder / "input"
        self.input.write_text("".join(json.dumps(event) + "\n" for event in sent.values()))
        self.out, self.err = folder / "delivered", folder / "said"
        with self.input.open() as source, self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen([binary], stdin=source, stdout=out, stderr=err, env=environment)

    def finish(self):
        self.process.wait(180)
        self.secrets.shutdown()
        self.delivered = set(self.out.read_text().split())
        self.said = self.err.read_text()
        return self


MEMBERS = {"client_certificate": "client.pem", "client_key": "client.key"}


def secrets_manager(text):
    """Secrets Manager with one secret, on a loopback port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = {"ARN": "arn", "Name": "secret", "VersionId": "1", "SecretString": text}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def events(case, count=COUNT):
    """Events of the contract by their id, which is short enough for CEF's externalId."""
    return {
        f"{case}-{number:05}": {
            "schema": "vault-audit/1",
            "id": f"{case}-{number:05}",
            "time": "2026-11-20T08:00:00.123456Z",
            "observed_time": "2026-11-20T08:00:01Z",
            "class": "SecretAccess",
            "action": "retrieve",
            "outcome": "success",
            "severity": "Medium",
            "actor": {"id": "agent:ci", "type": "agent"},
            "source": {"product": "sanctum", "instance": "conformance"},
            "resource": {"type": "secret", "path": "payments/stripe"},
        }
        for number in range(count)
    }


def certificates(folder):
    """An authority, a server on loopback, and the client `client.test`."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-subj", "/CN=conformance"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", *ca)
    for name, subject, alternative in (
        ("server", "/CN=server.test", "IP:127.0.0.1"),
        ("client", "/CN=client.test", "DNS:client.test"),
    ):
        (folder / "ext").write_text(f"subjectAltName={alternative}\nbasicConstraints=CA:FALSE\n")
        openssl("req", *new[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext"]
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def await_port(port, log):
    def is_open():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    if not wait_until(is_open, fails=False):
        sys.exit(f"the receiver does not listen: {log.read_text(errors='replace')[-2000:]}")


def wait_until(holds, patience=PATIENCE, fails=True):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.002)
    if fails:
        sys.exit("what was waited for did not happen")
    return False


def expect(holds, otherwise):
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
