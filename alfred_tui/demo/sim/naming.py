"""Names and hashes in the alphabet that Kubernetes generates names from."""

import json
import random
from typing import Any

# No vowels and none of 0, 1 and 3, so that no words come out (k8s.io/apimachinery/pkg/util/rand).
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def suffix(source: random.Random, length: int = 5) -> str:
    """The random end of a generated name."""
    return "".join(source.choices(_SAFE, k=length))


def safe(text: str) -> str:
    """Any text in the safe alphabet, character by character, as Kubernetes encodes hashes."""
    return "".join(_SAFE[ord(character) % len(_SAFE)] for character in text)


def fnv32a(data: bytes) -> int:
    """The 32-bit FNV-1a hash."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def template_hash(template: Any, collisions: int = 0) -> str:
    """The hash of a pod template, in the form of the label pod-template-hash.

    Kubernetes hashes a dump of its Go types; here it is the canonical JSON, so the values differ from a
    real cluster's while equal templates still give equal hashes.
    """
    text = json.dumps(meaningful(template), sort_keys=True, separators=(",", ":"))
    if collisions:
        text += str(collisions)
    return safe(str(fnv32a(text.encode())))


def meaningful(value: Any) -> Any:
    """A JSON value without nulls and empty lists and, in metadata, empty maps: absent to Kubernetes."""
    if isinstance(value, dict):
        kept = {name: meaningful(item) for name, item in value.items() if item is not None and item != []}
        return {
            name: item
            for name, item in kept.items()
            if item or name not in ("labels", "annotations", "metadata")
        }
    if isinstance(value, list):
        return [meaningful(item) for item in value]
    return value
