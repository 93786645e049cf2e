"""The examples for Kubernetes fit one another and the program."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from localcloud.paths import ROOT

FOLDER = ROOT / "packaging/kubernetes"


def sidecar(name: str) -> tuple[dict[str, Any], list[str]]:
    """The container of an example, and the names of the volumes beside it."""
    read = yaml.safe_load((FOLDER / name).read_text())
    if name.startswith("helm"):
        server = read["server"]
        volumes = [one["name"] for one in server["volumes"]]
        return server["extraContainers"][0], [
            *volumes,
            *(["audit"] if server["auditStorage"]["enabled"] else []),
        ]
    pod = read["spec"]["template"]["spec"]
    return pod["containers"][0], [*(one["name"] for one in pod["volumes"]), "audit"]


NAMES = ["helm-vault-deliver.yaml", "helm-vault-ship.yaml", "statefulset-patch.yaml"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sidecar_has_no_rights_but_those_it_needs(name: str) -> None:
    container, volumes = sidecar(name)
    context = container["securityContext"]
    assert context["runAsNonRoot"] and context["readOnlyRootFilesystem"]
    assert context["allowPrivilegeEscalation"] is False and context["capabilities"]["drop"] == ["ALL"]
    assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)


@pytest.mark.parametrize("name", NAMES)
def test_a_sidecar_reads_what_is_mounted_and_keeps_its_state_with_the_log(name: str) -> None:
    container, _ = sidecar(name)
    paths = [word for word in container["args"] if word.startswith("/")]
    mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
    assert paths == [path for path in paths if any(path.startswith(f"{mount}/") for mount in mounts)]
    state = paths[-1]
    assert not mounts[str(re.sub(r"/[^/]+$", "", state))], "the state is on a volume that can be written to"


def test_the_configuration_is_toml_and_its_credential_is_in_the_secret() -> None:
    documents = {one["kind"]: one for one in yaml.safe_load_all((FOLDER / "config.yaml").read_text())}
    config = tomllib.loads(documents["ConfigMap"]["data"]["config.toml"])
    assert config["export"]["enabled"] is True
    for adapter in config["export"]["adapters"]:
        assert adapter["config"]["token_env"] in documents["Secret"]["stringData"]
