"""The licences of others, as their authors ask: each text once, below the crates that it is of."""

from .crates import Graph

HEAD = """Third-party licences of vault-export

The programs contain the crates below. Each text is given once, after the crates that come with it.
"""
RULE = "=" * 100


def page(graph: Graph) -> str:
    """The whole page. Crates without a text of their own stand at the end, with their SPDX expressions."""
    crates_of: dict[str, list[str]] = {}
    bare = []
    for crate in graph.crates:
        texts = crate.texts()
        for text in texts:
            crates_of.setdefault(text, []).append(f"{crate.name} {crate.version} ({crate.licence})")
        if not texts:
            bare.append(f"{crate.name} {crate.version} ({crate.licence}) {crate.repository}".rstrip())
    parts = [HEAD]
    for text, names in sorted(crates_of.items(), key=lambda item: item[1]):
        parts += [RULE, "\n".join(names), "", text, ""]
    if bare:
        parts += [RULE, "Without a text in their sources; the repository has it:", "", *bare, ""]
    return "\n".join(parts)
