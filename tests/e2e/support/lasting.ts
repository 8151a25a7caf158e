// A server that ends and starts again on the same folder, as after a deployment or a crash.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, type ServerOptions, startServer } from "../../../scripts/server.ts";
import { alarmOf, hastenAlarms } from "./alarm.ts";
import { type Api, api } from "./api.ts";
import { freshFolder, removeFolder } from "./folder.ts";

/** The Worker with another clock. */
const CLOCK = { "main.js": readFileSync(join(import.meta.dirname, "clock.js"), "utf8") };

export class LastingServer {
  readonly persist = freshFolder();
  /** How far the server's clock is ahead; 0 is the Worker as it is deployed. */
  #ahead = 0;
  #options: Omit<ServerOptions, "persist">;
  #server: Server | undefined;
  #client: Api | undefined;

  constructor(options: Omit<ServerOptions, "persist"> = {}) {
    this.#options = options;
  }

  /** A new server and its client, for a test file's `before`. */
  static async start(options?: Omit<ServerOptions, "persist">): Promise<LastingServer> {
    const lasting = new LastingServer(options);
    await lasting.start();
    return lasting;
  }

  /** The client of the server that runs now. */
  get client(): Api {
    if (!this.#client) throw new Error("The server is not running.");
    return this.#client;
  }

  get server(): Server {
    if (!this.#server) throw new Error("The server is not running.");
    return this.#server;
  }

  async start(): Promise<void> {
    const { vars } = this.#options;
    const clock = { modules: CLOCK, vars: { ...vars, CLOCK_AHEAD_MS: String(this.#ahead) } };
    this.#server = await startServer({ ...this.#options, ...(this.#ahead > 0 && clock), persist: this.persist });
    this.#client = api(this.#server);
  }

  /** Ends the server the orderly way. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#client = undefined;
    await server?.stop();
  }

  /** SIGKILLs the runtime where it stands, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.#server?.kill();
    await this.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** The time by the server's clock. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** When the wallet's alarm is set for by the server's clock; undefined when none is set. */
  alarmOf(customer: string): number | undefined {
    const at = alarmOf(this.persist, customer);
    return at === undefined ? undefined : at + this.#ahead;
  }

  /** Lets time pass while the server is stopped: its clock will be later, and every alarm comes sooner. */
  pass(ms: number): void {
    if (this.#server) throw new Error("Stop the server before time passes.");
    hastenAlarms(this.persist, ms);
    this.#ahead += ms;
  }

  /** Ends the server, lets time pass, and starts it again. */
  async advance(ms: number): Promise<void> {
    await this.stop();
    this.pass(ms);
    await this.start();
  }

  /** Restarts with other options, as a deployment does. */
  async change(options: Omit<ServerOptions, "persist">): Promise<void> {
    this.#options = { ...this.#options, ...options };
    await this.restart();
  }

  async changeBuild(build: "release" | "faults"): Promise<void> {
    await this.change({ build });
  }

  /** Takes the wallet out of memory; its next call folds it from its rows. */
  async evict(wallet: string): Promise<void> {
    await this.server.miniflare.unsafeEvictDurableObject("scrip", "WalletObject", { name: wallet });
  }

  /** Stops the server and removes its folder. */
  async end(): Promise<void> {
    await this.stop();
    removeFolder(this.persist);
  }
}
