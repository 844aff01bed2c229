// The reader's module on a real code, in Node: some readers trap in WebAssembly on the first code that they read, which
// no native test shows. TEGATA_WASM_READER names the module's script.
//
//     TEGATA_WASM_READER=.../tegata_wasm_reader.js node --test reader.test.mjs

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";

// Version 4, level M.
const TEXT = '{"data":{"msg":{"pid":{"n":"手形 さくら"}}},"v":1}';
const CODE = `
#######..#.##.###...###.#.#######
#.....#.##.#####.##..#....#.....#
#.###.#.###..#..#.##.#.#..#.###.#
#.###.#.####.....##..#..#.#.###.#
#.###.#....#.#.#.#.#.####.#.###.#
#.....#....#....###..#....#.....#
#######.#.#.#.#.#.#.#.#.#.#######
........#.#..##...##....#........
#.....#.##.#...#.#.....####..###.
.#......#..#..##...###.#.#..#.#..
...#####.#.##.....#..##....##...#
....##.###....##....#.#####..###.
.##...#####..####..##..###.#.#...
.....#.#.#.##.#.##.#.##.#..##.#.#
####..###.##.....##....##.#......
.##.##.#...#...#...#..###..##.##.
.###.##.#.###.#..##...#..#.##...#
..#....####.####.#######.##..####
.#..#.##...###.###.#.#.#.##.####.
.##.#..#.##.#.##......#..#...###.
##....#....####.#.###.###.#....#.
#.#.##..###.#...#.##.#..#.#...##.
#.##..###....#.####....#..#...##.
#.#.....##.#.#....##..#####..#.##
#####.#.##.##..#...##.########..#
........#.##...#..####..#...#.#.#
#######....#.###..#..####.#.#####
#.....#..###..###.#.#..##...####.
#.###.#...#.##.#..#.....######..#
#.###.#...#..#..####........#.###
#.###.#..###....#..##.####..#..##
#.....#...#..####.#.#....##......
#######.#.#.###..####.##.##...##.`;

let Reader;

before(async () => {
    const script = process.env.TEGATA_WASM_READER;
    assert.ok(script, "TEGATA_WASM_READER names the module's script");
    const module = await import(pathToFileURL(path.resolve(script)));
    await module.default({ module_or_path: fs.readFileSync(script.replace(/\.js$/, "_bg.wasm")) });
    Reader = module.Reader;
});

/** The code on paper, four pixels a module, in a frame of 640 x 480. */
function frame({ black = 20, white = 230, lost = () => false } = {}) {
    const [width, height, scale, left, top] = [640, 480, 4, 180, 120];
    const rows = CODE.trim().split("\n");
    const luma = new Uint8Array(width * height).fill(white);
    for (let y = 0; y < rows.length * scale; y += 1) {
        for (let x = 0; x < rows.length * scale; x += 1) {
            const [row, column] = [Math.floor(y / scale), Math.floor(x / scale)];
            if (rows[row][column] === "#" && !lost(row, column)) luma[(top + y) * width + left + x] = black;
        }
    }
    return [luma, width, height];
}

function look(reader, kind, ...frame) {
    const sighting = reader[kind](...frame);
    const found = { texts: sighting.texts, seen: sighting.seen };
    sighting.free();
    return found;
}

test("a code is read as a frame and as a picture, again and again", () => {
    const reader = new Reader();
    for (let round = 0; round < 5; round += 1) {
        assert.deepEqual(look(reader, "live", ...frame()), { texts: [TEXT], seen: false });
        assert.deepEqual(look(reader, "still", ...frame()), { texts: [TEXT], seen: false });
    }
    reader.free();
});

test("a dim code is read at once, an inverted one within three frames", () => {
    const reader = new Reader();
    assert.deepEqual(look(reader, "live", ...frame({ black: 200, white: 214 })).texts, [TEXT]);
    const inverted = frame({ black: 230, white: 20 });
    const found = [1, 2, 3].flatMap(() => look(reader, "live", ...inverted).texts);
    assert.ok(found.length > 0 && found.every((text) => text === TEXT));
    reader.free();
});

test("a code that cannot be read is seen", () => {
    const reader = new Reader();
    const size = CODE.trim().split("\n").length;
    const corner = (row, column) => (row < 8 && column < 8) || (row < 8 && column > size - 9) || (row > size - 9 && column < 8);
    const smeared = frame({ lost: (row, column) => !corner(row, column) && (row * column) % 3 > 0 });
    for (const kind of ["live", "still"]) {
        assert.deepEqual(look(reader, kind, ...smeared), { texts: [], seen: true });
    }
    reader.free();
});

test("what is no frame shows nothing", () => {
    const reader = new Reader();
    const nothing = { texts: [], seen: false };
    for (const [length, width, height] of [[0, 0, 0], [1, 1, 1], [5000, 5000, 1], [5000, 1, 5000], [10, 4, 4], [0, 1e9, 1e9], [9, -3, -3], [4, NaN, 2]]) {
        for (const kind of ["live", "still"]) {
            assert.deepEqual(look(reader, kind, new Uint8Array(length), width, height), nothing, `${width} x ${height}`);
        }
    }
    assert.deepEqual(look(reader, "live", ...frame()).texts, [TEXT]);
    reader.free();
});

test("noise is left when time is up", () => {
    const reader = new Reader();
    const [width, height] = [1280, 720];
    let state = 1;
    const cells = Array.from({ length: 320 * 180 }, () => (state = (state * 48271) % 2147483647) & 1);
    const noise = Uint8Array.from({ length: width * height }, (_, at) => {
        const [x, y] = [at % width, Math.floor(at / width)];
        return cells[(y >> 2) * 320 + (x >> 2)] ? 220 : 30;
    });
    const begun = performance.now();
    look(reader, "live", noise, width, height);
    // 40 ms and what is under way; test machines are slow.
    assert.ok(performance.now() - begun < 1000);
    reader.free();
});
