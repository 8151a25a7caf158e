// Writes www/assets/reference.html: the description of the API for people, made of www/assets/openapi.json and nothing else. It is one
// page without a script, so that it can be searched, printed and kept, and its policy allows none.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { root } from "./project.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  format?: string;
  pattern?: string;
}

interface Content {
  schema?: Schema;
  example?: unknown;
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

interface Told {
  $ref?: string;
  description?: string;
  content?: Record<string, Content>;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, Told>;
}

export interface Description {
  info: { title: string; version: string; summary: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: {
    parameters: Record<string, Parameter>;
    responses: Record<string, Told>;
    schemas: Record<string, Schema>;
  };
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

/** A text with code between backticks. */
const words = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

/** The last part of a reference. */
const named = (reference: string) => reference.slice(reference.lastIndexOf("/") + 1);

/** What the API takes for a code. */
const CODE = "^[A-Za-z0-9_-]{1,32}$";

/** What a value is, and its limits, in a few words. */
function kind(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = named(schema.$ref);
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) return schema.enum.map((word) => `<code>${escaped(word)}</code>`).join(" or ");
  const { type, format, items, additionalProperties, minimum, maximum, maxLength, minItems, maxItems, pattern } =
    schema;
  if (type === "array") {
    const many = maxItems === undefined ? "list" : `list of ${minItems ?? 0} to ${number(maxItems)}`;
    return items === undefined ? many : `${many}: ${kind(items)}`;
  }
  if (type === "object" && typeof additionalProperties === "object") return "object of strings";
  if (pattern === CODE) return "1 to 32 letters, digits, _ or -";
  const what = format ?? (Array.isArray(type) ? type.join(" or ") : (type ?? "anything"));
  if (maximum !== undefined) return `${what}, ${number(minimum ?? 0)} to ${number(maximum)}`;
  return maxLength === undefined ? what : `${what}, at most ${number(maxLength)} characters`;
}

const number = (value: number) => value.toLocaleString("en-US");

/** The fields of an object, those of objects in it below them. */
function fields(schema: Schema): string {
  const shown = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const required = schema.required?.includes(name) ? ' <b class="required">required</b>' : "";
    const about = field.description === undefined ? "" : `<p>${words(field.description)}</p>`;
    const inner = field.properties === undefined ? field.items : field;
    const below = inner?.properties === undefined ? "" : fields(inner);
    return `<li><code class="name">${escaped(name)}</code> <span class="kind">${kind(field)}</span>${required}${about}${below}</li>`;
  });
  return shown.length === 0 ? "" : `<ul class="fields">${shown.join("")}</ul>`;
}

const example = (value: unknown) => `<pre><code>${escaped(JSON.stringify(value, null, 2))}</code></pre>`;

function parameters(description: Description, operation: Operation): string {
  const all = (operation.parameters ?? []).map((one) =>
    one.$ref === undefined ? one : (description.components.parameters[named(one.$ref)] ?? one),
  );
  if (all.length === 0) return "";
  const shown = all.map((one) => {
    const required = one.required === true ? ' <b class="required">required</b>' : "";
    const about = one.description === undefined ? "" : `<p>${words(one.description)}</p>`;
    return `<li><code class="name">${escaped(one.name)}</code> <span class="kind">${one.in}, ${kind(one.schema)}</span>${required}${about}</li>`;
  });
  return `<h4>Parameters</h4><ul class="fields">${shown.join("")}</ul>`;
}

function body({ requestBody }: Operation): string {
  const [content] = Object.entries(requestBody?.content ?? {});
  if (content === undefined) return "";
  const [type, { schema = {}, example: shown }] = content;
  const optional = requestBody?.required === true ? "" : ", may be left out";
  const about = schema.description === undefined ? "" : `<p>${words(schema.description)}</p>`;
  const open = schema.properties === undefined && about === "" ? "<p>Any object.</p>" : "";
  const sent = shown === undefined ? "" : `<details open><summary>Example</summary>${example(shown)}</details>`;
  return `<h4>Body <span class="kind">${escaped(type)}${optional}</span></h4>${about}${open}${fields(schema)}${sent}`;
}

function replies({ responses }: Operation): string {
  const shown = Object.entries(responses)
    .filter(([, told]) => told.$ref === undefined)
    .map(([status, told]) => {
      const reply = told.content?.["application/json"]?.example;
      const about = `<b class="status">${status}</b> ${words(told.description ?? "")}`;
      return reply === undefined
        ? `<p class="reply">${about}</p>`
        : `<details><summary>${about}</summary>${example(reply)}</details>`;
    });
  const problems = Object.entries(responses)
    .filter(([, told]) => told.$ref !== undefined)
    .map(([status]) => `<a href="#problem-${status}">${status}</a>`);
  const wrong = problems.length === 0 ? "" : `<p class="reply">Problems: ${problems.join(", ")}</p>`;
  return `<h4>Replies</h4>${shown.join("")}${wrong}`;
}

