// Browsers fetch the module from beside this file; bundlers recognize the expression and ship it along.
import init from "./scrip.js";

await init({ module_or_path: new URL("./scrip_bg.wasm", import.meta.url) });

export * from "./scrip.js";
