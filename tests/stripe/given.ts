// The parameters of one call, read with Stripe's own complaints.

import { type Form, type Value, writeForm } from "./form.ts";
import { invalid, missing, unknown } from "./problem.ts";

export class Given {
  readonly form: Form;
  /** Where the form stands in the request: `payment_intent_data`; empty for the whole. */
  private at: string;

  constructor(form: Form, at = "") {
    this.form = form;
    this.at = at;
  }

  private name(name: string): string {
    return this.at === "" ? name : `${this.at}[${name}]`;
  }

  has(name: string): boolean {
    return this.form[name] !== undefined;
  }

  /** Complains of anything else, because a misspelt parameter that is ignored is found too late. */
  only(names: readonly string[]): void {
    const known = new Set<string>([...names, "expand"]);
    const other = Object.keys(this.form).find((name) => !known.has(name));
    if (other !== undefined) throw unknown(this.name(other));
  }

  text(name: string): string | undefined {
    const value = this.form[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw invalid(`Invalid string: ${writeForm(value)}`, { param: this.name(name) });
    return value;
  }

  /** Null when it is absent or empty, as most fields of an answer want it. */
  orNull(name: string): string | null {
    return this.text(name) || null;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missing(this.name(name));
    if (value === "") {
      const message = `You passed an empty string for '${this.name(name)}'. We assume empty values are an attempt to unset a parameter; however '${this.name(name)}' cannot be unset. You should remove '${this.name(name)}' from your request or supply a non-empty value.`;
      throw invalid(message, { code: "parameter_invalid_empty", param: this.name(name) });
    }
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    if (!(allowed as readonly string[]).includes(value)) {
      throw invalid(`Invalid ${this.name(name)}: must be one of ${allowed.join(", ")}`, { param: this.name(name) });
    }
    return value as T;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalid(`Invalid integer: ${value}`, { code: "parameter_invalid_integer", param: this.name(name) });
    }
    return Number(value);
  }

  requiredInteger(name: string): number {
    this.required(name);
    return this.integer(name) as number;
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    if (value !== "true" && value !== "false") {
      throw invalid(`Invalid boolean: ${value}`, { param: this.name(name) });
    }
    return value === "true";
  }

  /** A group of parameters; an empty one when it is absent. */
  group(name: string): Given {
    const value = this.form[name];
    if (value === undefined || value === "") return new Given({}, this.name(name));
    if (typeof value !== "object" || Array.isArray(value)) {
      throw invalid(`Invalid object`, { param: this.name(name) });
    }
    return new Given(value, this.name(name));
  }

  list(name: string): Value[] {
    const value = this.form[name];
    if (value === undefined || value === "") return [];
    if (!Array.isArray(value)) throw invalid("Invalid array", { param: this.name(name) });
    return value;
  }

  texts(name: string): string[] {
    return this.list(name).map(String);
  }

  groups(name: string): Given[] {
    return this.list(name).map((value, place) => {
      const at = `${this.name(name)}[${place}]`;
      if (typeof value !== "object" || Array.isArray(value)) throw invalid("Invalid object", { param: at });
      return new Given(value, at);
    });
  }

  /** Names are added to those before; an empty value takes a name out, an empty group all of them. */
  metadata(before: Record<string, string> = {}): Record<string, string> {
    if (this.form.metadata === "") return {};
    const after = { ...before };
    for (const [name, value] of Object.entries(this.group("metadata").form)) {
      if (typeof value !== "string") throw invalid("Invalid metadata", { param: this.name(`metadata[${name}]`) });
      this.checkMetadata(name, value);
      if (value === "") delete after[name];
      else after[name] = value;
    }
    if (Object.keys(after).length > 50) throw invalid("Metadata can have at most 50 keys.", { param: "metadata" });
    return after;
  }

  private checkMetadata(name: string, value: string): void {
    const param = this.name("metadata");
    if (name.length > 40) {
      throw invalid(`Metadata keys must be at most 40 characters: '${name}'`, { param, code: "metadata_key_too_long" });
    }
    if (value.length > 500) {
      throw invalid(
        `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters.`,
        { param },
      );
    }
  }
}
