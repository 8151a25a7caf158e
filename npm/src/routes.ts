// The types of every call, by its name such as "POST /v1/top-ups", from what the API says of itself. Nothing of this file runs.

import type { components, paths } from "./api.ts";

type Schemas = components["schemas"];

/** Every code that a problem of the server can have. */
export type ServerCode = Schemas["Problem"]["code"];

/** Usage of a vendor in place of an event's data. Whatever the vendor's own library calls it is passed on as it is. */
export type VendorUsage = Omit<Schemas["VendorUsage"], "raw"> & { raw: unknown };

/** What an event of usage is, in a request. */
export type UsageEvent = Omit<Schemas["UsageEvent"], "usage"> & { usage?: VendorUsage };

type Method = "get" | "post" | "put" | "patch" | "delete";

/** The name of each call: its method, and its path with placeholders. */
export type Route = {
  [Path in keyof paths & string]: {
    [M in Method & keyof paths[Path]]: [NonNullable<paths[Path][M]>] extends [never]
      ? never
      : `${Uppercase<M>} ${Path}`;
  }[Method & keyof paths[Path]];
}[keyof paths & string];

type OperationOf<R extends Route> = R extends `${infer M} ${infer Path}`
  ? Path extends keyof paths
    ? NonNullable<paths[Path][Lowercase<M> & keyof paths[Path]]>
    : never
  : never;

/** What is sent with a call; `undefined` where it takes no body. */
export type BodyOf<R extends Route> =
  NonNullable<OperationOf<R> extends { requestBody?: infer B } ? B : undefined> extends {
    content: { "application/json": infer Body };
  }
    ? Body
    : undefined;

/** What stands for the placeholders of its path. */
export type PathOf<R extends Route> = OperationOf<R> extends { parameters: { path: infer Path } } ? Path : undefined;

/** What may stand in its query. */
export type QueryOf<R extends Route> =
  OperationOf<R> extends { parameters: { query?: infer Query } } ? Query : undefined;

type Replies<R extends Route> = OperationOf<R> extends { responses: infer Told } ? Told[keyof Told] : never;

/** What a call answers: the fields that were seen, none of them promised. `undefined` where there is none. */
export type ReplyOf<R extends Route> =
  Replies<R> extends infer Told
    ? Told extends { content: { "application/json": infer Reply } }
      ? Reply
      : undefined
    : never;

type Needed<Name extends string, Value> = [Value] extends [undefined] ? unknown : { [N in Name]: Value };

type Optional<Name extends string, Value> = [Exclude<Value, undefined>] extends [never]
  ? unknown
  : { [N in Name]?: Value };

type Body<R extends Route> = [BodyOf<R>] extends [undefined]
  ? unknown
  : OperationOf<R> extends { requestBody: object }
    ? { body: BodyOf<R> }
    : { body?: BodyOf<R> };

/** All that a call is made of. */
export type Asked<R extends Route> = Needed<"path", PathOf<R>> &
  Optional<"query", QueryOf<R>> &
  Body<R> & {
    /** The same key makes the same call safe to send again, so a call that changes something is sent again only with one. */
    idempotencyKey?: string;
  };

/** Nothing is needed for some calls, and then nothing has to be said. */
export type Arguments<R extends Route> = object extends Asked<R> ? [asked?: Asked<R>] : [asked: Asked<R>];
