"""Random numbers that depend on their purpose and session alone, not on what was drawn before."""

import hashlib
from collections.abc import Iterator

import numpy as np

CHUNK = 4096


def generator(seed: int, purpose: str, session: int = 0) -> np.random.Generator:
    """The generator of one purpose in one session."""
    digest = hashlib.sha256(f"{seed}|{purpose}|{session}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def uniforms(seed: int, purpose: str, session: int = 0) -> Iterator[float]:
    """An endless stream of plain floats in [0, 1): `next` on it is far faster than a scalar draw."""
    random = generator(seed, purpose, session)
    while True:
        yield from random.random(CHUNK).tolist()


def token(random: np.random.Generator, prefix: str) -> str:
    """A random identifier that says nothing about its bearer."""
    return prefix + random.bytes(6).hex()
