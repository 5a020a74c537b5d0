import type { RouteConfig } from "@hono/zod-openapi";
import { malformed } from "@pult/api/errors.ts";
import type { z } from "zod";
import type { Call, GatewayApp, Route } from "../gateway.ts";
import { readJson } from "./body.ts";
import { decode } from "./decode.ts";

const MAX_JSON_BYTES = 256 * 1024;

type Output<Shape> = Shape extends z.ZodType ? z.output<Shape> : undefined;
type JsonOf<Content> = Content extends { content: { "application/json": { schema: infer Shape } } }
  ? Extract<Shape, z.ZodType>
  : never;

/** What the schemas of a `createRoute()` make of a request. */
export interface InputOf<Config extends RouteConfig> {
  params: Output<NonNullable<Config["request"]>["params"]>;
  query: Output<NonNullable<Config["request"]>["query"]>;
  /** Undefined where the route takes more than JSON: its handler reads the stream. */
  body: Output<JsonOf<NonNullable<Config["request"]>["body"]>>;
}

/** What its schema of 200 lets a handler answer; undefined when the handler answers by itself. */
export type AnswerOf<Config extends RouteConfig> = [JsonOf<Config["responses"][200]>] extends [never]
  ? undefined
  : z.input<JsonOf<Config["responses"][200]>>;

/** Adds a route as `createRoute()` declares it: validation, types and `/openapi.json` come from the same schemas. */
export function documented<Config extends RouteConfig>(
  app: GatewayApp,
  openapi: Config,
  {
    handler,
    before,
    maxBytes = MAX_JSON_BYTES,
    ...rules
  }: Pick<Route, "policy" | "verify" | "wrongMethod" | "isSigned" | "slowBody"> & {
    methods?: Route["methods"];
    /** Of a body. Default 256 KiB. */
    maxBytes?: number;
    /** What is checked before the request is read. @throws DomainError */
    before?(call: Call): Promise<void>;
    /** @returns undefined where it has answered by itself */
    handler(call: Call, input: InputOf<Config>): Promise<AnswerOf<Config> | undefined>;
  },
): void {
  const path = openapi.path.replace(/\{(\w+)\}/g, ":$1");
  const methods = openapi.method === "get" ? ["GET", "HEAD"] : [openapi.method.toUpperCase()];
  app.route({ methods, path, openapi, ...rules }, async (call) => {
    await before?.(call);
    return handler(call, (await readInput(openapi, call, maxBytes)) as InputOf<Config>);
  });
}

async function readInput(
  { request = {} }: RouteConfig,
  call: Call,
  maxBytes: number,
): Promise<Record<keyof InputOf<RouteConfig>, unknown>> {
  const { params, query, body } = request as { params?: z.ZodType; query?: z.ZodType; body?: { content: object } };
  const content = Object.entries(body?.content ?? {});
  const isJson = content.length === 1 && content[0]?.[0] === "application/json";
  return {
    params: params && decode(params, decodedParams(call)),
    query: query && decode(query, Object.fromEntries(call.url.searchParams)),
    body: isJson ? decode(content[0]?.[1].schema, await readJson(call.request, maxBytes)) : undefined,
  };
}

function decodedParams({ params }: Call): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)];
      } catch {
        throw malformed(`${name} is malformed`);
      }
    }),
  );
}
