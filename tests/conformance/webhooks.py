#!/usr/bin/env python3
"""Signatures of webhooks, verified by the library of the Standard Webhooks specification.

    .venv-conformance/bin/python tests/conformance/webhooks.py [--program vault-export]
"""

import argparse
import base64
import json
import pathlib
import sys
import tempfile

import program
from program import ROOT, Failed, deliver, same
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

sys.path.insert(0, str(ROOT / "tests"))
from localcloud.receivers import Webhook  # noqa: E402 - found by the line above

EVENTS = 200
CURRENT, PREVIOUS, OTHER = (
    "whsec_" + base64.b64encode(f"the {word} secret of this run".encode()).decode()
    for word in ("current", "previous", "another")
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, help="the built vault-export")
    binary = parser.parse_args().program or program.built()
    with tempfile.TemporaryDirectory(prefix="conformance-webhooks-") as name:
        try:
            for body in ("event", "envelope"):
                signed(binary, pathlib.Path(name), body)
        except Failed as failure:
            print(f"FAILED  {failure}", file=sys.stderr)
            return 1
    return 0


def signed(binary, folder, body):
    """Both secrets of a rotation verify every request, another one does not."""
    receiver, case = Webhook(CURRENT), f"webhook-{body}"
    secret = {"url": receiver.address, "signing_secret": CURRENT, "signing_secret_previous": PREVIOUS}
    settings = {"type": "webhook", "secret_env": "HOOK", "body": body, "allow_insecure": True}
    sent = deliver(binary, folder, case, settings, EVENTS, HOOK=json.dumps(secret))
    same(case, sent, receiver.ids())
    for request in receiver.requests:
        Verifier(PREVIOUS).verify(request.decoded(), request.headers)
        try:
            Verifier(OTHER).verify(request.decoded(), request.headers)
        except WebhookVerificationError:
            continue
        raise Failed(f"{case}: a signature holds for a secret that it was not made with")
    print(f"ok  {case}: {len(receiver.requests)} signatures hold for both secrets of a rotation, for no other")
    receiver.close()


if __name__ == "__main__":
    sys.exit(main())
