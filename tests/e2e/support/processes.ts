// Servers as processes of their own: what a test needs to start them, and to be sure that nothing of them is left.

import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server as NetServer } from "node:net";
import { eventually } from "./patience.ts";

/** The environment of somebody at a prompt: make leaves traces of itself in ours. */
export function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const { MAKELEVEL, MAKEFLAGS, MFLAGS, MAKEOVERRIDES, ...rest } = process.env;
  return { ...rest, ...more };
}

export async function listen(port: number): Promise<NetServer> {
  const taken = createServer().listen(port, "127.0.0.1");
  await once(taken, "listening");
  return taken;
}

export async function freePort(): Promise<number> {
  const probe = await listen(0);
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

// Processes, as the system tells of them.

interface Process {
  pid: number;
  parent: number;
  isDead: boolean;
}

function processes(): Process[] {
  if (existsSync("/proc/self/stat")) {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
      try {
        // The name stands in brackets and may hold anything; what follows it is plain.
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        return [{ pid: Number(pid), parent: Number(parent), isDead: state === "Z" || state === "X" }];
      } catch {
        return [];
      }
    });
  }
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = ""] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), isDead: state.startsWith("Z") };
    });
}

/** The process and all that it started. */
export function family(pid: number | undefined): number[] {
  const all = processes();
  const members = [pid as number];
  for (const member of members) members.push(...all.filter((one) => one.parent === member).map((one) => one.pid));
  return members;
}

export async function assertGone(pids: number[]): Promise<void> {
  const alive = () => processes().filter((one) => pids.includes(one.pid) && !one.isDead);
  await eventually(
    () => alive().length === 0,
    () => `still there: ${JSON.stringify(alive())}`,
  );
}
