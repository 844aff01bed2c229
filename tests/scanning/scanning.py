"""`cargo xtask bench scanning`: the reader of codes beside zxing-cpp and zxing-wasm, on pictures that a seed makes.

    scanning.py --tool QR_CORPUS.PY --seed N --work FOLDER --frames PROGRAM --module MODULE.JS --modules NODE_MODULES

PROGRAM is the example `frames` of the crate tegata-reader, MODULE.JS what bindgen wrote of tegata-wasm-reader,
NODE_MODULES holds zxing-wasm; zxing-cpp is this Python's. All read the same pixels in one run. What binds is a ratio of
two things of this run, or a share of pictures; times are printed, because machines are shared and noisy.
Exit status: 0 all held, 1 something did not.
"""

import argparse
import collections
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import cv2
import numpy
import zxingcpp

LEVELS = ("easy", "medium", "hard")
KINDS = ("invert", "mirror", "logo", "two")
# Clips of a hand that brings a code to a camera: each version in four qualities.
VERSIONS = (6, 10, 14, 18, 22)
HARDNESS = (0.1, 0.25, 0.4, 0.55)
SECONDS, FRAMES_PER_SECOND = 4, 10
# What a page may spend on reading codes, in bytes after gzip.
MODULE_MAX = 90_000
# In the pictures of two codes one is a link.
OTHER_CODE = "https://example.org/help/"


class Table:
    """As the other benchmarks print it."""

    def __init__(self):
        self.broken = 0

    def heading(self, text):
        print(f"\n{text}", flush=True)

    def figure(self, name, figure):
        print(f"  {name:<52} {figure:>14}", flush=True)

    def ratio(self, name, figure, ratio, of, at_least=None, at_most=None):
        held = (at_least is None or ratio >= at_least) and (at_most is None or ratio <= at_most)
        bound = f"≥ {at_least:.2f}" if at_least is not None else f"≤ {at_most:.2f}" if at_most is not None else ""
        self.broken += not held
        word = "" if not bound else "holds" if held else "BROKEN"
        print(f"  {name:<52} {figure:>14}   {ratio:>6.3f} × {of:<34} {bound:<7} {word}", flush=True)

    def close(self):
        print(f"\n{'Everything holds.' if not self.broken else f'{self.broken} bounds are BROKEN.'}")


