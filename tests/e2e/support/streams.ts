// What tests of many streams share: chance that is the same in every run, and a client that keeps what it was told.

import { Scrip } from "../../../npm/src/client.ts";
import { type Json, LOCAL_KEY } from "./api.ts";

export const POLICIES = ["drain", "estimate", "capture_hold"] as const;

/** Of the prices of `createChatCustomer`, in millionths of a millionth of a dollar. */
const INPUT = 2_500_000n;
const OUTPUT = 10_000_000n;
export const DOLLAR = 1_000_000_000_000n;

export function pico(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.replace("-", "").split(".");
  const all = BigInt(whole) * DOLLAR + BigInt(fraction.padEnd(12, "0"));
  return amount.startsWith("-") ? -all : all;
}

export function cost(prompt: number, words: number): bigint {
  return BigInt(prompt) * INPUT + BigInt(words) * OUTPUT;
}

/** Numbers that look like chance and are the same in every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A client that keeps what it was told: what is held in the end, and what was captured. */
export function listening(server: { url: string }) {
  const told = { held: 0n, captured: 0n };
  const sum = (parts: { amount: string }[]) => parts.reduce((all, { amount }) => all + pico(amount), 0n);
  const fetcher = {
    fetch: async (input: string, init?: RequestInit) => {
      const reply = await fetch(input, init);
      const body = (await reply.clone().json()) as Json;
      if (input.endsWith("/capture")) told.captured = sum(body.captured);
      // Of an authorization, and of each extension what it adds.
      else if (reply.ok) told.held += sum(body.fees);
      return reply;
    },
  };
  return { told, client: new Scrip({ key: LOCAL_KEY, baseUrl: server.url, fetcher }) };
}
