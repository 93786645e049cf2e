"""The local cloud: the very stack that users deploy, on one machine, without Docker or an AWS account.

It is below `tests/` because nothing of it is deployed: the demo and the end-to-end tests share it.

    binaries    builds the functions and lays them out as `sam build` does
    ministack   the emulated AWS: starts it, stops it, makes clients for it
    deployment  secrets, bucket, `sam deploy` of template.yaml, outputs
    destinations every destination with its receiver, secret and parameters
    receivers   answer as the vendors do, or as told
    schedule    calls the function that has no queue polled for it
    shipping    sends source lines to the ingest queue
    ledger      what arrived, what is parked, what is still queued
    demo        `make demo` and `make demo-stop`
"""
