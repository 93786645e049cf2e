"""Makes what a release consists of from binaries that are already built: `make release`.

In: a folder with one folder for each platform (`platforms.PLATFORMS`). Out: a folder with archives, packages,
the installable template, licences, bill of materials, provenance and checksums. The same binaries and commit
give the same bytes: times are those of the commit, owners are root, names are sorted.
"""
