"""Keeps the suite out: this is a package of its own, which test_docs.py installs and tests."""

collect_ignore_glob = ["*"]
