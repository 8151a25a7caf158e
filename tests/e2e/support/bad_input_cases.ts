// Bad input and its answer. Each case changes one valid request in one way, so what is refused is that change.
//
//   what is wrong, what it changes (or the whole body as text), status and code, the fields that `errors` names
//
// {customer}, {hold} and the like stand for ids that the test has created; see bad_input.test.ts.

/** Where a request goes, and a body that would be accepted there. */
export interface Call {
  method: string;
  path: string;
  body?: Record<string, unknown>;
  /** What the body is accepted with. */
  status: number;
}

const money = { asset: "USD", amount: "1" };
const chat = { event_type: "chat", data: { input_tokens: 1, output_tokens: 1 } };
const recorded = { ...chat, id: "event", occurred_at: "2026-01-01T00:00:00Z" };

const price = {
  name: "Input",
  type: "usage_based",
  billing_model: { type: "real_time" },
  usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: "input_tokens" },
  pricing: [{ asset: "USD", values: [{ volume_rate: "2.50", package_size: "1000000" }] }],
};

export const CALLS = {
  authorize: {
    method: "POST",
    path: "/v1/authorize",
    body: { id: "amount", customer_id: "{customer}", ...money },
    status: 200,
  },
  "authorize usage": {
    method: "POST",
    path: "/v1/authorize",
    body: { id: "usage", customer_id: "{customer}", events: [chat] },
    status: 200,
  },
  "record events": {
    method: "POST",
    path: "/v1/events",
    body: { customer_id: "{customer}", events: [recorded, { ...recorded, id: "event 2" }] },
    status: 204,
  },
  "extend hold": {
    method: "POST",
    path: "/v1/holds/{hold}/extend",
    body: { id: "extend", expires_in: 600 },
    status: 200,
  },
  "capture hold": { method: "POST", path: "/v1/holds/{hold}/capture", body: { amount: "0.5" }, status: 200 },
  "release hold": {
    method: "POST",
    path: "/v1/holds/{hold to release}/release",
    body: { reason: "aborted" },
    status: 200,
  },
  adjust: {
    method: "POST",
    path: "/v1/customers/{customer}/wallet/adjustments",
    body: { transaction_id: "adjustment", ...money, reason: "gift" },
    status: 201,
  },
  charge: {
    method: "POST",
    path: "/v1/customers/{customer}/wallet/charges",
    body: { transaction_id: "charge", ...money },
    status: 201,
  },
  "create asset": {
    method: "POST",
    path: "/v1/assets",
    body: { code: "NEW", name: "New", precision: 2 },
    status: 201,
  },
  "create product": {
    method: "POST",
    path: "/v1/products",
    body: { code: "new", name: "New", publish: true, prices: [price] },
    status: 201,
  },
  "create customer": {
    method: "POST",
    path: "/v1/customers",
    body: { name: "New", external_id: "new", subscriptions: [{ products: [{ code: "chat" }] }] },
    status: 201,
  },
  "list entries": { method: "GET", path: "/v1/customers/{customer}/wallet/entries", status: 200 },
  "list holds": { method: "GET", path: "/v1/customers/{customer}/wallet/holds", status: 200 },
  "list grants": { method: "GET", path: "/v1/customers/{customer}/wallet/default:USD/grants", status: 200 },
  "list customers": { method: "GET", path: "/v1/customers", status: 200 },
} satisfies Record<string, Call>;

/** Text that stands in the body as it is, because no JSON writer would write it. */
const raw = (text: string) => `@@${text}@@`;

/** What a case does to its request. */
export interface Change {
  /** By path, such as `events.0.data.input_tokens`. What is undefined is left out. */
  body?: Record<string, unknown>;
  /** Instead of the body. */
  text?: string | Uint8Array<ArrayBuffer>;
  method?: string;
  /** Instead of the path, or its query. */
  path?: string;
  /** Null leaves a header out. */
  headers?: Record<string, string | null>;
}

export interface Case {
  call: keyof typeof CALLS;
  what: string;
  change: Change;
  status: number;
  code: string;
  fields: string[];
}

type Row = [what: string, change: Change | Record<string, unknown>, answer: string, ...fields: string[]];

function cases(call: keyof typeof CALLS, rows: Row[]): Case[] {
  return rows.map(([what, given, answer, ...fields]) => {
    // Most cases change the body and nothing else, so they need not say so.
    const isChange = ["text", "path", "headers"].some((key) => key in given);
    const change: Change = isChange ? given : { body: given };
    const [status, code = ""] = answer.split(" ");
    return { call, what, change, status: Number(status), code, fields };
  });
}

