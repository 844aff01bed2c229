#!/usr/bin/env python3
"""Reads our certificates with libraries that are not ours, and compares what they find.

    families.py FOLDER

FOLDER holds families.ndjson, one object a line:

    {"format": "eu-dcc", "generation": 1, "text": "HC1:...", "kid": "c3...", "cose_key": "a5...", "expected": {...}}

with "kid" as messages name the key and "cose_key", the signer's COSE_Key (RFC 9052), in hexadecimal digits, or for
vds-nc "anchor", the CSCA certificate in DER as base64. "generation" is of icvp. `expected` holds what the register
says: "family" and "given" (of the machine-readable zone, words apart by <), "birth", "sex" (ISO 5218),
"nationality", "document", and "doses" with "date", "number", "lot" and the codes of each family; and who issues:
"country" and "state" (ISO 3166-1, two letters and three), "office", "signer".

    eu-dcc   by cwt (signature, claims, health certificate)
    icvp     by cbor2 and cryptography
    vds-nc   by rfc8785 and cryptography, with the signer's certificate under its CSCA

Prints one line a family. Exit status: 0 all hold, 1 something does not, 2 wrong usage,
77 skipped because a module is missing (said on standard error).
"""

import argparse
import base64
import json
import pathlib
import sys
import zlib

SKIPPED = 77
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

try:
    import cbor2
    import cwt
    import rfc8785
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils
except ImportError as missing:
    print(f"skipped: {missing}; pip install -r tests/readers/requirements.txt", file=sys.stderr)
    sys.exit(SKIPPED)


class Wrong(Exception):
    """What a certificate says is not what the register does, or its signature does not hold."""


def same(what, found, expected):
    if found != expected:
        raise Wrong(f"{what}: {found!r}, not {expected!r}")


