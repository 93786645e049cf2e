# Everything this repository does, from a machine with Rust, Python 3.11 and a C compiler.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARCHITECTURE ?= arm64
FUZZ_SECONDS ?= 600
TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARIES ?= dist/binaries
NFPM := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
RUST_VERSION := $(shell sed -n 's/^rust-version = "\(.*\)".*/\1/p' Cargo.toml)
TOOLS := .tools
CONFORM := .venv-conformance/bin/python tests/conformance
LOCALCLOUD := PYTHONPATH=tests .venv/bin/python -m localcloud.demo

.PHONY: help
help: ## Lists what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Builds and deploys everything on this machine, ships sample events, shows what arrived
	@$(MAKE) --no-print-directory --jobs 3 .venv/ready .venv-sam/ready binaries
	@$(LOCALCLOUD) up

.PHONY: binaries
binaries: ## Builds what runs on the local cloud
	@echo "== building the functions and the command line (profile local)"
	@PYTHONPATH=tests $(PYTHON) -m localcloud.binaries

.PHONY: demo-report
demo-report: .venv/ready ## Shows once more what has arrived
	@$(LOCALCLOUD) report

.PHONY: demo-stop
demo-stop: .venv/ready ## Stops what make demo started
	@$(LOCALCLOUD) stop

.PHONY: build
build: .venv-sam/build-ready ## Builds the release functions for Lambda, ARCHITECTURE=arm64 or x86_64
	PATH="$$PWD/.venv-sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build \
	  --parameter-overrides Architecture=$(ARCHITECTURE)
	@echo "next: set your parameters in samconfig.toml, Architecture = \"$(ARCHITECTURE)\" among them, then .venv-sam/bin/sam deploy"

.PHONY: test
test: test-rust test-ocsf test-stack test-e2e ## Runs every test

.PHONY: test-rust
test-rust: ## Unit, golden, property and scripted-server tests
	cargo test --workspace --locked

.PHONY: faults
faults: ## Every destination and the built functions under every fault; test-rust has its core
	FAULTS=whole cargo test --workspace --locked --no-fail-fast --test faults

.PHONY: fuzz
fuzz: ## Mutants of records, bodies, settings, answers, for FUZZ_SECONDS=600; test-rust has some
	FUZZ_SECONDS=$(FUZZ_SECONDS) cargo test --workspace --locked --no-fail-fast --test fuzz -- --nocapture
	FUZZ_SECONDS=$$(($(FUZZ_SECONDS) / 20 + 1)) cargo test --workspace --locked --no-fail-fast --lib answer::fuzz -- --nocapture

.PHONY: test-ocsf
test-ocsf: .venv/ready ## The OCSF golden files against the OCSF schema
	.venv/bin/python -m pytest tests/ocsf

.PHONY: test-stack
test-stack: .venv/ready ## Tests of the template, the modules and the local cloud's own parts
	.venv/bin/python -m pytest tests/stack tests/localcloud tests/release tests/docs

.PHONY: test-e2e
test-e2e: .venv/ready .venv-sam/ready ## The deployed stack on the local cloud, with faults
	.venv/bin/python -m pytest tests/e2e

.PHONY: test-volume
test-volume: .venv/ready .venv-sam/ready ## 100,000 events to every destination at once; takes minutes
	.venv/bin/python -m pytest tests/e2e -m volume -s

.PHONY: conformance
conformance: .venv-conformance/ready ## Against receivers that are not ours; needs Go 1.25, Java 17 and Maven too
	cargo build --locked --package vault-export
	cargo build --locked --package elastic --package otlp --package security-lake --package syslog --examples
	$(CONFORM)/cef.py --program $(TARGET)/debug/vault-export
	$(CONFORM)/webhooks.py --program $(TARGET)/debug/vault-export
	$(CONFORM)/archive.py --program $(TARGET)/debug/vault-export
	$(CONFORM)/parquet.py $(TARGET)/debug/examples/deliver-security-lake --seaweedfs
	$(CONFORM)/otlp.py --binary $(TARGET)/debug/examples/deliver-otlp
	$(CONFORM)/syslog.py --binary $(TARGET)/debug/examples/deliver-syslog --packages $(CURDIR)/.conformance/syslog
	$(CONFORM)/opensearch.py --lib $(CURDIR)/.conformance/opensearch --deliver $(TARGET)/debug/examples/deliver-elastic
	$(CONFORM)/collector.py --program $(TARGET)/debug/vault-export

.PHONY: bench
bench: ## Measures speed, memory and size; BENCH=transform, functions or export for a part
	$(PYTHON) benches/bench.py $(BENCH)

.PHONY: lint
lint: lint-rust lint-stack ## Formatting and lints of everything

.PHONY: lint-rust
lint-rust: ## cargo fmt, clippy and, where it is installed, cargo-deny
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if [ -n "$$(command -v cargo-deny)" ]; then cargo deny check licenses bans sources; \
	  else echo "cargo-deny is not installed: licences, bans and sources were not checked"; fi

