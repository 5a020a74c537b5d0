import { type Policy, policyAllows } from "@pult/api/auth/policy.ts";
import { appRouter } from "@pult/api/root.ts";
import type { EndpointPolicy } from "../../src/authorize.ts";
import type { Gateway } from "../../src/gateway.ts";
import type { GatewayServices } from "../../src/gateways/services.ts";
import { createGateways } from "../../src/gateways.ts";
import { createOpenApiGateway } from "../../src/http/openapi.ts";
import { collectRoutes, type Endpoint } from "../../src/http/routes.ts";
import { pollingGateway } from "../../src/sockets/socket-io.ts";
import type { Caller } from "./callers.ts";

/** A procedure as the router itself tells of it. */
export interface Procedure {
  path: string;
  type: "query" | "mutation" | "subscription";
  /** Undefined where none is declared, which must not be. */
  policy: Policy | undefined;
  hasInput: boolean;
  /** What its schema refuses, whatever it takes. */
  badInput: unknown;
}

interface Schema {
  safeParse(value: unknown): { success: boolean };
}

const NEVER_RIGHT = ["a text where an object is wanted", [[]], -0.5, { "": { "": [] } }];

/** Every procedure of the product, walked from its router. */
export function listProcedures(): Procedure[] {
  const found = appRouter._def.procedures as unknown as Record<
    string,
    { _def: { type: Procedure["type"]; meta?: { policy?: Policy }; inputs: Schema[] } }
  >;
  return Object.entries(found).map(([path, { _def }]) => ({
    path,
    type: _def.type,
    policy: _def.meta?.policy,
    hasInput: _def.inputs.length > 0,
    badInput: NEVER_RIGHT.find((value) => _def.inputs.some((schema) => !schema.safeParse(value).success)),
  }));
}

export type Outcome = "UNAUTHORIZED" | "FORBIDDEN" | "BAD_REQUEST" | "let in";

/** The expected outcome of a call. An authorized caller gets an input error when the procedure takes input. */
export function outcomeFor({ policy, hasInput }: Procedure, { actor }: Caller): Outcome {
  if (actor === null || !policy) return "UNAUTHORIZED";
  if (policyAllows(policy, actor)) return hasInput ? "BAD_REQUEST" : "let in";
  return actor.kind === "anonymous" ? "UNAUTHORIZED" : "FORBIDDEN";
}

/** What it came to, by the code of its error, if it has one. */
export function outcomeOf(code: string | null | undefined): Outcome {
  return code === "UNAUTHORIZED" || code === "FORBIDDEN" || code === "BAD_REQUEST" ? code : "let in";
}

// Routes and messages are declared, never called, so what they are made of is empty.
const app = { deps: {}, env: {}, integrations: { sandbox: null } };
const gateways = createGateways({ app } as unknown as GatewayServices);

/** Every route of the product, walked from its gateways. */
export function listEndpoints(): (Endpoint & { name: string })[] {
  const polling = gateways.flatMap(({ socketIo }) => (socketIo ? [pollingGateway(socketIo.path, () => {})] : []));
  const { endpoints, fallback } = collectRoutes([...gateways, createOpenApiGateway(gateways), ...polling]);
  return [...endpoints, ...(fallback ? [fallback] : [])].map((endpoint) => {
    const { methods, path } = endpoint.route;
    return { ...endpoint, name: `${methods === "any" ? "any" : methods.join(", ")} ${path}` };
  });
}

/** Every message and event that a client may send over a socket, with its policy. */
export const listMessages = (of: readonly Gateway[] = gateways): [gateway: string, message: string, EndpointPolicy][] =>
  of.flatMap(({ name, socket, socketIo }) =>
    [...Object.entries(socket?.policies ?? {}), ...Object.entries(socketIo?.policies ?? {})].map(
      ([message, policy]): [string, string, EndpointPolicy] => [name, message, policy],
    ),
  );
