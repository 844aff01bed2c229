#!/usr/bin/env python3
"""Reads our codes with readers that are not ours, and checks their signatures likewise.

    check.py FOLDER [--keys RECORD.json ...] [--variants original,scaled,printed]

FOLDER holds manifest.ndjson, one object a line: {"picture": "NAME.png", "text": "TG1:..."}.
Every picture must read as exactly its text, by zxing-cpp and by zbarimg, in every variant:

    original   as it is
    scaled     to 90 % of its size, as "shrink to fit" does
    printed    at 150 dots an inch of the print size that the file declares

With --keys, the COSE_Sign1 in every text must verify with one of the keys; a record is a JSON
object with "cose_key", the COSE_Key (RFC 9052) in hexadecimal digits, as `key list --json` and
the key store write it.

Prints one line a check. Exit status: 0 all hold, 1 something does not, 2 wrong usage,
77 skipped because a reader or module is missing (said on standard error).
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zlib

SKIPPED = 77
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VARIANTS = ("original", "scaled", "printed")

try:
    import cbor2
    import zxingcpp
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}; pip install -r tests/readers/requirements.txt", file=sys.stderr)
    sys.exit(SKIPPED)


# Pictures.


def vary(picture, variant):
    """A picture as the variant wants it."""
    if variant == "original":
        return picture
    factor = 0.9
    if variant == "printed":
        dots, _ = picture.info.get("dpi") or sys.exit("a picture does not declare its print size")
        factor = 150 / float(dots)
    size = [max(1, round(side * factor)) for side in picture.size]
    return picture.convert("L").resize(size, Image.Resampling.BILINEAR)


def by_zxing(files):
    """The texts that zxing-cpp reads in each file."""
    texts = {}
    for file in files:
        codes = zxingcpp.read_barcodes(Image.open(file).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
        texts[file] = [code.text for code in codes]
    return texts


def by_zbar(files):
    """The texts that zbarimg reads in each file."""
    texts = {file: [] for file in files}
    for start in range(0, len(files), 100):
        command = ["zbarimg", "--quiet", "--xml", "--nodbus", "-Sdisable", "-Sqrcode.enable"]
        run = subprocess.run(command + files[start : start + 100], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # 4: some picture held no code, which the comparison will say.
        if run.returncode not in (0, 4):
            sys.exit(f"zbarimg failed: {run.stderr.decode(errors='replace')}")
        for source in xml.etree.ElementTree.fromstring(run.stdout).iter():
            if source.tag.endswith("source"):
                found = [node.text for node in source.iter() if node.tag.endswith("data")]
                texts[source.attrib["href"]] += found
    return texts


def check_pictures(folder, cases, variant):
    """Counts the pictures that each reader reads exactly; says which it does not."""
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        files = {}
        for number, case in enumerate(cases):
            file = str(pathlib.Path(scratch) / f"{number}.png")
            with Image.open(folder / case["picture"]) as picture:
                vary(picture, variant).save(file)
            files[file] = case
        for name, reader in (("zxing-cpp", by_zxing), ("zbar", by_zbar)):
            texts = reader(list(files))
            wrong = [case["picture"] for file, case in files.items() if texts[file] != [case["text"]]]
            print(f"{name} {variant}: {len(files) - len(wrong)} of {len(files)} read exactly")
            for picture in wrong[:10]:
                print(f"  not read: {picture}")
            failed += len(wrong)
    return failed


# Signatures.


def base45(text):
    """RFC 9285."""
    octets = bytearray()
    for start in range(0, len(text), 3):
        digits = [BASE45.index(character) for character in text[start : start + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        octets += value.to_bytes(len(digits) - 1, "big")
    return bytes(octets)


def public_key(record):
    """(algorithm, key) of a key record."""
    key = cbor2.loads(bytes.fromhex(json.loads(record.read_text())["cose_key"]))
    if key[1] == 1 and key[-1] == 6:
        return -8, ed25519.Ed25519PublicKey.from_public_bytes(key[-2])
    if key[1] == 2 and key[-1] == 1:
        x, y = (int.from_bytes(key[label], "big") for label in (-2, -3))
        return -7, ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if key[1] == 3:
        modulus, exponent = (int.from_bytes(key[label], "big") for label in (-1, -2))
        return -37, rsa.RSAPublicNumbers(exponent, modulus).public_key()
    sys.exit(f"{record}: a key of another kind")


def verify(algorithm, key, message, signature):
    """Raises InvalidSignature."""
    if algorithm == -8:
        key.verify(signature, message)
    elif algorithm == -7:
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    else:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        key.verify(signature, message, pss, hashes.SHA256())


def signed_by_one_of(keys, text):
    """Whether a key of its algorithm signed the COSE_Sign1 message (RFC 9052, 4.4) in a text."""
    frame = base45(text.split(":", 1)[1])
    if frame[0] == 0x78:
        frame = zlib.decompress(frame)
    message = cbor2.loads(frame)
    if message.tag != 18:
        return False
    protected, _, payload, signature = message.value
    algorithm = cbor2.loads(protected)[1]
    covered = cbor2.dumps(["Signature1", protected, b"", payload])
    for kind, key in keys:
        if kind == algorithm:
            try:
                verify(algorithm, key, covered, signature)
                return True
            except InvalidSignature:
                continue
    return False


def check_signatures(cases, records):
    """Counts the texts whose signature holds; says which do not."""
    keys = [public_key(record) for record in records]
    wrong = [case["picture"] for case in cases if not signed_by_one_of(keys, case["text"])]
    print(f"cryptography: {len(cases) - len(wrong)} of {len(cases)} signatures hold")
    for picture in wrong[:10]:
        print(f"  does not hold: {picture}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--keys", type=pathlib.Path, nargs="+", default=[])
    parser.add_argument("--variants", default=",".join(VARIANTS))
    arguments = parser.parse_args()
    variants = arguments.variants.split(",")
    if not set(variants) <= set(VARIANTS):
        parser.error(f"variants are {', '.join(VARIANTS)}")
    if shutil.which("zbarimg") is None:
        print("skipped: no zbarimg; on Debian: apt-get install zbar-tools", file=sys.stderr)
        return SKIPPED
    manifest = arguments.folder / "manifest.ndjson"
    if not manifest.is_file() or not manifest.stat().st_size:
        parser.error(f"{manifest} is missing or empty")
    cases = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    failed = sum(check_pictures(arguments.folder, cases, variant) for variant in variants)
    if arguments.keys:
        failed += check_signatures(cases, arguments.keys)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
