import { invalidParameter } from "./graph-error.ts";

/** A `fields` parameter: `id,comments.limit(5){text,from}`. Null: no fields of its own. */
export type Fields = Map<string, Fields | null>;

/** @throws GraphError 100 for a parameter that cannot be parsed */
export function parseFields(text: string): Fields {
  const parser = { text, at: 0 };
  const fields = parseList(parser);
  if (parser.at < text.length) throw invalidParameter(`Syntax error at character ${parser.at} of fields`);
  return fields;
}

function parseList(parser: { text: string; at: number }): Fields {
  const fields: Fields = new Map();
  const token = /\s*([a-z_]+)(?:\.[a-z_]+\(\w+\))*\s*/y;
  for (;;) {
    token.lastIndex = parser.at;
    const name = token.exec(parser.text)?.[1];
    if (name === undefined) throw invalidParameter(`Syntax error at character ${parser.at} of fields`);
    parser.at = token.lastIndex;
    fields.set(name, null);
    if (parser.text[parser.at] === "{") {
      parser.at++;
      fields.set(name, parseList(parser));
      if (parser.text[parser.at] !== "}") throw invalidParameter("Syntax error: expected } in fields");
      parser.at++;
    }
    if (parser.text[parser.at] !== ",") return fields;
    parser.at++;
  }
}

/** How a node shows each of its fields; null: the field is not answered. */
export type Node = Record<string, (fields: Fields | null) => unknown>;

/** The wanted fields of a node, and its `id`. @throws GraphError 100 for a field that the node lacks */
export function renderNode(node: Node, wanted: Fields | null, usual: readonly string[]): Record<string, unknown> {
  const fields: Fields = wanted ?? new Map(usual.map((name) => [name, null]));
  const answer: Record<string, unknown> = {};
  for (const [name, inner] of [...fields, ["id", null] as const]) {
    const show = node[name];
    if (show === undefined) throw invalidParameter(`Tried accessing nonexisting field (${name})`);
    const value = show(inner);
    if (value !== undefined && value !== null) answer[name] = value;
  }
  return answer;
}

export interface Page {
  /** Address of the edge. */
  url: string;
  limit: number;
  after: string | undefined;
}

export function firstPage(url: string): Page {
  return { url, limit: 25, after: undefined };
}

/** A page of an edge. Cursors are places in the list. */
export function renderEdge<Item>(items: readonly Item[], page: Page, render: (item: Item) => unknown): object {
  const { url, limit, after } = page;
  const start = after === undefined ? 0 : Number(Buffer.from(after, "base64url").toString()) + 1;
  if (!Number.isInteger(start)) throw invalidParameter("Invalid cursors values");
  const data = items.slice(start, start + limit).map(render);
  if (data.length === 0) return { data };
  const cursor = (index: number) => Buffer.from(String(index)).toString("base64url");
  const end = start + data.length - 1;
  const cursors = { before: cursor(start), after: cursor(end) };
  if (end + 1 === items.length) return { data, paging: { cursors } };
  const next = new URL(url);
  next.searchParams.set("limit", String(limit));
  next.searchParams.set("after", cursors.after);
  return { data, paging: { cursors, next: next.href } };
}