const long = (count: number) => "x".repeat(count);
const nested = (depth: number) => `${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}`;
const many = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ ...recorded, id: `event ${place}`, data: {} }));
const INVALID = "422 validation_failed";
const MALFORMED = "400 malformed_body";

// biome-ignore format: a table reads best with one case a line.
export const BAD_INPUT: Case[] = [
  // The envelope.
  ...cases("authorize", [
    ["no key", { headers: { authorization: null } }, "401 unauthorized"],
    ["an empty key", { headers: { authorization: "Bearer " } }, "401 unauthorized"],
    ["garbage for a key", { headers: { authorization: "Bearer hello" } }, "401 unauthorized"],
    ["a key of the right form that nobody has", { headers: { authorization: `Bearer sk_test_${long(43)}` } }, "401 unauthorized"],
    ["a key that is too long", { headers: { authorization: `Bearer sk_test_${long(5000)}` } }, "401 unauthorized"],
    ["a password", { headers: { authorization: "Basic c2tfdGVzdF9sb2NhbA==" } }, "401 unauthorized"],
    ["a revoked key", { headers: { authorization: "Bearer {revoked key}" } }, "401 unauthorized"],
    ["a key by the other header that nobody has", { headers: { authorization: null, "x-credyt-api-key": "sk_live_1" } }, "401 unauthorized"],
    ["the platform account of somebody else", { headers: { "x-credyt-account": "acc_other" } }, "403 forbidden"],
    ["text", { headers: { "content-type": "text/plain" } }, "415 unsupported_media_type"],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, "415 unsupported_media_type"],
    ["something like JSON", { headers: { "content-type": "application/json-seq" } }, "415 unsupported_media_type"],
    ["no content type", { headers: { "content-type": "" } }, "415 unsupported_media_type"],
    ["an Idempotency-Key of 256 characters", { headers: { "idempotency-key": long(256) }, body: { id: undefined } }, INVALID, "Idempotency-Key"],
    ["more than 1 MiB", { text: `{"id":"${long(1_048_576)}"}` }, "413 body_too_large"],
    ["more than 1 MiB that is no JSON", { text: long(1_048_577) }, "413 body_too_large"],
  ]),
  ...cases("authorize", [
    ["another path", { path: "/v1/authorise" }, "404 not_found"],
    ["a slash at the end", { path: "/v1/authorize/" }, "404 not_found"],
    ["two slashes at the start", { path: "//v1/authorize" }, "404 not_found"],
    ["another version", { path: "/v2/authorize" }, "404 not_found"],
    ["the root", { path: "/" }, "404 not_found"],
    ["something for a browser", { method: "GET", path: "/index.html" }, "404 not_found"],
    ["GET instead of POST", { method: "GET", path: "/v1/authorize" }, "405 method_not_allowed"],
    ["PUT instead of POST", { method: "PUT", path: "/v1/authorize" }, "405 method_not_allowed"],
    ["OPTIONS", { method: "OPTIONS", path: "/v1/authorize" }, "405 method_not_allowed"],
    ["DELETE of a customer", { method: "DELETE", path: "/v1/customers/{customer}" }, "405 method_not_allowed"],
    ["PATCH of a wallet", { method: "PATCH", path: "/v1/customers/{customer}/wallet" }, "405 method_not_allowed"],
    ["POST to what can only be read", { path: "/v1/customers/{customer}/wallet/entries" }, "405 method_not_allowed"],
    ["a webhook without a signature", { path: "/stripe/webhook" }, "400 signature_rejected"],
  ]),
  // JSON that is none, or not an object.
  ...cases("authorize", [
    ["no body", { text: "" }, MALFORMED],
    ["spaces only", { text: " \n" }, MALFORMED],
    ["half an object", { text: '{"id":"half","customer_id":' }, MALFORMED],
    ["a comma too many", { text: '{"id":"x",}' }, MALFORMED],
    ["single quotes", { text: "{'id':'x'}" }, MALFORMED],
    ["keys without quotes", { text: '{id:"x"}' }, MALFORMED],
    ["a comment", { text: '{"id":"x"} // why not' }, MALFORMED],
    ["two objects", { text: '{"id":"x"}{"id":"y"}' }, MALFORMED],
    ["a byte order mark", { text: '\uFEFF{"id":"x"}' }, MALFORMED],
    ["a line break inside a string", { text: '{"id":"two\nlines"}' }, MALFORMED],
    ["a list", { text: "[]" }, MALFORMED],
    ["null", { text: "null" }, MALFORMED],
    ["a string", { text: '"authorize"' }, MALFORMED],
    ["a number", { text: "1" }, MALFORMED],
    ["bytes that are not UTF-8", { text: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, MALFORMED],
    ["half a UTF-16 pair, in UTF-8", { text: new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]) }, MALFORMED],
    ["33 levels", { events: raw(nested(33)) }, MALFORMED],
    ["100,000 levels", { events: raw(nested(100_000)) }, MALFORMED],
    ["an empty object", { text: "{}" }, INVALID, "customer_id", "events", "id"],
    ["a key twice", { amount: raw('"1","amount":"2"') }, INVALID, "amount"],
  ]),
  // Ids.
  ...cases("authorize", [
    ["no id", { id: undefined }, INVALID, "id"],
    ["null for an id", { id: null }, INVALID, "id"],
    ["an empty id", { id: "" }, INVALID, "id"],
    ["a number for an id", { id: 1 }, INVALID, "id"],
    ["an id of 256 characters", { id: long(256) }, INVALID, "id"],
    ["a control character in an id", { id: "a\u0000b" }, INVALID, "id"],
    ["a line break in an id", { id: "a\nb" }, INVALID, "id"],
    ["half a surrogate pair in an id", { id: raw('"\\ud800"') }, INVALID, "id"],
    ["an id that was used for something else", { id: "used" }, "422 operation_id_reused"],
    ["no customer", { customer_id: undefined }, INVALID, "customer_id"],
    ["two customers", { customer_external_id: "x" }, INVALID, "customer_external_id"],
    ["a number for a customer", { customer_id: 7 }, INVALID, "customer_id"],
    ["a customer of 256 characters", { customer_id: undefined, customer_external_id: long(256) }, INVALID, "customer_external_id"],
    ["a line break in a customer", { customer_id: "{customer}\nx" }, INVALID, "customer_id"],
    ["a customer that does not exist", { customer_id: "cust_00000000000000000000000000" }, "404 wallet_not_found"],
    ["a customer that cannot exist", { customer_id: "../{customer}" }, "404 not_found"],
    ["an external id that nobody has", { customer_id: undefined, customer_external_id: "nobody" }, "404 wallet_not_found"],
    ["the customer and other errors at once", { customer_id: undefined, amount: "x", expires_in: 0 }, INVALID, "amount", "customer_id", "expires_in"],
  ]),
  // Amounts.
  ...cases("authorize", [
    ["no amount", { amount: undefined }, INVALID, "amount"],
    ["null for an amount", { amount: null }, INVALID, "amount"],
    ["a word for an amount", { amount: "ten" }, INVALID, "amount"],
    ["an empty amount", { amount: "" }, INVALID, "amount"],
    ["true for an amount", { amount: true }, INVALID, "amount"],
    ["a list for an amount", { amount: ["1"] }, INVALID, "amount"],
    ["an object for an amount", { amount: { value: "1" } }, INVALID, "amount"],
    ["a space before an amount", { amount: " 1" }, INVALID, "amount"],
    ["a space after an amount", { amount: "1 " }, INVALID, "amount"],
    ["a leading plus", { amount: "+1" }, INVALID, "amount"],
    ["a leading zero", { amount: "01" }, INVALID, "amount"],
    ["nothing before the point", { amount: ".5" }, INVALID, "amount"],
    ["nothing after the point", { amount: "5." }, INVALID, "amount"],
    ["two points", { amount: "1.2.3" }, INVALID, "amount"],
    ["a separator", { amount: "1,000" }, INVALID, "amount"],
    ["an underscore", { amount: "1_000" }, INVALID, "amount"],
    ["hexadecimal", { amount: "0x10" }, INVALID, "amount"],
    ["a currency sign", { amount: "$1" }, INVALID, "amount"],
    ["digits of another script", { amount: "٥" }, INVALID, "amount"],
    ["an exponent in a string", { amount: "1e3" }, INVALID, "amount"],
    ["a negative exponent in a string", { amount: "1E-05" }, INVALID, "amount"],
    ["NaN in a string", { amount: "NaN" }, INVALID, "amount"],
    ["infinity in a string", { amount: "Infinity" }, INVALID, "amount"],
    ["13 decimal places", { amount: "0.0000000000001" }, INVALID, "amount"],
    ["13 decimal places of a number", { amount: raw("1e-13") }, INVALID, "amount"],
    ["10^15", { amount: "1000000000000000" }, INVALID, "amount"],
    ["10^15 as a number", { amount: raw("1e15") }, INVALID, "amount"],
    ["a number beyond any float", { amount: raw("1e999") }, INVALID, "amount"],
    ["an exponent of four digits", { amount: raw("0e1000") }, INVALID, "amount"],
    ["5,000 digits", { amount: "9".repeat(5000) }, INVALID, "amount"],
    ["NaN", { amount: raw("NaN") }, MALFORMED],
    ["infinity", { amount: raw("Infinity") }, MALFORMED],
    ["a number with a leading plus", { amount: raw("+1") }, MALFORMED],
    ["a number with a leading zero", { amount: raw("01") }, MALFORMED],
    ["a negative amount", { amount: "-0.01" }, INVALID, "amount"],
    ["an amount without its asset", { asset: undefined }, INVALID, "asset"],
    ["an asset that cannot exist", { asset: "US dollar" }, INVALID, "asset"],
    ["an asset of 33 characters", { asset: long(33) }, INVALID, "asset"],
    ["an amount that is finer than its asset", { asset: "CENTS", amount: "0.001" }, "422 too_precise"],
    ["neither amount nor events", { asset: undefined, amount: undefined }, INVALID, "events"],
  ]),
  // What else an authorization says.
  ...cases("authorize", [
    ["a field that does not exist", { amout: "1" }, INVALID, "amout"],
    ["no time at all", { expires_in: 0 }, INVALID, "expires_in"],
    ["a negative time", { expires_in: -1 }, INVALID, "expires_in"],
    ["half a second", { expires_in: 0.5 }, INVALID, "expires_in"],
    ["more than a day", { expires_in: 86_401 }, INVALID, "expires_in"],
    ["more than any clock", { expires_in: 1e18 }, INVALID, "expires_in"],
    ["a time in a string", { expires_in: "300" }, INVALID, "expires_in"],
    ["another policy", { on_insufficient: "beg" }, INVALID, "on_insufficient"],
    ["a number for a policy", { on_insufficient: 1 }, INVALID, "on_insufficient"],
    ["a subject of 1,001 characters", { subject: long(1001) }, INVALID, "subject"],
    ["several errors at once", { amount: "x", expires_in: 0, subject: 7 }, INVALID, "amount", "expires_in", "subject"],
  ]),
  // Usage.
  ...cases("authorize usage", [
    ["events and an amount", { amount: "1" }, INVALID, "amount"],
    ["no events", { events: [] }, INVALID, "events"],
    ["an object for events", { events: {} }, INVALID, "events"],
    ["a string for an event", { events: [chat, "chat"] }, INVALID, "events[1]"],
    ["1,001 events", { events: many(1001) }, INVALID, "events"],
    ["an event without its type", { events: [chat, { data: {} }] }, INVALID, "events[1].event_type"],
    ["a number for an event type", { "events.0.event_type": 5 }, INVALID, "events[0].event_type"],
    ["a time that is none", { "events.0.occurred_at": "yesterday" }, INVALID, "events[0].occurred_at"],
    ["a list for data", { "events.0.data": [1] }, INVALID, "events[0].data"],
    ["an object in data", { "events.0.data.model": { name: "x" } }, INVALID, "events[0].data.model"],
    ["a key of data twice", { "events.0.data.n": raw('1,"n":2') }, INVALID, "events[0].data.n"],
    ["data of more than 2 KiB", { "events.0.data.text": long(2048) }, INVALID, "events[0].data"],
    ["a volume with 13 decimal places", { "events.0.data.input_tokens": raw("0.0000000000001") }, INVALID, "events[0].data.input_tokens"],
    ["a negative volume", { "events.0.data.input_tokens": -1 }, "422 usage_not_a_number", "events[0].data.input_tokens"],
    ["a word for a volume", { "events.0.data.input_tokens": "many" }, "422 usage_not_a_number", "events[0].data.input_tokens"],
    ["true for a volume", { "events.0.data.output_tokens": true }, "422 usage_not_a_number", "events[0].data.output_tokens"],
    ["a volume with an exponent in a string", { "events.0.data.output_tokens": "1e3" }, "422 usage_not_a_number", "events[0].data.output_tokens"],
    ["costs, which are for later", { "events.0.costs": [{ amount: "1" }] }, INVALID, "events[0].costs"],
    ["fees beyond any amount", { events: [{ event_type: "huge" }, { event_type: "huge" }] }, "422 amount_out_of_range"],
  ]),
  ...cases("record events", [
    ["no events at all", { events: undefined }, INVALID, "events"],
    ["no customer", { customer_id: undefined }, INVALID, "customer_id"],
    ["a customer that does not exist", { customer_id: "cust_00000000000000000000000000" }, "404 wallet_not_found"],
    ["an event without an id", { "events.1.id": undefined }, INVALID, "events[1].id"],
    ["an event id of 256 characters", { "events.1.id": long(256) }, INVALID, "events[1].id"],
    ["an event without its time", { "events.0.occurred_at": undefined }, INVALID, "events[0].occurred_at"],
    ["a bare date", { "events.0.occurred_at": "2026-01-01" }, INVALID, "events[0].occurred_at"],
    ["a space instead of the T", { "events.0.occurred_at": "2026-01-01 00:00:00Z" }, INVALID, "events[0].occurred_at"],
    ["a time without a zone", { "events.0.occurred_at": "2026-01-01T00:00:00" }, INVALID, "events[0].occurred_at"],
    ["a 13th month", { "events.0.occurred_at": "2026-13-01T00:00:00Z" }, INVALID, "events[0].occurred_at"],
    ["seconds since 1970", { "events.0.occurred_at": 1_767_225_600 }, INVALID, "events[0].occurred_at"],
    ["two bad events, both named", { "events.0.id": undefined, "events.1.event_type": undefined }, INVALID, "events[0].id", "events[1].event_type"],
    ["one id for two events", { "events.1.id": "event", "events.1.subject": "other" }, "422 operation_id_reused", "events[1]"],
    ["one bad volume among good ones", { "events.1.data.input_tokens": -5 }, "422 usage_not_a_number", "events[1].data.input_tokens"],
    ["1,001 events", { events: many(1001) }, INVALID, "events"],
    ["a description of 1,001 characters", { "events.0.description": long(1001) }, INVALID, "events[0].description"],
  ]),
  // Holds.
  ...cases("capture hold", [
    ["a field that does not exist", { finale: true }, INVALID, "finale"],
    ["a word for final", { final: "yes" }, INVALID, "final"],
    ["a part without an id", { final: false }, INVALID, "id"],
    ["a negative amount", { amount: "-1" }, INVALID, "amount"],
    ["events and an amount", { events: [chat] }, INVALID, "amount"],
    ["no events", { amount: undefined, events: [] }, INVALID, "events"],
    ["an asset that the wallet lacks", { asset: "EUR" }, "422 unknown_asset"],
    ["an asset without an amount", { asset: "USD", amount: undefined }, INVALID, "amount"],
    ["an amount finer than its asset", { asset: "CENTS", amount: "0.001" }, "422 too_precise"],
    ["malformed JSON", { text: "{" }, MALFORMED],
    ["nonsense for a hold", { path: "/v1/holds/nonsense/capture" }, "404 not_found"],
    ["a hold number that is too short", { path: "/v1/holds/hold_00000000000000000000000000_1/capture" }, "404 not_found"],
    ["a hold of a customer that does not exist", { path: "/v1/holds/hold_00000000000000000000000000_000000000004/capture" }, "404 wallet_not_found"],
    ["the hold's number in another customer's wallet", { path: "/v1/holds/{hold of another}/capture" }, "404 hold_not_found"],
    ["an entry that is no hold", { path: "/v1/holds/{not a hold}/capture" }, "404 hold_not_found"],
    ["a hold that will never exist", { path: "/v1/holds/{future hold}/capture" }, "404 hold_not_found"],
    ["a hold in capitals", { path: "/v1/holds/{HOLD}/capture" }, "404 not_found"],
    ["a hold that was released", { path: "/v1/holds/{released hold}/capture" }, "409 hold_already_ended"],
    ["an amount for a hold of two assets", { path: "/v1/holds/{hold of two assets}/capture" }, "422 asset_required"],
  ]),
  ...cases("extend hold", [
    ["a field that does not exist", { seconds: 5 }, INVALID, "seconds"],
    ["nothing to extend by", { expires_in: undefined }, INVALID, "expires_in"],
    ["more than a day", { expires_in: 86_401 }, INVALID, "expires_in"],
    ["no id", { id: undefined }, INVALID, "id"],
    ["more money than there is", { ...money, amount: "1000" }, "402 insufficient_funds"],
    ["a hold that was released", { path: "/v1/holds/{released hold}/extend" }, "409 hold_already_ended"],
    ["nonsense for a hold", { path: "/v1/holds/nonsense/extend" }, "404 not_found"],
  ]),
  ...cases("release hold", [
    ["a field that does not exist", { because: "x" }, INVALID, "because"],
    ["a number for a reason", { reason: 5 }, INVALID, "reason"],
    ["nonsense for a hold", { path: "/v1/holds/%00/release" }, "404 not_found"],
    ["nonsense for a hold to look at", { method: "GET", path: "/v1/holds/hold_" }, "404 not_found"],
  ]),
  // Money by hand.
  ...cases("adjust", [
    ["nothing", { amount: "0" }, INVALID, "amount"],
    ["nothing with decimal places", { amount: raw("0.000") }, INVALID, "amount"],
    ["less than nothing, which is nothing", { amount: "-0" }, INVALID, "amount"],
    ["13 decimal places", { amount: "1.0000000000001" }, INVALID, "amount"],
    ["-10^15", { amount: "-1000000000000000" }, INVALID, "amount"],
    ["no transaction id", { transaction_id: undefined }, INVALID, "transaction_id"],
    ["a transaction id of 256 characters", { transaction_id: long(256) }, INVALID, "transaction_id"],
    ["a transaction id that was used for something else", { transaction_id: "used" }, "422 operation_id_reused"],
    ["no asset", { asset: undefined }, INVALID, "asset"],
    ["an asset that does not exist", { asset: "NOPE" }, INVALID, "asset"],
    ["a currency in small letters", { asset: "usd" }, INVALID, "asset"],
    ["no reason", { reason: undefined }, INVALID, "reason"],
    ["another reason", { reason: "because" }, INVALID, "reason"],
    ["an account name with a colon", { account_name: "a:b" }, INVALID, "account_name"],
    ["an expiry that is no time", { expires_at: "soon" }, INVALID, "expires_at"],
    ["an end before the start", { effective_at: "2030-01-02T00:00:00Z", expires_at: "2030-01-01T00:00:00Z" }, INVALID, "expires_at"],
    ["an expiry of a debit", { amount: "-1", expires_at: "2030-01-01T00:00:00Z" }, INVALID, "expires_at"],
    ["metadata of more than 2 KiB", { metadata: { text: long(2045) } }, INVALID, "metadata"],
    ["a number in metadata", { metadata: { n: 1 } }, INVALID, "metadata.n"],
    ["a list for metadata", { metadata: ["x"] }, INVALID, "metadata"],
    ["a description of 1,001 characters", { description: long(1001) }, INVALID, "description"],
    ["an amount finer than its asset", { asset: "CENTS", amount: "0.001" }, "422 too_precise"],
    ["more than an account can have", { asset: "FULL", amount: "1" }, "422 amount_out_of_range"],
    ["a customer that does not exist", { path: "/v1/customers/cust_00000000000000000000000000/wallet/adjustments" }, "404 wallet_not_found"],
    ["a customer that cannot exist", { path: "/v1/customers/nobody/wallet/adjustments" }, "404 not_found"],
  ]),
  ...cases("charge", [
    ["nothing", { amount: "0" }, INVALID, "amount"],
    ["less than nothing", { amount: "-1" }, INVALID, "amount"],
    ["no transaction id", { transaction_id: undefined }, INVALID, "transaction_id"],
    ["a transaction id that was used for something else", { transaction_id: "used" }, "422 operation_id_reused"],
    ["an asset that does not exist", { asset: "NOPE" }, INVALID, "asset"],
    ["metadata of more than 2 KiB in another script", { metadata: { "ключ": "я".repeat(1021) } }, INVALID, "metadata"],
    ["a customer that does not exist", { path: "/v1/customers/cust_00000000000000000000000000/wallet/charges" }, "404 wallet_not_found"],
  ]),
  // The catalogue.
  ...cases("create asset", [
    ["no code", { code: undefined }, INVALID, "code"],
    ["a code with a space", { code: "GPU HOURS" }, INVALID, "code"],
    ["a code with a colon", { code: "a:b" }, INVALID, "code"],
    ["a code of 33 characters", { code: long(33) }, INVALID, "code"],
    ["no name", { name: undefined }, INVALID, "name"],
    ["an empty name", { name: "" }, INVALID, "name"],
    ["13 decimal places", { precision: 13 }, INVALID, "precision"],
    ["negative decimal places", { precision: -1 }, INVALID, "precision"],
    ["half a decimal place", { precision: 1.5 }, INVALID, "precision"],
    ["a symbol of nine characters", { symbol: long(9) }, INVALID, "symbol"],
    ["rates, which are for later", { rates: [{ source: "USD", rate: "1" }] }, INVALID, "rates"],
    ["a code that another asset has", { code: "CENTS" }, "409 already_exists"],
    ["an asset that does not exist, to look at", { method: "GET", path: "/v1/assets/NOPE" }, "404 not_found"],
  ]),
  ...cases("create product", [
    ["no code", { code: undefined }, INVALID, "code"],
    ["no prices", { prices: undefined }, INVALID, "prices"],
    ["an object for prices", { prices: {} }, INVALID, "prices"],
    ["101 prices", { prices: Array.from({ length: 101 }, () => price) }, INVALID, "prices"],
    ["a draft", { publish: false }, INVALID, "publish"],
    ["entitlements, which are for later", { entitlements: [{ name: "x" }] }, INVALID, "entitlements"],
    ["a price of another type", { "prices.0.type": "fixed" }, INVALID, "prices[0].type"],
    ["a recurring price", { "prices.0.billing_model.type": "recurring" }, INVALID, "prices[0].billing_model.type"],
    ["tiers of a flat price", { "prices.0.tiering": { basis: "volume" } }, INVALID, "prices[0].tiering"],
    ["another model", { "prices.0.pricing_model": "stairs" }, INVALID, "prices[0].pricing_model"],
    ["a period of one's own", { "prices.0.pricing_model": "tiered", "prices.0.tiering": { period: "custom" } }, INVALID, "prices[0].tiering.period"],
    ["usage of one's own", { "prices.0.usage_calculation.usage_type": "custom" }, INVALID, "prices[0].usage_calculation.usage_type"],
    ["dimensions without rows", { "prices.0.usage_calculation.billable_dimensions": ["model"] }, INVALID, "prices[0].pricing[0].values[0].dimensions"],
    ["rows without dimensions", { "prices.0.pricing.0.values.0.dimensions": { model: "x" } }, INVALID, "prices[0].pricing[0].values[0].dimensions"],
    ["a minimum below nothing", { "prices.0.pricing.0.values.0.min_amount": "-1" }, INVALID, "prices[0].pricing[0].values[0].min_amount"],
    ["an invoice", { "prices.0.collection": { type: "invoice" } }, INVALID, "prices[0].collection.type"],
    ["a price without its calculation", { "prices.0.usage_calculation": undefined }, INVALID, "prices[0].usage_calculation"],
    ["another way to count", { "prices.0.usage_calculation.usage_type": "magic" }, INVALID, "prices[0].usage_calculation.usage_type"],
    ["a volume of no field", { "prices.0.usage_calculation.volume_field": undefined }, INVALID, "prices[0].usage_calculation.volume_field"],
    ["no event type", { "prices.0.usage_calculation.event_type": undefined }, INVALID, "prices[0].usage_calculation.event_type"],
    ["no pricing", { "prices.0.pricing": undefined }, INVALID, "prices[0].pricing"],
    ["an empty pricing", { "prices.0.pricing": [] }, INVALID, "prices[0].pricing"],
    ["no values", { "prices.0.pricing.0.values": [] }, INVALID, "prices[0].pricing[0].values"],
    ["no rate", { "prices.0.pricing.0.values.0.volume_rate": undefined }, INVALID, "prices[0].pricing[0].values[0].volume_rate"],
    ["a negative rate", { "prices.0.pricing.0.values.0.volume_rate": "-1" }, INVALID, "prices[0].pricing[0].values[0].volume_rate"],
    ["packages of nothing", { "prices.0.pricing.0.values.0.package_size": 0 }, INVALID, "prices[0].pricing[0].values[0].package_size"],
    ["a bound without tiers", { "prices.0.pricing.0.values.0.up_to": 5 }, INVALID, "prices[0].pricing[0].values[0].up_to"],
    ["an asset that does not exist", { "prices.0.pricing.0.asset": "NOPE" }, INVALID, "prices[0].pricing[0].asset"],
    ["a code that another product has", { code: "chat" }, "409 already_exists"],
    ["a product that does not exist, to look at", { method: "GET", path: "/v1/products/prp_nope" }, "404 not_found"],
  ]),
  ...cases("create customer", [
    ["no name", { name: undefined }, INVALID, "name"],
    ["a list for a name", { name: ["New"] }, INVALID, "name"],
    ["an external id of 256 characters", { external_id: long(256) }, INVALID, "external_id"],
    ["an empty external id", { external_id: "" }, INVALID, "external_id"],
    ["an e-mail address without an @", { email: "ada" }, INVALID, "email"],
    ["metadata of more than 2 KiB", { metadata: { text: long(2045) } }, INVALID, "metadata"],
    ["a string for subscriptions", { subscriptions: "chat" }, INVALID, "subscriptions"],
    ["a subscription to nothing", { subscriptions: [{ products: [] }] }, INVALID, "subscriptions[0].products"],
    ["a product without id and code", { "subscriptions.0.products.0": {} }, INVALID, "subscriptions[0].products[0].code"],
    ["a version that does not exist", { "subscriptions.0.products.0.version": 7 }, INVALID, "subscriptions[0].products[0].version"],
    ["a product that does not exist", { "subscriptions.0.products.0.code": "nope" }, INVALID, "subscriptions[0].products[0].code"],
    ["a product id that does not exist", { "subscriptions.0.products.0": { id: "prp_1" } }, INVALID, "subscriptions[0].products[0].id"],
    ["a start, which is for later", { "subscriptions.0.starts_at": "2030-01-01T00:00:00Z" }, INVALID, "subscriptions[0].starts_at"],
    ["other accounts, which are for later", { external_accounts: [{ provider: "stripe" }] }, INVALID, "external_accounts"],
    ["an external id that another customer has", { external_id: "{external id}" }, "409 already_exists"],
    ["a customer that does not exist, to look at", { method: "GET", path: "/v1/customers/cust_00000000000000000000000000" }, "404 not_found"],
    ["a customer that cannot exist, to look at", { method: "GET", path: "/v1/customers/a%2Fb" }, "404 not_found"],
  ]),
  // What is asked of lists, and what is looked for.
  ...cases("list entries", [
    ["a word for a cursor", { path: "?cursor=first" }, INVALID, "cursor"],
    ["a negative cursor", { path: "?cursor=-1" }, INVALID, "cursor"],
    ["a cursor beyond any number", { path: "?cursor=99999999999999999999999" }, INVALID, "cursor"],
    ["a page of none", { path: "?limit=0" }, INVALID, "limit"],
    ["a page of 101", { path: "?limit=101" }, INVALID, "limit"],
    ["half a page", { path: "?limit=0.5" }, INVALID, "limit"],
    ["a customer that does not exist", { path: "/v1/customers/cust_00000000000000000000000000/wallet/entries" }, "404 wallet_not_found"],
    ["a wallet of nobody", { path: "/v1/customers/cust_00000000000000000000000000/wallet" }, "404 wallet_not_found"],
    ["an account that the wallet lacks", { path: "/v1/customers/{customer}/wallet/default:EUR" }, "404 not_found"],
    ["an account that cannot exist", { path: "/v1/customers/{customer}/wallet/default" }, "404 not_found"],
    ["a transaction that does not exist", { path: "/v1/customers/{customer}/wallet/transactions/nope" }, "404 not_found"],
    ["an event that does not exist", { path: "/v1/events/nope" }, "404 not_found"],
    ["an event that this customer does not have", { path: "/v1/events/nope?customer_id={customer}" }, "404 not_found"],
    ["an event of a customer that does not exist", { path: "/v1/events/nope?customer_external_id=nobody" }, "404 wallet_not_found"],
    ["an event of a customer that cannot exist", { path: "/v1/events/nope?customer_id=a%2Fb" }, "404 not_found"],
    ["an event of a customer with a line break", { path: "/v1/events/nope?customer_id={customer}%0A%7B%7D" }, "404 not_found"],
  ]),
  ...cases("list holds", [
    ["a word for a cursor", { path: "?cursor=x" }, INVALID, "cursor"],
    ["a page of 1,000", { path: "?limit=1000" }, INVALID, "limit"],
  ]),
  ...cases("list grants", [
    ["another purpose", { path: "?purpose=gifts" }, INVALID, "purpose"],
    ["a negative offset", { path: "?offset=-1" }, INVALID, "offset"],
    ["grants of an account that the wallet lacks", { path: "/v1/customers/{customer}/wallet/default:EUR/grants" }, "404 not_found"],
  ]),
  ...cases("list customers", [
    ["a page of a word", { path: "?limit=ten" }, INVALID, "limit"],
    ["an offset beyond any list", { path: "?offset=10000000000" }, INVALID, "offset"],
  ]),
];
