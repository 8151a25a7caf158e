// What the portal tells of a wallet, and how it writes it: the parts that need no browser.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../../scripts/project.ts";
import { compare, format, minus, parse, percent, sum, typed } from "../../www/portal/decimal.ts";
import { catalogues, type Message, type MessageKey } from "../../www/portal/messages.ts";
import type { Account, Budget, Entry, Packs, Payment, Recharge, Wallet } from "../../www/portal/types.ts";
import {
  afterwards,
  csvOf,
  endingNext,
  isQuiet,
  lastHour,
  noticeOf,
  offerOf,
  offersOf,
  outside,
  paceOf,
  returned,
  rowsOf,
  rowsOfBudget,
  rowsOfGrant,
  shares,
  spentToday,
} from "../../www/portal/view.ts";
import { Words } from "../../www/portal/words.ts";

const NO_LABELS = { events: {}, models: {}, features: {}, agents: {} };
const AT = new Date("2026-11-30T12:00:00Z");
const ago = (hours: number) => new Date(AT.getTime() - hours * 3_600_000).toISOString();

const account = (more: Partial<Account> = {}): Account => ({
  ...{ id: "default:USD", name: "default", asset: "USD", available: "10", balance: "10", held: "0" },
  ...{ restricted: [], overdraft: "0", ...more },
});

const wallet = (...accounts: Account[]): Wallet => ({ customer_id: "c", accounts, seq: 1 });

function used(seq: number, at: string, amount: string, more: Partial<Entry> = {}): Entry {
  const changes = [{ account: "default:USD", asset: "USD", amount }];
  return { seq, type: "usage_recorded", at, what: "Usage", changes, balances: [], ...more };
}

describe("amounts", () => {
  test("are added to the twelfth place, in any order", () => {
    assert.equal(sum(["0.1", "0.2"]), "0.3");
    assert.equal(sum(["999999999999999", "0.000000000001"]), "999999999999999.000000000001");
    assert.equal(minus("0", "0.000000000001"), "-0.000000000001");
    assert.equal(format(parse("-0.50")), "-0.5");
    assert.ok(compare("2", "10") < 0 && compare("-1", "0") < 0 && compare("1.0", "1") === 0);
    for (const wrong of ["", "1e3", "1.", ".5", "1,5", "NaN", "0.0000000000001", "+1"]) {
      assert.throws(() => parse(wrong), RangeError, wrong);
    }
  });

  test("are typed with a comma or a point, above zero", () => {
    assert.deepEqual(["12,50", " 12.5 ", "0", "-1", "1.2.3", "ten", "0,00"].map(typed), [
      ...["12.5", "12.5", undefined, undefined, undefined, undefined, undefined],
    ]);
    assert.deepEqual([percent("1", "3"), percent("9", "3"), percent("-1", "3"), percent("1", "0")], [33, 100, 0, 0]);
  });

  test("are written in full: something never looks like nothing, and nothing is rounded up", () => {
    const words = new Words({ locale: "en-US", units: { CREDITS: { label: "credits" }, TOK: { symbol: "◈" } } });
    const cases = [
      ["0.000125", "USD", "$0.000125"],
      ["-0.000125", "USD", "\u2212$0.000125"],
      ["0.00000004", "USD", "< $0.000001"],
      ["0", "USD", "$0.00"],
      ["1234.5", "USD", "$1,234.50"],
      ["9.99999", "USD", "$9.9999"],
      ["1500", "JPY", "¥1,500"],
      ["250", "CREDITS", "250\u00a0credits"],
      ["3", "TOK", "◈3"],
      ["999999999999999.99", "USD", "$999,999,999,999,999.99"],
    ] as const;
    for (const [amount, asset, shown] of cases) assert.equal(words.money(amount, asset), shown);
    assert.equal(words.money("0.999", "USD", { places: 2 }), "$0.99");
    assert.equal(words.money("5", "USD", { sign: true }), "+$5.00");
    assert.equal(words.exact("0.000000000001", "USD"), "$0.000000000001");
    const branding = {
      units: { GEMS: { label: null, symbol: "◆" } },
      labels: { ...NO_LABELS, events: { chat: "Chat" } },
    };
    const branded = new Words({ locale: "en-US", units: { CREDITS: { label: "tokens" } }, branding });
    assert.deepEqual(
      [branded.money("3", "GEMS"), branded.money("3", "CREDITS"), branded.money("3", "PLAIN")],
      ["◆3", "3\u00a0tokens", "3\u00a0PLAIN"],
    );
    const named = [
      branded.label("events", "chat"),
      branded.label("events", "image.generated_hd"),
      branded.label("events", "_"),
      branded.label("features", "web_search"),
      branded.label("models", "gpt-5.1_mini"),
      branded.label("agents", "constructor"),
    ];
    assert.deepEqual(named, ["Chat", "Image generated hd", "_", "Web search", "gpt-5.1_mini", "constructor"]);
    assert.equal(new Words({ locale: "de-DE" }).money("1234.5", "EUR"), "1.234,50\u00a0€");
  });
});