def corpus(tool, seed, folder):
    """The pictures of a seed, made unless they are there."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        print(f"Making 456 pictures in {folder} (some minutes) …", flush=True)
        made = folder.with_name(folder.name + ".part")
        command = [sys.executable, tool, "--out", made, "--seed", str(seed), "--format", "pgm"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        made.rename(folder)
    return [json.loads(line) for line in manifest.read_text().splitlines()]


def clips(tool, seed, folder):
    """The clips of a seed, made unless they are there, with the text of each."""
    folder.mkdir(exist_ok=True)
    wanted = [(version, hardness) for version in VERSIONS for hardness in HARDNESS]
    paths = [folder / f"v{version:02}-{hardness}.y4m" for version, hardness in wanted]
    jobs = []
    for at, (path, (version, hardness)) in enumerate(zip(paths, wanted)):
        if path.with_name(path.name + ".jsonl").is_file():
            continue
        if not jobs:
            print(f"Making {len(wanted)} clips in {folder} (some minutes) …", flush=True)
        command = [sys.executable, tool, "--video", path, "--seed", str(1000 * seed + at), "--version", str(version)]
        command += ["--hardness", str(hardness), "--seconds", str(SECONDS), "--fps", str(FRAMES_PER_SECOND)]
        jobs.append(subprocess.Popen(command))
        if len(jobs) % (os.cpu_count() or 1) == 0:
            done(jobs)
    done(jobs)
    return {path.name: json.loads(path.with_name(path.name + ".jsonl").open().readline())["payload"] for path in paths}


def done(jobs):
    for job in jobs:
        if job.wait():
            sys.exit("a clip could not be made")


def lines(command, paths=None):
    """The lines of JSON that a reader writes."""
    text = None if paths is None else "\n".join(map(str, paths))
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, input=text, encoding="utf-8")
    return [json.loads(line) for line in result.stdout.splitlines()]


def zxing_cpp(grey):
    begun = time.perf_counter()
    codes = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    return {"texts": [code.text for code in codes], "ms": (time.perf_counter() - begun) * 1e3}


def frames(path):
    """The grey pixels of a clip's frames."""
    data = path.read_bytes()
    head = data.index(b"\n") + 1
    sides = {word[:1]: int(word[1:]) for word in data[:head].split() if word[:1] in b"WH"}
    width, height = sides[b"W"], sides[b"H"]
    size = width * height + 2 * -(-width // 2) * -(-height // 2)
    at = head + len(b"FRAME\n")
    while at + size <= len(data):
        yield numpy.frombuffer(data, numpy.uint8, width * height, at).reshape(height, width)
        at += size + len(b"FRAME\n")


class Score:
    """How one reader did on the pictures."""

    def __init__(self, pictures, found):
        self.read = collections.defaultdict(list)
        self.wrong = []
        for picture in pictures:
            texts, payload, level = found[picture["file"]]["texts"], picture["payload"], picture["level"]
            wrong = [text for text in texts if text != payload and not text.startswith(OTHER_CODE)]
            self.wrong += [picture["file"]] * len(wrong)
            if payload is not None:
                self.read[picture["scenario"] if level == "special" else level].append(payload in texts)

    def share(self, *levels):
        read = [one for level in levels for one in self.read[level]]
        return sum(read) / max(len(read), 1)

    def of_all(self):
        return self.share(*LEVELS)


def percent(share):
    return f"{100 * share:.1f} %"


def middle(times, part=0.5):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def readings(table, scores):
    """Shares of pictures read, and what they must be."""
    for name, score in scores.items():
        table.heading(f"Pictures read: {name}")
        table.figure("easy · medium · hard", " · ".join(percent(score.share(level)) for level in LEVELS))
        table.figure(" · ".join(KINDS), " · ".join(percent(score.share(kind)) for kind in KINDS))
    table.heading("Pictures read, beside the yardsticks")
    for name, yardstick in (
        ("native, a picture", "zxing-cpp"),
        ("native, a camera's first frame", "zxing-cpp"),
        ("wasm, a picture", "zxing-wasm"),
        ("wasm, a camera's first frame", "zxing-wasm"),
    ):
        ours, theirs = scores[name].of_all(), scores[yardstick].of_all()
        table.ratio(name, percent(ours), ours / theirs, f"{yardstick}'s {percent(theirs)}", at_least=0.97)
    for name in ("native, a picture", "wasm, a picture"):
        easy = scores[name].share("easy")
        table.ratio(f"{name}: easy ones", percent(easy), easy, "all", at_least=0.99)
    for name, score in scores.items():
        if name.startswith("zxing"):
            table.figure(f"{name}: wrong texts", str(len(score.wrong)))
        else:
            wrong = len(score.wrong)
            table.ratio(f"{name}: wrong texts", str(wrong), wrong, f"1 text {', '.join(score.wrong)}", at_most=0)


def times(table, pictures, in_node):
    """What a frame costs in wasm."""
    table.heading("A frame of 1280 × 720 in wasm, in Node (least of five looks in turns)")
    sets = {
        "all frames": lambda picture: picture["h"] == 720,
        "without a code": lambda picture: picture["h"] == 720 and picture["level"] == "none",
    }
    for name, wanted in sets.items():
        found = [in_node[picture["file"]] for picture in pictures if wanted(picture)]
        ours, theirs = ([one[reader]["ms"] for one in found] for reader in ("live", "zxing"))
        mean = [sum(one) / len(one) for one in (ours, theirs)]
        bound = 1.1 if name == "all frames" else None
        for measure, (a, b) in {
            "median": (middle(ours), middle(theirs)),
            "mean": mean,
            "95th percentile": (middle(ours, 0.95), middle(theirs, 0.95)),
        }.items():
            held = bound if measure != "95th percentile" else None
            table.ratio(f"{name}, {measure}", f"{a:.2f} ms", a / b, f"zxing-wasm's {b:.2f} ms", at_most=held)
    still = [in_node[picture["file"]]["still"]["ms"] for picture in pictures if picture["h"] == 720]
    table.figure("a picture of this size, median · 95th percentile", f"{middle(still):.0f} · {middle(still, 0.95):.0f} ms")


def camera(table, texts, found):
    """Clips: each must be read before it ends."""
    table.heading(f"Camera: {len(texts)} clips of {SECONDS} s, {FRAMES_PER_SECOND} frames a second, 1280 × 720")
    first = {}
    for name, of_clip in found.items():
        first[name] = {
            clip: next((at for at, one in enumerate(of_clip[clip]) if text in one), None) for clip, text in texts.items()
        }
        read = [clip for clip in texts if first[name][clip] is not None]
        lost = ", ".join(sorted(set(texts) - set(read)))
        bound = None if name == "zxing-cpp" else 1
        table.ratio(f"{name}: clips read", f"{len(read)}", len(read) / len(texts), f"{len(texts)} {lost}", at_least=bound)
    for name in ("native", "wasm"):
        pairs = [(first[name][clip], first["zxing-cpp"][clip]) for clip in texts]
        later = [ours - theirs for ours, theirs in pairs if None not in (ours, theirs)]
        table.figure(f"{name}: frames after zxing-cpp, median · most", f"{middle(later)} · {max(later, default=0)}")


def weight(table, wasm):
    table.heading("Size")
    size = len(gzip.compress(wasm.read_bytes(), 9))
    table.ratio("the reader's module, by gzip", f"{size:,} B", size / MODULE_MAX, f"{MODULE_MAX:,} B", at_most=1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("tool", "work", "frames", "module", "modules"):
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    given = arguments.parse_args()

    # Another tool makes other pictures of the same seed.
    made_by = hashlib.sha256(given.tool.read_bytes()).hexdigest()[:8]
    pictures_in = given.work / f"pictures-{made_by}-{given.seed}"
    clips_in = given.work / f"clips-{made_by}-{given.seed}"
    pictures = corpus(given.tool, given.seed, pictures_in)
    texts = clips(given.tool, given.seed, clips_in)
    paths = [pictures_in / picture["file"] for picture in pictures]
    clip_paths = [clips_in / clip for clip in texts]

    node = ["node", pathlib.Path(__file__).with_name("readers.mjs"), given.module, given.modules]
    native = {line["file"]: line for line in lines([given.frames, *paths])}
    in_node = {line["file"]: line for line in lines(node, paths)}
    yardstick = {path.name: zxing_cpp(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) for path in paths}
    of_clips = collections.defaultdict(lambda: collections.defaultdict(list))
    for name, told in (("native", lines([given.frames, *clip_paths])), ("wasm", lines(node, clip_paths))):
        for line in told:
            of_clips[name][line["file"]].append(line["live"]["texts"])
    for path in clip_paths:
        of_clips["zxing-cpp"][path.name] = [zxing_cpp(frame)["texts"] for frame in frames(path)]

    table = Table()
    part = lambda found, name: {file: line[name] for file, line in found.items()}
    scores = {
        "native, a picture": part(native, "still"),
        "native, a camera's first frame": part(native, "live"),
        "wasm, a picture": part(in_node, "still"),
        "wasm, a camera's first frame": part(in_node, "live"),
        "zxing-cpp": yardstick,
        "zxing-wasm": part(in_node, "zxing"),
    }
    readings(table, {name: Score(pictures, found) for name, found in scores.items()})
    times(table, pictures, in_node)
    camera(table, texts, of_clips)
    weight(table, given.module.with_name(given.module.stem + "_bg.wasm"))
    table.close()
    sys.exit(bool(table.broken))


if __name__ == "__main__":
    main()
