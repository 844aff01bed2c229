"""Reads the same texts in Python: readers.py PROGRAM, where PROGRAM --cases prints them.

By cryptography and cbor2 with a lean frame, and by cwt, where they are installed (tests/readers/requirements.txt).
"""

import json
import statistics
import subprocess
import sys
import time
import zlib

DIGITS = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}


def missing(name):
    print(f"! NOT MEASURED: PyPI {name}\n    install it by: pip install -r tests/readers/requirements.txt")


def message(text):
    digits = [DIGITS[character] for character in text[4:]]
    octets = bytearray()
    for at in range(0, len(digits) - 2, 3):
        octets += (digits[at] + 45 * digits[at + 1] + 2025 * digits[at + 2]).to_bytes(2, "big")
    if len(digits) % 3:
        octets.append(digits[-2] + 45 * digits[-1])
    return zlib.decompress(octets) if octets[0] == 0x78 else bytes(octets)


def lean(one):
    import cbor2
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

    raw = bytes.fromhex(one["key"])
    if one["algorithm"] == "ES256":
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    else:
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw)

    def read():
        header, _, payload, signature = cbor2.loads(message(one["text"])).value
        signed = cbor2.dumps(["Signature1", header, b"", payload])
        if one["algorithm"] == "ES256":
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(signature, signed)
        return cbor2.loads(payload)

    return read


def by_cwt(one):
    import cwt

    key = cwt.COSEKey.new(
        {1: 2, 2: bytes.fromhex(one["kid"]), 3: -7, -1: 1, -2: bytes.fromhex(one["key"])[1:33], -3: bytes.fromhex(one["key"])[33:]}
        if one["algorithm"] == "ES256"
        else {1: 1, 2: bytes.fromhex(one["kid"])[:4], 3: -8, -1: 6, -2: bytes.fromhex(one["key"])}
    )
    cose = cwt.COSE.new()
    return lambda: cose.decode(message(one["text"]), key)


def main(program):
    printed = subprocess.run([program, "--cases"], check=True, capture_output=True, text=True).stdout
    cases = [case for case in map(json.loads, printed.splitlines()) if case["text"][:4] in ("HC1:", "TG1:")]
    print(f"\nReaders in Python {sys.version.split()[0]}, text to payload")
    for name, reader in (("cryptography and cbor2", lean), ("cwt", by_cwt)):
        for case in cases:
            try:
                read = reader(case)
            except ImportError:
                missing(name)
                break
            samples = []
            for round_ in range(-2, 15):
                begun = time.thread_time()
                for _ in range(100):
                    read()
                if round_ >= 0:
                    samples.append((time.thread_time() - begun) * 1e6 / 100)
            print(f"  {case['name'] + ', Python with ' + name:<52} {statistics.median(samples):>11.2f} µs")


main(sys.argv[1])
