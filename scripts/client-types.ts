// Writes npm/src/api.ts: what each call of the API takes and answers, as types, made of www/assets/openapi.json by openapi-typescript. It
// is checked in, so that a change of the API is seen there; CHECK=1 only says whether it is current.
// Usage: scripts/client-types.sh

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env, execPath } from "node:process";
import { root } from "./project.ts";

interface Operation {
  operationId: string;
  description?: string;
  security?: unknown;
  tags?: string[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { responses?: unknown };
}

const FILE = join(root, "npm/src/api.ts");

/** What a client calls with JSON: no pages, no probes, and of the replies those of success, because a problem is always of one shape. */
function asked(description: Description): Description {
  const paths: Description["paths"] = {};
  for (const [path, methods] of Object.entries(description.paths)) {
    if (!path.startsWith("/v1/") || path === "/v1/openapi.json") continue;
    const kept = Object.entries(methods).filter(([method]) => method !== "head");
    paths[path] = Object.fromEntries(kept.map(([method, operation]) => [method, lean(operation)]));
  }
  const { responses: _, ...components } = description.components;
  return { ...description, paths, components };
}

/** Without examples, which would be most of the file. */
function lean(operation: Operation): Operation {
  const { responses, ...rest } = structuredClone(operation);
  const good = Object.entries(responses).filter(([status]) => /^2/.test(status));
  for (const content of [rest.requestBody?.content, ...good.map(([, told]) => told.content)]) {
    for (const one of Object.values(content ?? {})) delete one.example;
  }
  return { ...rest, responses: Object.fromEntries(good) };
}

const [tool] = argv.slice(2);
if (tool === undefined) throw new Error("Run scripts/client-types.sh, which knows where openapi-typescript is.");
const folder = mkdtempSync(join(tmpdir(), "scrip-types-"));
try {
  const [source, target] = [join(folder, "openapi.json"), join(folder, "api.ts")];
  writeFileSync(source, JSON.stringify(asked(JSON.parse(readFileSync(join(root, "www/assets/openapi.json"), "utf8")))));
  execFileSync(execPath, [tool, source, "--output", target], { stdio: ["ignore", "ignore", "inherit"] });
  const head = "// Made by scripts/client-types.sh of www/assets/openapi.json; changes by hand are lost.\n\n";
  const made = head + readFileSync(target, "utf8").replace(/^\/\*\*.*?\*\/\n\n/s, "");
  if (env.CHECK === undefined) writeFileSync(FILE, made);
  else if (made !== readFileSync(FILE, "utf8")) {
    throw new Error("npm/src/api.ts is not what www/assets/openapi.json says; run scripts/client-types.sh");
  }
} finally {
  rmSync(folder, { recursive: true });
}
