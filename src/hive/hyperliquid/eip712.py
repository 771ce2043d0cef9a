"""Keccak, and the two hashes of EIP-712 that both kinds of signature need."""

from __future__ import annotations

from typing import Final

from sha3 import keccak_256

_DOMAIN_TYPE: Final = (
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)


def keccak(data: bytes) -> bytes:
    """The 32-byte hash Ethereum uses (the one before SHA-3 was standardised)."""
    digest: bytes = keccak_256(data).digest()
    return digest


def type_hash(type_text: str) -> bytes:
    """The hash of a struct type written as `Name(type field,…)`."""
    return keccak(type_text.encode())


def domain_separator(name: str, chain_id: int) -> bytes:
    """The hash of a signing domain of version 1 without a contract, as all of the venue's are."""
    return keccak(
        type_hash(_DOMAIN_TYPE)
        + keccak(name.encode())
        + keccak(b"1")
        + chain_id.to_bytes(32, "big")
        + bytes(32)
    )
