// The engine as the portal loads it: the npm package's own, whose module lies beside this file under another name.

import { foldMoves, init as load, verifyReceipt } from "../../build/engine/browser.js";

export { foldMoves, verifyReceipt };

export const init = () => load(new URL("./engine.wasm", import.meta.url));
