import type { OpenAPIHono } from "@hono/zod-openapi";

export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

interface Schema {
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  maxLength?: number;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface Body {
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: Body;
  responses?: Record<string, Body>;
  security?: unknown[];
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem; }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0; }
th { font-weight: 600; }
h2 { font-size: 1.1rem; }
h3 { font-size: 1rem; margin-bottom: .25rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
`;

/** A page of the document that loads nothing: for people, and for `curl`. */
export function renderOpenApi({ info, paths = {} }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, one]) => renderOperation(method, path, one)),
  );
  const title = escaped(`${info.title} REST`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style>
<h1>${title}</h1><p>The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${operations.join("\n")}</html>`;
}

function renderOperation(method: string, path: string, one: Operation): string {
  const { summary = "", parameters = [], requestBody, responses = {}, security = [] } = one;
  const rows = parameters.map(({ name, in: where, required, description, schema }) =>
    row([code(name), where, typeOf(schema), required ? "required" : "", escaped(description ?? schema?.description)]),
  );
  const answers = Object.entries(responses).map(
    ([status, body]) => `<h3>${status}: ${escaped(body.description)}</h3>${renderBody(body)}`,
  );
  return `<section><h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(summary)}${
    security.length > 0 ? ". <code>Authorization: Bearer</code> or <code>X-API-Key</code>" : ""
  }</p>
${rows.length > 0 ? `<h3>Parameters</h3><table>${rows.join("")}</table>` : ""}
${requestBody ? `<h3>Body</h3>${renderBody(requestBody)}` : ""}
${answers.join("\n")}</section>`;
}

function renderBody({ content = {} }: Body): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<p><code>${escaped(type)}</code></p>${renderFields(schema)}`)
    .join("");
}

/** The fields of an object, those of objects in lists too. */
function renderFields(schema: Schema | undefined): string {
  const { properties = {}, required = [] } = schema ?? {};
  const rows = Object.entries(properties).map(([name, field]) => {
    const inner = renderFields(field.items ?? field);
    return row([
      code(name),
      typeOf(field),
      required.includes(name) ? "required" : "",
      escaped(field.description) + inner,
    ]);
  });
  return rows.length > 0 ? `<table>${rows.join("")}</table>` : "";
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return "";
  const { type, format, items, maxLength } = schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(" or ");
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(" or ");
  if (items) return `list of ${typeOf(items)}`;
  const name = escaped([type ?? ""].flat().join(" or ")) + (format ? ` (${escaped(format)})` : "");
  return name + (maxLength ? `, at most ${maxLength}` : "");
}

const row = (cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
const code = (text: string): string => `<code>${escaped(text)}</code>`;
const escaped = (text = ""): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