def base45(text):
    """RFC 9285."""
    octets = bytearray()
    for start in range(0, len(text), 3):
        digits = [BASE45.index(character) for character in text[start : start + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        octets += value.to_bytes(len(digits) - 1, "big")
    return bytes(octets)


def hcert_message(text):
    if not text.startswith("HC1:"):
        raise Wrong("no HC1: in front")
    return zlib.decompress(base45(text[4:]))


def check_ecdsa(key, signature, message):
    half = len(signature) // 2
    same("signature's length", len(signature), 64)
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Wrong("the signature does not hold") from error


def eu_dcc(case):
    """By the library cwt, which knows the EU's certificates."""
    message = hcert_message(case["text"])
    protected = cbor2.loads(cbor2.loads(message).value[0])
    same("kid", protected[4].hex(), case["kid"])
    key = cbor2.loads(bytes.fromhex(case["cose_key"]))
    key |= {2: bytes.fromhex(case["kid"]), 3: -7}
    try:
        claims = cwt.decode(message, cwt.COSEKey.new(key))
    except Exception as error:
        raise Wrong(f"cwt refuses it: {error}") from error
    expected = case["expected"]
    certificate = claims[-260][1]
    same("family name", certificate["nam"].get("fnt", ""), expected["family"])
    same("given names", certificate["nam"].get("gnt", ""), expected["given"])
    same("birth date", certificate["dob"], expected["birth"])
    (dose,) = certificate["v"]
    known = [dose for dose in expected["doses"] if dose["eu"]][-1]
    same("date", dose["dt"], known["date"])
    same("codes", {name: dose[name] for name in ("tg", "vp", "mp", "ma")}, known["eu"])
    same("number", (dose["dn"], dose["sd"]), (known["number"], known["number"]))
    same("country", (claims[1], dose["co"]), (expected["country"], expected["country"]))
    same("issuer", dose["is"], expected["office"])


def icvp(case):
    """By cbor2, and the signature by cryptography."""
    message = cbor2.loads(hcert_message(case["text"]))
    same("tag", message.tag, 18)
    protected, _, payload, signature = message.value
    same("header", cbor2.loads(protected), {1: -7, 4: bytes.fromhex(case["kid"])})
    key = cbor2.loads(bytes.fromhex(case["cose_key"]))
    x, y = (int.from_bytes(key[label], "big") for label in (-2, -3))
    covered = cbor2.dumps(["Signature1", protected, b"", payload])
    check_ecdsa(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key(), signature, covered)
    claims = cbor2.loads(payload)
    if not claims[6] < claims[4]:
        raise Wrong("it ends before it begins")
    certificate, expected = claims[-260][-6], case["expected"]
    same("birth date", certificate["dob"], expected["birth"])
    same("name", certificate["n"], f"{expected['family']} {expected['given']}".replace("<", " ").strip())
    same("sex", certificate["s"], {0: "unknown", 1: "male", 2: "female", 9: "other"}[expected["sex"]])
    same("country", claims[1], expected["country"])
    if case["generation"] == 2:
        dose, date, issuer = certificate["vx"], certificate["vx"]["dv"], expected["state"]
        nationality, document = certificate["nt"], (certificate["dt"], certificate["id"])
    else:
        (dose,) = certificate["v"]
        date, issuer = dose["dt"], expected["office"]
        nationality, document = certificate["ntl"], (certificate["ndt"], certificate["nid"])
    same("nationality", nationality, expected["nationality"])
    same("document", document, ("PPN", expected["document"]))
    same("issuer", dose["is"], issuer)
    which = [dose for dose in expected["doses"] if dose["who"] and dose["date"] == date]
    if not which:
        raise Wrong(f"no dose of {date}")
    if (dose["vp"], dose["bo"]) not in [(one["who"], one["lot"]) for one in which]:
        raise Wrong(f"another dose: {dose['vp']} {dose['bo']}")


def base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def vds_nc(case):
    """Canonical form by rfc8785, signature and chain by cryptography."""
    seal = json.loads(case["text"])
    data, sig = seal["data"], seal["sig"]
    same("algorithm", sig["alg"], "ES256")
    signer = x509.load_der_x509_certificate(base64url(sig["cer"]))
    csca = x509.load_der_x509_certificate(base64.b64decode(case["anchor"]))
    signer.verify_directly_issued_by(csca)
    check_ecdsa(signer.public_key(), base64url(sig["sigvl"]), rfc8785.dumps(data))
    expected = case["expected"]
    message = data["msg"]
    same("header", data["hdr"], {"t": "icao.vacc", "v": 1, "is": expected["state"]})
    person = message["pid"]
    name = f"{expected['family']}  {expected['given']}".replace("<", " ").strip()[:39].rstrip()
    same("name", person["n"], name)
    same("birth date", person["dob"], expected["birth"])
    same("document", person["i"], expected["document"])
    same("sex", person.get("sex"), {1: "M", 2: "F", 9: "X"}.get(expected["sex"]))
    found = [(event["des"], event["nam"], event.get("dis"), dose) for event in message["ve"] for dose in event["vd"]]
    place = {"ctr": expected["state"], "adm": expected["signer"]}
    wanted = [
        (d["icd11"], d["name"], d["disease"], {"dvc": d["date"], "seq": d["number"], "lot": d["lot"], **place})
        for d in expected["doses"]
        if d["icd11"]
    ]
    same("doses", found, wanted)


READERS = {"eu-dcc": eu_dcc, "icvp": icvp, "vds-nc": vds_nc}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    lines = (folder / "families.ndjson").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    failed = 0
    for family, read in READERS.items():
        wrong = []
        of_family = [case for case in cases if case["format"] == family]
        for place, case in enumerate(of_family):
            try:
                read(case)
            except Exception as error:  # whatever a library raises, the certificate was not read
                wrong.append(f"  {place}: {type(error).__name__}: {error}")
        print(f"{family}: {len(of_family) - len(wrong)} of {len(of_family)} read and verified")
        for line in wrong[:10]:
            print(line)
        failed += len(wrong) + (not of_family)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
