// The rows of tests/vectors/usage.txt, and what a function makes of them, in the words of the rows.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MeteredUsage, ScripError, VendorUsage } from "../../../npm/index.d.ts";
import { root } from "../../../scripts/project.ts";

export interface UsageRow extends VendorUsage {
  name: string;
  expected: string[];
}

export function usageRows(): UsageRow[] {
  const rows: UsageRow[] = [];
  for (const line of readFileSync(join(root, "tests/vectors/usage.txt"), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#") || line.startsWith("=")) continue;
    const row = rows.at(-1);
    if (!line.startsWith("  ")) rows.push({ name: line, provider: "", model: "", raw: null, expected: [] });
    else if (/^ {2}[>!]/.test(line)) row?.expected.push(line.slice(2));
    else if (row) {
      const [, provider = "", model = "", raw = ""] = /^ {2}(\S+) (\S+) (.*)$/.exec(line) ?? [];
      Object.assign(row, { provider, model, raw: JSON.parse(raw) });
    }
  }
  return rows;
}

/** Units in the order in which a row writes them; what stands before them are dimensions. */
const WORDS = ["fallback_credit", "service_tier", "traffic", "speed", "geo", "cache_type"];
const TOTALS = ["input_tokens", "output_tokens"];
const UNITS = [
  "input_tokens",
  "uncached_tokens",
  "uncached_image_tokens",
  "uncached_video_tokens",
  "uncached_audio_tokens",
  "cache_read_tokens",
  "cache_read_image_tokens",
  "cache_read_video_tokens",
  "cache_read_audio_tokens",
  "cache_write_tokens",
  "cache_write_5m_tokens",
  "cache_write_30m_tokens",
  "cache_write_1h_tokens",
  "cache_write_12h_tokens",
  "output_tokens",
  "text_output_tokens",
  "reasoning_tokens",
  "image_output_tokens",
  "video_output_tokens",
  "audio_output_tokens",
  "requests",
  "seconds",
  "characters",
  "units",
];

export function toldUsage(row: UsageRow, normalize: (usage: VendorUsage) => MeteredUsage[]): string[] {
  const { provider, model, raw } = row;
  try {
    return normalize({ provider, model, raw }).map((event) => toldEvent(event, model));
  } catch (error) {
    const { errors = {} } = error as ScripError;
    return Object.entries(errors).flatMap(([path, sentences]) => sentences.map((one) => `! ${path} ${one}`));
  }
}

export function toldEvent({ kind, data, costs = [] }: MeteredUsage, model: string): string {
  const words = [">"];
  if (kind) words.push(`.${kind}`);
  if (data.part !== undefined && data.part !== "main") words.push(`part=${data.part}`);
  if (data.model !== model) words.push(`model=${data.model ?? "?"}`);
  for (const name of WORDS) if (data[name] !== undefined) words.push(`${name}=${data[name]}`);
  for (const name of UNITS) {
    if (data[name] !== undefined && (data[name] !== 0 || TOTALS.includes(name))) words.push(`${name}=${data[name]}`);
  }
  for (const { id, amount } of costs) words.push(`cost:${id}=${amount}`);
  return words.join(" ");
}
