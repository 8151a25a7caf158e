// The floor: the smallest Durable Object in JavaScript that parses the body and inserts one row, and one that reads a
// row. It checks no key, knows no money and cannot replay; nothing that keeps a journal can be cheaper.

import { DurableObject } from "cloudflare:workers";

export class WalletObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT");
    this.seq = this.sql.exec("SELECT COUNT(*) AS count FROM journal").one().count;
  }

  insert(text) {
    const body = JSON.parse(text);
    this.sql.exec("INSERT INTO journal (entry) VALUES (?)", text);
    this.seq += 1;
    return JSON.stringify({ id: body.id, seq: this.seq });
  }

  /** All events of a body, a row each, by one statement. */
  insertAll(text) {
    const { events } = JSON.parse(text);
    this.sql.exec("INSERT INTO journal (entry) SELECT value FROM json_each(?, '$.events')", text);
    this.seq += events.length;
    return JSON.stringify({ count: events.length, seq: this.seq });
  }

  async fetch(request) {
    if (request.method !== "POST") return new Response(this.read());
    const text = await request.text();
    return new Response(request.url.endsWith("/all") ? this.insertAll(text) : this.insert(text));
  }

  read() {
    const row = this.sql.exec("SELECT entry FROM journal ORDER BY seq DESC LIMIT 1").one();
    return row.entry;
  }
}

export default {
  // The path names the object. By RPC and by forwarding the request; the faster of the two is the floor.
  async fetch(request, env) {
    const [, way, name, all] = new URL(request.url).pathname.split("/");
    if (way === "healthz") return new Response("{}");
    const stub = env.WALLETS.get(env.WALLETS.idFromName(name));
    if (way === "fetch") return stub.fetch(request);
    if (request.method !== "POST") return new Response(await stub.read());
    const text = await request.text();
    return new Response(await (all === undefined ? stub.insert(text) : stub.insertAll(text)));
  },
};
