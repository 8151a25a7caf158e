// A load generator that costs little: raw sockets, one request at a time on each, no parsing beyond the status line
// and the length. It talks to loopback only and stops by itself.

import { connect, type Socket } from "node:net";

/** Makes the next request; `reply` is the body of the previous one on this connection. */
export type NextRequest = (connection: number, reply: string | undefined) => { path: string; body?: string };

const HEADERS = "Host: 127.0.0.1\r\nAuthorization: Bearer sk_test_local\r\n";

export interface Load {
  perSecond: number;
  done: number;
}

/** As many requests as there can be in `millis`, with a number of connections. */
export async function load(port: number, connections: number, millis: number, next: NextRequest): Promise<Load> {
  let done = 0;
  const started = performance.now();
  const until = started + millis;
  const run = async (connection: number) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let reply: string | undefined;
    while (performance.now() < until) {
      const { path, body } = next(connection, reply);
      reply = await exchange(socket, path, body);
      done += 1;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, (_, connection) => run(connection)));
  return { perSecond: done / ((performance.now() - started) / 1000), done };
}

/** One request and its reply's body; anything but a 2xx ends the benchmark. */
export function exchange(socket: Socket, path: string, body: string | undefined): Promise<string> {
  const head =
    body === undefined
      ? `GET ${path} HTTP/1.1\r\n${HEADERS}\r\n`
      : `POST ${path} HTTP/1.1\r\n${HEADERS}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      socket.off("data", read);
      socket.off("error", reject);
      finish();
    };
    const read = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const header = received.toString("latin1", 0, end);
      const length = header.startsWith("HTTP/1.1 204") ? 0 : Number(/content-length: *(\d+)/i.exec(header)?.[1]);
      if (received.length < end + 4 + length) return;
      const text = received.toString("utf8", end + 4);
      if (header.startsWith("HTTP/1.1 2")) settle(() => resolve(text));
      else settle(() => reject(new Error(`${path}: ${header.split("\r\n")[0]} ${text}`)));
    };
    socket.on("data", read);
    socket.once("error", reject);
    socket.write(head);
  });
}