describe("languages", () => {
  const text = (message: Message) => (typeof message === "string" ? [message] : Object.values(message));
  const names = (message: Message) => new Set(text(message).flatMap((one) => one.match(/\{\w+\}/g) ?? []));

  test("say everything, with the same values", () => {
    for (const [language, catalogue] of Object.entries(catalogues)) {
      assert.deepEqual(Object.keys(catalogue), Object.keys(catalogues.en), language);
      for (const [key, message] of Object.entries(catalogue)) {
        const expected = names(catalogues.en[key as MessageKey]);
        assert.deepEqual([...names(message)].sort(), [...expected].sort(), `${language} ${key}`);
        assert.ok(text(message).every((one) => one.trim() !== ""));
      }
    }
  });

  test("say nothing that nobody hears", () => {
    const folder = join(root, "www/portal");
    const sources = readdirSync(folder).filter((name) => !name.startsWith("messages"));
    const text = sources.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
    // By a word of the API, or by a choice.
    const families = [
      "decline",
      "payments",
      "what",
      "purpose",
      "result",
      "error",
      "window",
      "recharge.off",
      "notice",
      "usage.by",
      "activity",
    ];
    const chosen = [...families, "recharge.mode", "recharge.sentence"].map((family) => `${family}.`);
    for (const key of Object.keys(catalogues.en)) {
      const isChosen = chosen.some((family) => key.startsWith(family));
      assert.ok(isChosen || text.includes(`"${key}"`), `${key} is said nowhere`);
    }
  });

  test("have their own plurals, directions, and words of the app in their place", () => {
    const say = (locale: string, n: number) => new Words({ locale }).say("usage.calls", { n });
    assert.deepEqual(
      [say("en", 1), say("en", 2), say("de", 1), say("ar", 2)],
      ["1 entry", "2 entries", "1 Eintrag", "قيدان"],
    );
    assert.deepEqual(
      ["en", "ar-EG", "he"].map((locale) => new Words({ locale }).direction),
      ["ltr", "rtl", "ltr"],
    );
    assert.equal(new Words({ locale: "xx" }).locale, "en", "a language without sentences has English figures, too");
    assert.equal(new Words({ messages: { topup: "Buy tokens" } }).say("topup"), "Buy tokens");
    assert.equal(new Words().known("what", "Something new"), "Something new");
  });
});

