// Stripe's way of writing nested values into a form: a[b]=1, a[]=1&a[]=2, a[0][b]=1.

export type Value = string | Value[] | { [name: string]: Value };
export type Form = { [name: string]: Value };

/** Reads a form or a query. Objects whose names are all numbers are lists, as Stripe's libraries write them. */
export function parseForm(text: string): Form {
  const form: Form = {};
  for (const [name, value] of new URLSearchParams(text)) put(form, path(name), value);
  return listsOf(form) as Form;
}

/** `a[b][]` is `a`, `b` and an empty name, which stands for the next place of a list. */
function path(name: string): string[] {
  const open = name.indexOf("[");
  if (open < 1 || !name.endsWith("]")) return [name];
  return [name.slice(0, open), ...name.slice(open + 1, -1).split("][")];
}

function put(form: Form, [name = "", ...rest]: string[], value: string): void {
  const key = name === "" ? String(Object.keys(form).length) : name;
  // A name of an object's own machinery would reach further than the form.
  if (key === "__proto__") return;
  if (rest.length === 0) {
    form[key] = value;
    return;
  }
  const inner = form[key];
  const next: Form = typeof inner === "object" && !Array.isArray(inner) ? inner : {};
  form[key] = next;
  put(next, rest, value);
}

function listsOf(value: Value): Value {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const inner = names.map((name) => [name, listsOf(value[name] as Value)] as const);
  if (names.length > 0 && names.every((name) => /^\d+$/.test(name))) {
    return inner.sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item);
  }
  return Object.fromEntries(inner);
}

/** Writes what `parseForm` reads; for tests and for comparing two requests. */
export function writeForm(value: Value | number | boolean | null | undefined, name = ""): string {
  if (value === undefined) return "";
  if (value === null || typeof value !== "object") {
    return `${encodeURIComponent(name)}=${encodeURIComponent(String(value ?? ""))}`;
  }
  const parts = Object.entries(value).map(([key, inner]) => writeForm(inner, name === "" ? key : `${name}[${key}]`));
  return parts.filter((part) => part !== "").join("&");
}