/** Who may call it. */
function scope({ security }: Operation): string {
  const key = security.find((one) => "key" in one)?.key?.[0];
  const own = security.find((one) => "token" in one)?.token?.[0];
  if (key === undefined) return "needs no key";
  return `key: <code>${key}</code>${own === undefined ? "" : `, token of the customer: <code>${own}</code>`}`;
}

function section(description: Description, method: string, path: string, operation: Operation): string {
  return `<section class="call" id="${operation.operationId}">
<h3><a href="#${operation.operationId}"><b class="method ${method}">${method.toUpperCase()}</b> <code>${escaped(path).replaceAll("/", "/<wbr>")}</code></a></h3>
<p>${words(sentence(operation.summary))}</p>
<p class="scope">${scope(operation)}</p>
${parameters(description, operation)}${body(operation)}${replies(operation)}
</section>`;
}

interface Call {
  method: string;
  path: string;
  operation: Operation;
}

/** All calls by what they are about. A HEAD is the GET without its body. */
function byTag(description: Description): Map<string, Call[]> {
  const tags = new Map<string, Call[]>();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? "";
      tags.set(tag, [...(tags.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return new Map([...tags].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const title = (tag: string) => sentence(tag.replaceAll("-", " "));

function navigation(tags: Map<string, Call[]>): string {
  const groups = [...tags].map(([tag, calls]) => {
    const links = calls.map(
      ({ method, path, operation }) =>
        `<li><a href="#${operation.operationId}"><b class="method ${method}">${method.toUpperCase()}</b> ${escaped(path).replaceAll("/", "/<wbr>")}</a></li>`,
    );
    return `<details><summary>${title(tag)}</summary><ul>${links.join("")}</ul></details>`;
  });
  const more = '<p><a href="#schemas">Schemas</a> <a href="#problems">Problems</a> <a href="#limits">Limits</a></p>';
  return `<nav aria-label="Calls">${groups.join("")}${more}</nav>`;
}

function problems(description: Description): string {
  const shown = Object.entries(description.components.responses).map(([name, told]) => {
    const status = name.slice("Problem".length);
    const codes = (told.description ?? "").split("; `").map((one, place) => (place === 0 ? one : `\`${one}`));
    const items = codes.map((one) => `<li>${words(one)}</li>`);
    return `<h3 id="problem-${status}"><b class="status">${status}</b></h3><ul>${items.join("")}</ul>`;
  });
  const about = "Each is <code>application/problem+json</code>: what was wrong, and what to do.";
  return `<section id="problems"><h2>Problems</h2><p>${about}</p>${shown.join("")}</section>`;
}

function schemas(description: Description): string {
  const shown = Object.entries(description.components.schemas).map(([name, schema]) => {
    const about = schema.description === undefined ? "" : `<p>${words(schema.description)}</p>`;
    return `<section class="call" id="schema-${name}"><h3>${name}</h3>${about}${fields(schema)}</section>`;
  });
  return `<section id="schemas"><h2>Schemas</h2>${shown.join("")}</section>`;
}

function limits(description: Description): string {
  const meta = description.paths["/v1/meta"]?.get?.responses["200"]?.content?.["application/json"]?.example;
  const all = Object.entries((meta as { limits?: Record<string, unknown> } | undefined)?.limits ?? {});
  const rows = all.map(
    ([name, value]) =>
      `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${typeof value === "number" ? number(value) : escaped(JSON.stringify(value))}</td></tr>`,
  );
  return `<section id="limits"><h2>Limits</h2><table>${rows.join("")}</table></section>`;
}

/** The whole page. */
export function page(description: Description): string {
  const { info } = description;
  const tags = byTag(description);
  const calls = [...tags].map(([tag, all]) => {
    const shown = all.map(({ method, path, operation }) => section(description, method, path, operation));
    return `<section id="tag-${tag}"><h2>${title(tag)}</h2>${shown.join("\n")}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)}: reference of the API</title>
<link rel="stylesheet" href="/assets/scrip.css">
<link rel="stylesheet" href="/assets/reference.css">
</head>
<body class="reference">
<header>
<h1>${escaped(info.title)} <span class="kind">API ${escaped(info.version)}</span></h1>
<p>${words(info.summary)} ${words(info.description)}</p>
<p>For machines: <a href="/v1/openapi.json">OpenAPI 3.1</a>.</p>
</header>
${navigation(tags)}
<main>
${calls.join("\n")}
${schemas(description)}
${problems(description)}
${limits(description)}
</main>
</body>
</html>
`;
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const description = JSON.parse(readFileSync(join(root, "www/assets/openapi.json"), "utf8"));
  writeFileSync(join(root, "www/assets/reference.html"), page(description));
}