describe("what is told", () => {
  const declined = { enabled: true, last_attempt: { outcome: "declined" } } as Recharge;
  const low = () => ({ perDay: "5", seconds: 3600 });

  test("is one notice, the most pressing one", () => {
    const all = wallet(account({ available: "-3", balance: "-3" }));
    const action = {
      ...declined,
      last_attempt: { ...declined.last_attempt, code: "authentication_required", redirect_url: "https://x" },
    } as Recharge;
    const byHand = { ...declined, last_attempt: { ...declined.last_attempt, redirect_url: "https://y" } } as Recharge;
    assert.deepEqual(noticeOf({ wallet: all, recharge: [byHand] }, AT), { kind: "recharge.failed", url: "https://y" });
    const kinds = [
      noticeOf({ wallet: { ...all, freezes: [{ cause: "manual", since: ago(1) }] }, recharge: [action] }, AT),
      noticeOf({ wallet: { ...all, freezes: [{ cause: "manual", since: ago(1) }] }, recharge: [declined] }, AT),
      noticeOf({ wallet: all, recharge: [declined] }, AT),
      noticeOf({ wallet: all, recharge: [{ ...declined, enabled: false }] }, AT),
      noticeOf({ wallet: wallet(account({ available: "0", balance: "0" })) }, AT),
      noticeOf({ wallet: wallet(account({ available: "0", held: "10" })) }, AT),
      noticeOf({ wallet: wallet(account({ available: "0", overdraft: "5" })) }, AT),
      noticeOf({ wallet: wallet(account({ available: "0", restricted: [{ amount: "1" }] })) }, AT),
      noticeOf({ wallet: wallet(account()), pace: low }, AT),
      noticeOf({ wallet: wallet(account()), ending: () => ({ amount: "5", at: ago(-24) }) }, AT),
      noticeOf({ wallet: wallet(account()), ending: () => ({ amount: "0.01", at: ago(-24) }) }, AT),
      noticeOf({ wallet: wallet() }, AT),
    ];
    assert.deepEqual(
      kinds.map((one) => one?.kind),
      [
        ...["recharge.action", "frozen", "recharge.failed", "overdrawn", "empty", "full"],
        ...[undefined, undefined, "low", "expiring", undefined, undefined],
      ],
    );
  });

  test("a payment went back in whole or in part, by refunds that did not fail and disputes that were lost", () => {
    const refund = (amount: string, status = "succeeded") => ({ id: "r", amount, status });
    const dispute = (amount: string, status: string) => ({ id: "d", amount, status });
    const back = (refunds: object[], disputes: object[] = [], receipt: object | null = { amount: "23.8" }) =>
      returned({ amount: "20", receipt, refunds, disputes } as Payment);
    assert.deepEqual(
      [
        back([]),
        back([refund("5")]),
        back([refund("23.8")]),
        back([refund("20")]),
        back([refund("20")], [], null),
        back([refund("23.8", "failed")]),
        back([], [dispute("23.8", "open")]),
        back([], [dispute("23.8", "won")]),
        back([refund("3.8")], [dispute("20", "lost")]),
      ],
      ["none", "some", "all", "some", "all", "none", "none", "none", "all"],
    );
  });

  test("a share opens into the rows that it is the sum of", () => {
    const entries = [
      used(3, ago(1), "-1", { subject: "a", model: "large" }),
      used(2, ago(2), "-5", { subject: "b" }),
      used(1, ago(3), "-2", { subject: "a", type: "credited" }),
    ];
    for (const by of ["note", "model", "day"] as const) {
      for (const share of shares(entries, "default:USD", by)) {
        const rows = rowsOf(entries, "default:USD", by, share.name);
        assert.equal(rows.length, share.count);
        assert.equal(minus("0", sum(rows.map((row) => row.amount))), share.amount);
      }
    }
  });

  test("a grant opens into the rows that make what is left of it, and no others", () => {
    const of = (grant: string, amount: string) => ({ grant, asset: "USD", amount });
    const entries = [
      used(4, ago(1), "-7", { grants: [of("gift", "-5"), of("paid", "-2")] }),
      used(3, ago(2), "0", { type: "hold_authorized" }),
      used(2, ago(3), "10", { type: "credited", grants: [of("paid", "10")] }),
      used(1, ago(4), "5", { type: "credited", grants: [of("gift", "5")] }),
    ];
    const rows = (grant: string) => rowsOfGrant(entries, grant).map((row) => [row.entry.seq, row.amount]);
    assert.deepEqual(rows("gift"), [
      [4, "-5"],
      [1, "5"],
    ]);
    assert.deepEqual(rows("paid"), [
      [4, "-2"],
      [2, "10"],
    ]);
    assert.deepEqual(rows("other"), []);
  });

  test("a limit opens into the newest rows of its window that add up to what it counted, or into none", () => {
    const limit = (more: Partial<Budget>): Budget => ({
      ...{ code: "b", name: null, asset: "USD", limit: "5", window: "day", on_exceeded: "deny" },
      ...{ window_started_at: ago(24), ...more },
    });
    const entries = [
      used(6, ago(1), "-1", { subject: "a", event_type: "chat", model: "large" }),
      used(5, ago(2), "-2", { subject: "b", event_type: "chat" }),
      used(4, ago(3), "9", { type: "credited" }),
      used(3, ago(4), "-4", { subject: "a", event_type: "image" }),
      used(2, ago(30), "-8", { subject: "a" }),
    ];
    const rows = (budget: Budget, value?: object) => rowsOfBudget(entries, budget, value).map((row) => row.entry.seq);
    assert.deepEqual(rows(limit({ spent: "7" })), [6, 5, 3]);
    assert.deepEqual(rows(limit({ spent: "3" })), [6, 5], "it was made later than its window began");
    assert.deepEqual(rows(limit({ spent: "5", each: "subject" }), { value: "a", spent: "5" }), [6, 3]);
    assert.deepEqual(rows(limit({ spent: "3", match: { event_type: "chat" } })), [6, 5]);
    assert.deepEqual(rows(limit({ spent: "1", match: { data: { model: "large" } } })), [6]);
    const unseen: Budget[] = [
      limit({ spent: "15" }),
      limit({ spent: "2.5" }),
      limit({ spent: "0" }),
      limit({ spent: "1", match: { data: { region: "eu" } } }),
    ];
    for (const budget of unseen) assert.deepEqual(rows(budget), [], JSON.stringify(budget));
    assert.deepEqual(rows(limit({ each: "api_key" }), { value: "k", spent: "1" }), []);
  });

  test("the last hour is told in parts of five minutes, the oldest first", () => {
    const minutes = (count: number) => ago(count / 60);
    const entries = [
      used(5, minutes(0), "-1"),
      used(4, minutes(1), "-2"),
      used(3, minutes(4), "8", { type: "credited" }),
      used(2, minutes(31), "-4"),
      used(1, minutes(61), "-9"),
    ];
    const parts = lastHour(entries, "default:USD", AT);
    assert.deepEqual(parts, ["0", "0", "0", "0", "0", "4", "0", "0", "0", "0", "0", "3"]);
    assert.ok(lastHour([], "default:USD", AT).every((part) => part === "0"));
  });

  test("a call alone is no news of payments and rules", () => {
    const quiet = (type: string) => isQuiet(used(1, ago(1), "-1", { type }));
    assert.deepEqual(
      ["usage_recorded", "hold_captured", "hold_expired", "credited", "recharge_intended", "debited"].map(quiet),
      [true, true, true, false, false, false],
    );
  });

  test("a pace is told from a day on, and only of what is known", () => {
    const day = [used(3, ago(1), "-1"), used(2, ago(20), "-2"), used(1, ago(48), "-1")];
    assert.deepEqual(paceOf(account({ available: "10" }), day, AT, true), { perDay: "2", seconds: 5 * 86_400 });
    assert.equal(paceOf(account(), day.slice(0, 2), AT, true), undefined, "less than a day");
    assert.equal(paceOf(account({ available: "0" }), day, AT, true), undefined);
    assert.equal(spentToday(account(), day, AT, true), "1");
    assert.equal(spentToday(account(), day.slice(0, 1), AT, false), undefined, "the day may have begun before");
  });

  test("what a charge that was taken back gives counts as not spent", () => {
    const back = used(4, ago(0), "1", { type: "reversed" });
    assert.equal(spentToday(account(), [back, used(3, ago(1), "-1")], AT, true), "0");
  });

  test("what was spent is told apart by who spent it, the most first", () => {
    const entries = [
      used(4, ago(1), "-1", { subject: "a", model: "large" }),
      used(3, ago(2), "-5", { note: "b" }),
      used(2, ago(30), "-1.5", { subject: "a" }),
      used(1, ago(30), "100", { type: "credited" }),
    ];
    assert.deepEqual(shares(entries, "default:USD", "note"), [
      { name: "b", amount: "5", count: 1 },
      { name: "a", amount: "2.5", count: 2 },
    ]);
    assert.deepEqual(
      shares(entries, "default:USD", "day").map((one) => [one.name, one.amount]),
      [
        ["2026-11-30", "6"],
        ["2026-11-29", "1.5"],
      ],
    );
  });

  test("credit that ends soonest is all that ends in that moment", () => {
    const grant = (amount: string, end: string | null) => ({
      ...{ id: "g", available: amount, held: "0", original: amount, purpose: "paid", priority: 50 },
      ...{ effective_at: ago(9), expires_at: end },
    });
    const all = [grant("1", ago(-5)), grant("2", ago(-5)), grant("4", null), grant("8", ago(-9)), grant("9", ago(1))];
    assert.deepEqual(endingNext(all, AT), { amount: "3", at: ago(-5) });
    assert.equal(endingNext([grant("4", null)], AT), undefined);
  });
});

