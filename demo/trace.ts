// The trace, and what it costs by arithmetic that shares nothing with the wallet: whole numbers of the smallest step.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One request that a real LLM service answered; see data/README.md. */
export interface Call {
  input: number;
  output: number;
}

/** A million millionths of a dollar: the twelfth decimal place. */
const STEPS_PER_USD = 10n ** 12n;

// 2.50 and 10.00 USD per million tokens.
const STEPS_PER_INPUT_TOKEN = 2_500_000n;
const STEPS_PER_OUTPUT_TOKEN = 10_000_000n;

export function readTrace(): Call[] {
  const file = join(import.meta.dirname, "data", "azure_llm_conv_2023.csv");
  const [header, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  if (header !== "TIMESTAMP,ContextTokens,GeneratedTokens") throw new Error(`${file} is not the trace it should be.`);
  return lines.map((line) => {
    const [, input, output] = line.split(",");
    return { input: Number(input), output: Number(output) };
  });
}

/** What is left of so many whole dollars after these calls. */
export function leftAfter(dollars: bigint, calls: Call[]): bigint {
  let left = dollars * STEPS_PER_USD;
  for (const { input, output } of calls) {
    left -= BigInt(input) * STEPS_PER_INPUT_TOKEN + BigInt(output) * STEPS_PER_OUTPUT_TOKEN;
  }
  return left;
}

/** Reads a decimal string of at most 12 places. */
export function steps(decimal: string): bigint {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(decimal) ?? [];
  if (whole === undefined) throw new Error(`'${decimal}' is not an amount.`);
  const size = BigInt(whole + fraction.padEnd(12, "0"));
  return sign ? -size : size;
}

/** Writes a decimal string, without zeros at the end. */
export function decimal(steps: bigint): string {
  const digits = (steps < 0n ? -steps : steps).toString().padStart(13, "0");
  const fraction = digits.slice(-12).replace(/0+$/, "");
  return `${steps < 0n ? "-" : ""}${digits.slice(0, -12)}${fraction && `.${fraction}`}`;
}

/** A third, rounded down to a cent. */
export function thirdInCents(steps: bigint): bigint {
  const cent = STEPS_PER_USD / 100n;
  return (steps / 3n / cent) * cent;
}
