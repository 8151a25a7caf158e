// Hono: a middleware that gives handlers a meter, and answers 402 where the wallet says no.
//
//   app.use("/chat", scrip((c) => ({ client, customer: { customer_external_id: c.get("user") }, eventType: "chat" })));
//   app.post("/chat", async (c) => { const call = await c.get("scrip").begin({ … }); … });

import type { Context, MiddlewareHandler } from "hono";
import { deniedResponse, MeteredCall, type MeterOptions, type MeterRequest, ScripDenied } from "./sse.ts";

export interface Meter {
  options: MeterOptions;
  /** Asks the wallet for a call of a model; what it throws where the wallet says no becomes the answer. */
  begin(request: MeterRequest): Promise<MeteredCall>;
}

export type ScripVariables = { Variables: { scrip: Meter } };

export function scrip(
  options: (context: Context) => MeterOptions | Promise<MeterOptions>,
): MiddlewareHandler<ScripVariables> {
  return async (context, next) => {
    const own = await options(context);
    const meter = { ...own, ...(own.defer === undefined && { defer: deferred(context) }) };
    context.set("scrip", { options: meter, begin: (request) => MeteredCall.begin(meter, request) });
    await next();
    // Hono has caught it, and made a 500 of it.
    if (context.error instanceof ScripDenied) {
      const { error } = context;
      // Otherwise the headers of that answer would be kept.
      context.res = undefined;
      context.res = deniedResponse(error);
    }
  };
}

/** Work that goes on after the answer; outside of a Worker there is nothing that has to be kept alive. */
function deferred(context: Context): (work: Promise<void>) => void {
  return (work) => {
    try {
      context.executionCtx.waitUntil(work);
    } catch {
      void work;
    }
  };
}