.PHONY: lint-stack
lint-stack: .venv/ready .venv-sam/ready ## sam validate, cfn-lint and ruff
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint
	@# sam does not look into nested templates: each is named here.
	.venv/bin/cfn-lint template.yaml $(wildcard infra/*.yaml)
	.venv/bin/ruff check tests packaging samples
	.venv/bin/ruff format --check tests packaging samples

.PHONY: lint-workflows
lint-workflows: $(TOOLS)/actionlint ## The workflows of GitHub; needs Go
	$(TOOLS)/actionlint -no-color

.PHONY: deny
deny: .venv-release/ready ## Licences, bans and sources of every crate
	PATH="$$PWD/.venv-release/bin:$$PATH" cargo deny check licenses bans sources

.PHONY: advisories
advisories: .venv-release/ready ## Known faults of crates; fetches RustSec's database
	PATH="$$PWD/.venv-release/bin:$$PATH" cargo deny check advisories

.PHONY: licences
licences: ## Third-party licences, into dist/THIRD-PARTY-LICENSES.txt
	@mkdir -p dist
	PYTHONPATH=packaging $(PYTHON) -c 'from release import crates, licences; print(licences.page(crates.shipped()))' > dist/THIRD-PARTY-LICENSES.txt

.PHONY: release-binaries
release-binaries: $(if $(filter macos-%,$(PLATFORM)),,.venv-release/ready) ## Release binaries of PLATFORM=lambda-arm64, linux-x86_64, macos-aarch64 …
	PATH="$$PWD/.venv-release/bin:$$PATH" PYTHONPATH=packaging $(PYTHON) -m release.build "$(PLATFORM)" "$(BINARIES)"

.PHONY: terraform
terraform: .venv/ready ## The variables of infra/terraform from the parameters of the templates
	.venv/bin/python packaging/terraform.py --format

.PHONY: toolchain
toolchain: ## The Rust that Cargo.toml names, by rustup; PLATFORM= adds the target that it is compiled for
	rustup toolchain install "$(RUST_VERSION)" --profile minimal --component clippy --component rustfmt
	$(if $(PLATFORM),rustup target add --toolchain "$(RUST_VERSION)" \
	  "$$(PYTHONPATH=packaging $(PYTHON) -m release.platforms "$(PLATFORM)")")

.PHONY: release
release: release-tools ## Packages, template, licences, SBOM, checksums from BINARIES; BUCKET=, SIGN=1, STRICT=1, TAG=
	PYTHONPATH=packaging $(PYTHON) -m release --binaries "$(BINARIES)" --output dist/release --nfpm $(TOOLS)/nfpm \
	  $(if $(BUCKET),--bucket "$(BUCKET)") $(if $(TAG),--tag "$(TAG)") $(if $(SIGN),--sign) $(if $(STRICT),--strict)

.PHONY: release-tools
release-tools: ## nfpm, by Go; without Go `make release` goes on and names what it could not make
	@if [ -n "$$(command -v go)" ]; then $(MAKE) --no-print-directory $(TOOLS)/nfpm; else echo "go is not installed: no nfpm"; fi

.PHONY: release-login
release-login: ## Signs in to the REGISTRY of the image, as REGISTRY_USER with REGISTRY_TOKEN
	@echo "$$REGISTRY_TOKEN" | docker login "$$REGISTRY" --username "$$REGISTRY_USER" --password-stdin

.PHONY: release-image
release-image: ## The container of both processors from dist/release/image; IMAGE=registry/name:tag, PUSH=1
	docker buildx build --platform linux/amd64,linux/arm64 --tag "$(IMAGE)" $(if $(PUSH),--push) \
	  --file dist/release/image/Containerfile dist/release/image

.PHONY: release-image-sign
release-image-sign: ## Signs the pushed IMAGE by cosign, without a key
	cosign sign --yes "$(IMAGE)@$$(docker buildx imagetools inspect "$(IMAGE)" --format '{{.Manifest.Digest}}')"

.PHONY: release-publish
release-publish: ## The files of dist/release as a release of GitHub; TAG=v1.2.3
	gh release create "$(TAG)" --verify-tag --title "$(TAG)" --notes-file CHANGELOG.md \
	  $$(find dist/release -maxdepth 1 -type f)

.PHONY: release-template
release-template: ## Copies dist/release/bucket to $(BUCKET)-REGION of each of REGIONS
	@for region in $(REGIONS); do \
	  aws s3 cp --recursive --only-show-errors --region "$$region" dist/release/bucket/ "s3://$(BUCKET)-$$region/"; done

.PHONY: test-release
test-release: .venv/ready ## What make release makes, from stand-in binaries; the workflows, units, docs, Terraform
	.venv/bin/python -m pytest tests/release tests/docs

.PHONY: clean-local
clean-local: demo-stop ## Removes the virtual environments and the local cloud's files
	rm -rf .venv .venv-sam .venv-conformance .venv-release .tools dist .local-cloud .conformance .aws-sam

.venv/ready: requirements/tools.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.venv-conformance/ready: requirements/conformance.txt
	$(PYTHON) -m venv .venv-conformance
	.venv-conformance/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.venv-release/ready: requirements/release.txt
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(TOOLS)/nfpm:
	GOBIN="$$PWD/$(TOOLS)" go install $(NFPM)

$(TOOLS)/actionlint:
	GOBIN="$$PWD/$(TOOLS)" go install $(ACTIONLINT)

.venv-sam/ready: requirements/sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.venv-sam/build-ready: requirements/build.txt .venv-sam/ready
	.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
