// A second opinion on money. It folds the moves of a wallet's entries with integers of 10^-12 and nothing but the table
// of moves that src/engine/account.rs documents, and it complains at the first entry that says something else.

import assert from "node:assert/strict";
import type { Json } from "./api.ts";

const PLACES = 12;

/** An amount in units of 10^-12. */
export function pico(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(amount);
  assert.ok(match, `${amount} is not an amount`);
  const [, sign, whole, fraction = ""] = match;
  const units = BigInt(whole + fraction.padEnd(PLACES, "0"));
  return sign === "-" ? -units : units;
}

/** Units of 10^-12 as an amount, without trailing zeros. */
export function decimal(units: bigint): string {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -PLACES)}${fraction === "" ? "" : `.${fraction}`}`;
}

interface Grant {
  free: bigint;
  reserved: bigint;
  restricted: boolean;
  effectiveAt: number;
  expiresAt: number;
}

interface Account {
  grants: Map<number, Grant>;
  debt: bigint;
  pledged: bigint;
}

export interface Balance {
  balance: string;
  held: string;
  /** Free credit that only certain usage may draw on. */
  restricted: string;
  available: string;
}

/** A wallet folded from its records. */
export class Fold {
  seq = 0;
  at = 0;
  readonly accounts = new Map<string, Account>();
  /** What each open hold has reserved, by account. */
  readonly holds = new Map<number, Map<string, bigint>>();
  readonly #operations = new Set<string>();

  /** Folds one record in, and compares what it says with what it does. */
  apply(record: string): void {
    const entry: Json = JSON.parse(record);
    assert.equal(entry.v, 1, "the format is known");
    assert.equal(entry.seq, this.seq + 1, "no seq is missing");
    assert.ok(entry.at >= this.at, `entry ${entry.seq}: time does not run backwards`);
    assert.ok(!this.#operations.has(entry.op), `entry ${entry.seq}: ${entry.op} happened before`);
    this.#operations.add(entry.op);
    this.seq = entry.seq;
    this.at = entry.at;
    const { fact } = entry;
    if (fact.type === "hold_authorized") this.holds.set(fact.hold, new Map());
    if (fact.type === "credited") assertOpens(entry);
    for (const change of entry.changes ?? []) {
      for (const move of change.moves ?? []) this.#move(entry.seq, change.account, move, fact.hold);
      const { balance, held, restricted } = this.balance(change.account, entry.at);
      assert.equal(change.balance, balance, `entry ${entry.seq}: the balance of ${change.account}`);
      assert.equal(change.held, held, `entry ${entry.seq}: what is held of ${change.account}`);
      assert.equal(change.restricted ?? "0", restricted, `entry ${entry.seq}: what is restricted of ${change.account}`);
      assert.equal(pico(held), this.#heldByHolds(change.account), `entry ${entry.seq}: held is the sum of open holds`);
    }
    const ends = ["hold_released", "hold_expired"].includes(fact.type);
    if (ends || (fact.type === "hold_captured" && fact.closes)) {
      for (const rest of this.holds.get(fact.hold)?.values() ?? []) {
        assert.equal(rest, 0n, `entry ${entry.seq}: an ended hold holds nothing`);
      }
      this.holds.delete(fact.hold);
    }
  }

  /** What an account amounts to at a moment, in microseconds. */
  balance(account: string, at = this.at): Balance {
    const { grants, debt, pledged } = this.#account(account);
    let [free, restricted, reserved] = [0n, 0n, 0n];
    for (const grant of grants.values()) {
      const isLive = grant.effectiveAt <= at && at < grant.expiresAt;
      if (isLive && grant.restricted) restricted += grant.free;
      else if (isLive) free += grant.free;
      reserved += grant.reserved;
    }
    return {
      balance: decimal(free + restricted + reserved - debt),
      held: decimal(reserved + pledged),
      restricted: decimal(restricted),
      available: decimal(free - debt - pledged),
    };
  }

  #account(name: string): Account {
    const known = this.accounts.get(name);
    if (known) return known;
    const account: Account = { grants: new Map(), debt: 0n, pledged: 0n };
    this.accounts.set(name, account);
    return account;
  }

  #heldByHolds(account: string): bigint {
    let sum = 0n;
    for (const reserved of this.holds.values()) sum += reserved.get(account) ?? 0n;
    return sum;
  }

  #move(seq: number, name: string, move: Json, hold: number | undefined): void {
    const account = this.#account(name);
    const [kind, details] = Object.entries<Json>(move)[0] ?? assert.fail(`entry ${seq}: an empty move`);
    const amount = pico(details.amount);
    assert.ok(amount > 0n, `entry ${seq}: a move moves something`);
    if (kind === "open") {
      const { effective_at: effectiveAt, expires_at: expiresAt = Number.POSITIVE_INFINITY, scope } = details.terms;
      const restricted = scope !== undefined;
      account.grants.set(details.grant, { free: amount, reserved: 0n, restricted, effectiveAt, expiresAt });
      return;
    }
    if (kind === "borrow") {
      account.debt += amount;
      return;
    }
    const keep = (change: bigint) => {
      const reserved = this.holds.get(hold ?? 0) ?? assert.fail(`entry ${seq}: there is no open hold ${hold}`);
      const after = (reserved.get(name) ?? 0n) + change;
      assert.ok(after >= 0n, `entry ${seq}: a hold gives no more than it has`);
      reserved.set(name, after);
    };
    if (["pledge", "unpledge", "owe"].includes(kind)) {
      const change = kind === "pledge" ? amount : -amount;
      keep(change);
      account.pledged += change;
      if (kind === "owe") account.debt += amount;
      return;
    }
    const grant = account.grants.get(details.grant) ?? assert.fail(`entry ${seq}: there is no grant ${details.grant}`);
    const reserve = (change: bigint) => {
      keep(change);
      grant.reserved += change;
    };
    switch (kind) {
      case "reserve":
        grant.free -= amount;
        reserve(amount);
        break;
      case "release":
        grant.free += amount;
        reserve(-amount);
        break;
      case "capture":
        reserve(-amount);
        break;
      case "draw":
      case "lapse":
        grant.free -= amount;
        break;
      case "repay":
        grant.free -= amount;
        account.debt -= amount;
        break;
      default:
        assert.fail(`entry ${seq}: an unknown move ${kind}`);
    }
    assert.ok(grant.free >= 0n && grant.reserved >= 0n, `entry ${seq}: no grant falls below zero`);
    assert.ok(account.debt >= 0n, `entry ${seq}: no debt falls below zero`);
  }
}

/** Credit opens one grant of its whole amount, whenever that becomes effective. */
function assertOpens({ seq, fact, changes }: Json): void {
  const opened = changes.flatMap((change: Json) => change.moves).filter((move: Json) => move.open !== undefined);
  assert.deepEqual(
    opened.map(({ open }: Json) => [open.grant, open.amount]),
    [[seq, fact.amount]],
    `entry ${seq}: credit is one grant`,
  );
}

/** Folds records, oldest first. */
export function foldRecords(records: Iterable<string>): Fold {
  const fold = new Fold();
  for (const record of records) fold.apply(record);
  return fold;
}

/** Asserts that a reply of `GET …/wallet` says of every account what the fold says. */
export function assertWalletIsFold(wallet: Json, fold: Fold): void {
  assert.equal(wallet.seq, fold.seq, "the wallet has seen every entry");
  const sum = (parts: Json[]) => decimal(parts.reduce((all, part) => all + pico(part.amount), 0n));
  const said = wallet.accounts.map(({ id, balance, held, restricted, available }: Json) => [
    id,
    { balance, held, restricted: sum(restricted), available },
  ]);
  const names = [...fold.accounts.keys()].sort();
  const expected = names.map((name) => [name, fold.balance(name)]);
  assert.deepEqual(said, expected);
}
