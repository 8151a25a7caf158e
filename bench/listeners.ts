// The sockets of bench/watchers.ts, in a process of their own and behind everybody else: who watches a wallet has a machine of
// his own, and what it costs him to listen must not be taken for what it costs the wallet.

import { setPriority } from "node:os";

const [url = "", token = "", many = "0"] = process.argv.slice(2);
setPriority(19);

let heard = 0;
const sockets = Array.from({ length: Number(many) }, () => new WebSocket(url, ["scrip.v1", token]));
const opened = (socket: WebSocket) =>
  new Promise<void>((resolve, reject) => {
    socket.addEventListener("message", () => {
      heard += 1;
      resolve();
    });
    socket.addEventListener("error", () => reject(new Error("a socket was refused")));
  });
await Promise.all(sockets.map(opened));
process.on("message", () =>
  process.send?.({ heard, open: sockets.filter(({ readyState }) => readyState === 1).length }),
);
process.send?.({ heard, open: sockets.length });
