#!/usr/bin/env node
// `npx scrip-wallet …`: a wallet on this machine, a project that `wrangler deploy` uploads, and keys for both.

import { parseArgs } from "node:util";

const HELP = `Usage: npx scrip-wallet <command>

  dev              serves a wallet on this machine until Ctrl-C
    --port N         where it listens; 8787, or PORT
    --persist DIR    where its data is kept; .scrip/dev, or PERSIST
  deploy [DIR]     writes a project that 'wrangler deploy' uploads; into the folder scrip-worker
    --force          replaces files of another version; your settings stay
  key              makes an API key, for 'dev' or, with --remote, for a deployment
    --account NAME   whose key it is; required
    --mode MODE      test or live; test
    --name NAME      what the key is for; default
    --remote         for what was deployed from this folder, by its wrangler
    --persist DIR    as above
`;

/** What a local server needs of Node: SQLite without a flag. The engine and the client ask for less. */
const NODE_NEEDED = [22, 13] as const;

function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1])) return;
  throw new Error(`This command needs Node ${NODE_NEEDED.join(".")} or later; this is ${process.versions.node}.`);
}

async function main(args: string[]): Promise<void> {
  const text = { type: "string" } as const;
  const yes = { type: "boolean" } as const;
  const options = {
    port: text,
    persist: text,
    account: text,
    mode: text,
    name: text,
    force: yes,
    remote: yes,
    help: yes,
  };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, ...more] = positionals;
  const known: Record<string, { flags: string[]; names: number; run: () => Promise<unknown> }> = {
    // Each is loaded when it is called: what it is built on must not be asked of a Node that lacks it.
    dev: { flags: ["port", "persist"], names: 0, run: async () => (await import("./dev.ts")).dev(values) },
    deploy: { flags: ["force"], names: 1, run: async () => (await import("./deploy.ts")).deploy(more[0], values) },
    key: {
      flags: ["account", "mode", "name", "remote", "persist"],
      names: 0,
      run: async () => (await import("./key.ts")).key(values),
    },
  };
  if (values.help || command === undefined || command === "help") return console.log(HELP);
  const found = Object.hasOwn(known, command) ? known[command] : undefined;
  if (found === undefined) throw new Error(`'${command}' is no command; see 'npx scrip-wallet help'.`);
  const strange = Object.keys(values).find((name) => !found.flags.includes(name));
  if (strange !== undefined) throw new Error(`'${command}' has no --${strange}; see 'npx scrip-wallet help'.`);
  if (more.length > found.names) throw new Error(`'${command}' does not take '${more.at(-1)}'.`);
  checkNode();
  await found.run();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`scrip: ${(error as Error).message}`);
  process.exitCode = 1;
}
