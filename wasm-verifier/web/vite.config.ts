import { defineConfig } from "vite";
import { precache } from "./precache.ts";
import { words } from "./words.ts";

export default defineConfig({
  // The page works below any path: /, /verify/, a folder of a web server.
  base: "./",
  plugins: [words(), precache()],
  worker: { format: "es" },
  server: { fs: { allow: ["../.."] } },
  build: {
    // Chrome 94, Safari 16.4, Firefox 114: what has workers of modules, and fields that are private.
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    // Nothing inline: the page's policy forbids data: and inline scripts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts", "sw-kill": "src/sw-kill.ts" },
      output: {
        // A worker's address must stay the same from release to release.
        entryFileNames: (chunk) => (chunk.name.startsWith("sw") ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
