import type { Gateway, Handler, Route } from "../gateway.ts";

/** A route with the gateway that added it. */
export interface Endpoint {
  readonly gateway: Gateway;
  readonly route: Route;
  readonly handler: Handler;
  readonly hasParams: boolean;
  /** What stands for each `:name`, as written. */
  paramsOf(path: string): Record<string, string>;
}

export interface Routes {
  readonly endpoints: readonly Endpoint[];
  readonly fallback: Endpoint | null;
  /** Endpoints at this path, whatever the method. */
  matching(path: string): Endpoint[];
  /** The gateway below whose prefix the path is. */
  ownerOf(path: string): Gateway | undefined;
  /** No gateway's path: what the fallback is for. */
  isPage(path: string): boolean;
}

/** What every gateway adds: the server serves it, and the policy matrix is made from it. */
export function collectRoutes(gateways: readonly Gateway[]): Routes {
  const endpoints: (Endpoint & { pattern: RegExp })[] = [];
  let fallback: Endpoint | null = null;
  for (const gateway of gateways) {
    gateway.routes?.({
      route(route, handler) {
        const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
        const pattern = patternOf(route.path);
        const paramsOf = (path: string) => {
          const values = pattern.exec(path)?.slice(1) ?? [];
          return Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
        };
        endpoints.push({ gateway, route, handler, pattern, hasParams: names.length > 0, paramsOf });
      },
      fallback(handler) {
        const route: Route = { methods: "any", path: "/*", policy: { kind: "public" }, isPage: true };
        fallback = { gateway, route, handler, hasParams: false, paramsOf: () => ({}) };
      },
    });
  }
  const matching = (path: string) => endpoints.filter(({ pattern }) => pattern.test(path));
  const ownerOf = (path: string) =>
    gateways.find(({ prefixes = [] }) => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)));
  const isPage = (path: string) => matching(path).length === 0 && ownerOf(path) === undefined;
  return { endpoints, fallback, matching, ownerOf, isPage };
}

/** As Hono reads it: a last `*` stands for the rest, also for none. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/\/\*$/, "")
    .replace(/[.+?()[\]{}|^$\\]/g, "\\$&")
    .replace(/:\w+/g, "([^/]+)");
  return new RegExp(`^${source}${path.endsWith("/*") ? "(?:/.*)?" : ""}$`);
}