describe("what is offered", () => {
  const packs: Packs = {
    packs: [],
    free_amounts: [{ currency: "EUR", min: "20", max: "60" }],
    bonuses: [
      { currency: "EUR", asset: "EUR", from: "50", bonus: "5" },
      { currency: "EUR", asset: "EUR", from: "25", bonus: "1" },
    ],
  };

  test("keeps to the limits, with the highest gift that is reached", () => {
    const { offers, currency } = offersOf(packs, ["USD"]);
    assert.equal(currency, "EUR");
    assert.deepEqual(
      offers.map((one) => [one.amount, one.bonus]),
      [
        ["25", "1"],
        ["50", "5"],
      ],
    );
    assert.equal(offerOf(packs, "EUR", "49.99").bonus, "1");
    assert.deepEqual(outside(packs, "EUR", "19.99"), { min: "20", max: "60" });
    assert.equal(outside(packs, "EUR", "60"), undefined);
  });

  test("packs stand in the place of round amounts", () => {
    const pack = { code: "s", name: "Starter", amount: "20", currency: "USD", asset: "USD", bonus: null };
    assert.deepEqual(offersOf({ ...packs, packs: [pack] }, []).offers, [
      { pack: "s", name: "Starter", amount: "20", currency: "USD", asset: "USD" },
    ]);
  });

  test("a debt is covered first, and no more of it than was bought", () => {
    const offer = { amount: "20", currency: "USD", asset: "USD", bonus: "1" };
    assert.deepEqual(afterwards(account({ available: "-5" }), offer), { available: "16", covers: "5" });
    assert.deepEqual(afterwards(account({ available: "-50" }), offer), { available: "-29", covers: "21" });
    assert.deepEqual(afterwards(undefined, offer), { available: "21", covers: "0" });
  });
});

test("a file for a spreadsheet runs nothing there", () => {
  const entry = used(1, ago(1), "-0.5", { note: '=HYPERLINK("x"),y' });
  const [head, row] = csvOf([entry]).split("\r\n");
  assert.equal(head, "entry,at,what,note,amount,asset,balance");
  assert.equal(row, `1,${ago(1)},Usage,"'=HYPERLINK(""x""),y",-0.5,USD,`);
});
