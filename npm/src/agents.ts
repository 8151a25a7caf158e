// Cloudflare's Agents SDK: whether an interrupted chat may go on, by what its root request has spent.
//
//   chatRecovery = { shouldKeepRecovering: keepRecovering({ client, customer, asset: "USD", amount: "0.01" }) };
//
// Calls of models have the root request as their `subject`, and a budget with `"each": "subject"` limits each of them.

import { type Customer, type Scrip, ScripProblem } from "./client.ts";

export interface RecoveryOptions {
  client: Scrip;
  customer: Customer;
  /** What one more try may cost. */
  asset: string;
  amount: string;
  /** Where Scrip cannot be reached: `deny` ends the recovery, `allow` goes on. */
  onUnreachable?: "deny" | "allow";
  onError?: (error: unknown) => void;
}

/** The part of what the SDK tells that is needed here. */
export interface RecoveryContext {
  recoveryRootRequestId: string;
  attempt: number;
}

/** Asks the wallet whether another try is paid for. It holds nothing: the call of the model holds for itself. */
export function keepRecovering(options: RecoveryOptions): (context: RecoveryContext) => Promise<boolean> {
  const { client, customer, asset, amount } = options;
  return async ({ recoveryRootRequestId: root, attempt }) => {
    try {
      const id = `recovery.${root}.${attempt}`;
      const reply = await client.authorize({ ...customer, id, subject: root, asset, amount, expires_in: 5 });
      if (reply.decision === "denied") return false;
      await client.release(reply.hold.id, "only asked");
      return true;
    } catch (error) {
      options.onError?.(error);
      // The SDK takes an error for a yes, so a no has to be said.
      return options.onUnreachable === "allow" && error instanceof ScripProblem && error.isUnreachable;
    }
  };
}
