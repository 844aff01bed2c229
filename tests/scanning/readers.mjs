// Reads grey pictures (.pgm) and clips (.y4m) with our module, and pictures with zxing-wasm too, for scanning.py.
//
//     node readers.mjs MODULE.js NODE_MODULES < PATHS
//
// MODULE.js is what bindgen wrote of tegata-wasm-reader. A line of JSON a picture or frame, as the example `frames` of
// the crate tegata-reader gives, with zxing-wasm's reading beside ours. Both have the pixels ready in memory as they
// want them: grey for ours, RGBA for zxing-wasm. Nothing is fetched.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** What a frame may cost our reader, in milliseconds. */
const BUDGET = 40;
const TURNS = 5;

const [module, modules] = process.argv.slice(2).map((name) => path.resolve(name));

const ours = await import(pathToFileURL(module));
await ours.default({ module_or_path: fs.readFileSync(module.replace(/\.js$/, "_bg.wasm")) });

const installed = createRequire(path.join(modules, "here.js"));
const zxing = await import(pathToFileURL(installed.resolve("zxing-wasm/reader")));
const wasmBinary = fs.readFileSync(installed.resolve("zxing-wasm/reader/zxing_reader.wasm"));
await zxing.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });

/** What one look gave, and its time. */
async function timed(look) {
    const begun = performance.now();
    const found = await look();
    return { ...found, ms: performance.now() - begun };
}

/** Looks in turns, and gives what each found and its least time: others use the machine too. */
async function inTurns(turns, looks) {
    const results = {};
    for (let turn = 0; turn < turns; turn += 1) {
        for (const [name, look] of Object.entries(looks)) {
            const result = await timed(look);
            if (!results[name] || result.ms < results[name].ms) results[name] = result;
        }
    }
    return results;
}

function told(sighting) {
    const found = { texts: sighting.texts, seen: sighting.seen };
    sighting.free();
    return found;
}

/** One look of a new reader. */
function fresh(look) {
    const reader = new ours.Reader();
    const found = told(look(reader));
    reader.free();
    return found;
}

function pixelsOf(file) {
    const bytes = fs.readFileSync(file);
    const head = /^P5\n(\d+) (\d+)\n255\n/.exec(bytes.subarray(0, 32).toString("latin1"));
    const [width, height] = [Number(head[1]), Number(head[2])];
    return { grey: new Uint8Array(bytes.subarray(head[0].length)), width, height };
}

function imageOf({ grey, width, height }) {
    const data = new Uint8ClampedArray(4 * grey.length);
    for (let at = 0; at < grey.length; at += 1) {
        data.fill(grey[at], 4 * at, 4 * at + 3);
        data[4 * at + 3] = 255;
    }
    return { data, width, height, colorSpace: "srgb" };
}

async function picture(file) {
    const { grey, width, height } = pixelsOf(file);
    const image = imageOf({ grey, width, height });
    const looks = {
        live: () => fresh((reader) => reader.live(grey, width, height)),
        zxing: async () => {
            const codes = await zxing.readBarcodes(image, { formats: ["QRCode"] });
            return { texts: codes.filter((code) => code.isValid).map((code) => code.text) };
        },
    };
    // Times of frames of this size are compared. Of others, a look that ran out of time is repeated.
    let results = await inTurns(height === 720 ? TURNS : 1, looks);
    if (results.live.ms >= BUDGET) results = { ...results, ...(await inTurns(TURNS, { live: looks.live })) };
    const still = await timed(() => fresh((reader) => reader.still(grey, width, height)));
    return { ...results, still };
}

function* frames(file) {
    const bytes = fs.readFileSync(file);
    const head = bytes.subarray(0, bytes.indexOf("\n") + 1).toString("latin1");
    const [width, height] = ["W", "H"].map((letter) => Number(new RegExp(` ${letter}(\\d+)`).exec(head)[1]));
    const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    for (let at = head.length + "FRAME\n".length; at + size <= bytes.length; at += size + "FRAME\n".length) {
        yield { grey: new Uint8Array(bytes.subarray(at, at + width * height)), width, height };
    }
}

const files = fs.readFileSync(0, "utf8").trim().split("\n");
const tell = (file, told) => console.log(JSON.stringify({ file: path.basename(file), ...told }));

// What is read first is read by code that is not compiled well yet.
for (const file of files.filter((file) => file.endsWith(".pgm")).slice(0, 8)) await picture(file);
for (const file of files) {
    if (file.endsWith(".y4m")) {
        const camera = new ours.Reader();
        let frame = 0;
        for (const { grey, width, height } of frames(file)) {
            tell(file, { frame, live: await timed(() => told(camera.live(grey, width, height))) });
            frame += 1;
        }
        camera.free();
    } else {
        tell(file, await picture(file));
    }
}
