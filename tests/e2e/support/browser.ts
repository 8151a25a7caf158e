// A real browser, and a page of somebody else's app in it: on another origin than the API, with one script tag of ours.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { root } from "../../../scripts/project.ts";
import { type Api, expectStatus } from "./api.ts";
import { PATIENCE_MS } from "./patience.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser of this machine, or the one that scripts/tools.sh has installed. */
function executable(): string {
  for (const name of NAMES) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      // The next name.
    }
  }
  return chromium.executablePath();
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });

export interface AppOptions {
  /** What stands in the body, beside the script. */
  body?: (endpoint: string) => string;
  scopes?: string[];
  /** The language of the app's page. */
  lang?: string;
}

/** An app of somebody else: it serves one page, and makes tokens for its signed-in customer. */
export class App {
  readonly url: string;
  /** How many tokens were asked for, and whether any more are given. */
  asked = 0;
  refuses = false;
  /** Where the API is now: a test may take it away. */
  endpoint: string;
  #http: HttpServer;

  private constructor(http: HttpServer, endpoint: string) {
    this.#http = http;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.endpoint = endpoint;
  }

  static async start(client: () => Api, endpoint: string, customer: string, options: AppOptions = {}): Promise<App> {
    const http = createServer((request, reply) => {
      const made = request.url === "/billing-token" ? app.#token(client(), customer, options) : app.#page(options);
      made.then(
        ({ status, type, text }) => reply.writeHead(status, { "content-type": type }).end(text),
        (error: unknown) => reply.writeHead(500).end(String(error)),
      );
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const app = new App(http, endpoint);
    return app;
  }

  async #token(client: Api, customer: string, options: AppOptions) {
    this.asked += 1;
    if (this.refuses) return { status: 401, type: "text/plain", text: "signed out" };
    const scopes = options.scopes ?? ["read", "topup", "recharge", "methods"];
    const body = { scopes, allowed_origins: [this.url], ttl_seconds: 3600 };
    const reply = await client.post(`/v1/customers/${customer}/tokens`, body);
    return { status: 200, type: "application/json", text: JSON.stringify(expectStatus(reply, 201)) };
  }

  async #page({ body = portalOf, lang = "en" }: AppOptions) {
    const text = `<!doctype html><html lang="${lang}"><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1"><title>Billing</title>
      <style>:root{color-scheme:light dark} body{margin:0;padding:clamp(12px,3vw,32px);background:light-dark(#f6f7f9,#121316)}
      main{max-width:72rem;margin:0 auto}</style>
      <script type="module" src="${this.endpoint}/assets/portal.js"></script>
      <script type="module">
        const fetchToken = async () => {
          const reply = await fetch("/billing-token", { method: "POST" });
          if (!reply.ok) throw new Error("signed out");
          return reply.json();
        };
        window.told = [];
        for (const name of ["depleted", "topup", "error"]) {
          addEventListener("scrip:" + name, (event) => window.told.push([name, event.detail]));
        }
        for (const element of document.querySelectorAll("[endpoint]")) element.fetchToken = fetchToken;
      </script>
      <main>${body(this.endpoint)}</main></html>`;
    return { status: 200, type: "text/html; charset=utf-8", text };
  }

  async end(): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
  }
}

const portalOf = (endpoint: string) => `<h1>Acme billing</h1><scrip-portal endpoint="${endpoint}"></scrip-portal>`;

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, locale: "en-US", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  return page;
}

const FOLDER = join(root, "build", "screenshots", "portal");

/** Keeps a picture for people to look at; nothing is compared with it. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true, animations: "disabled" });
}
