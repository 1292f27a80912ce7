"""Faults of the network on purpose: a TCP proxy with Toxiproxy's toxics, and two for HTTP."""

from sendoff.testing.faults.catalogue import (
    TOXICS,
    Bandwidth,
    CutAnswer,
    Down,
    Latency,
    LimitData,
    LostAnswer,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
)
from sendoff.testing.faults.proxy import FaultProxy
from sendoff.testing.faults.spec import describe_toxics, parse_toxic, write_toxic
from sendoff.testing.faults.toxic import Toxic, attributes

__all__ = [
    "TOXICS",
    "Bandwidth",
    "CutAnswer",
    "Down",
    "FaultProxy",
    "Latency",
    "LimitData",
    "LostAnswer",
    "ResetPeer",
    "Slicer",
    "SlowClose",
    "Timeout",
    "Toxic",
    "attributes",
    "describe_toxics",
    "parse_toxic",
    "write_toxic",
]
