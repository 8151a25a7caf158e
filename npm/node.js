// Node reads the module from disk, because its fetch takes no file URLs.
import { readFileSync } from "node:fs";
import { initSync } from "./scrip.js";

initSync({ module: readFileSync(new URL("./scrip_bg.wasm", import.meta.url)) });

export * from "./scrip.js";
