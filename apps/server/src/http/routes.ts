import { METHODS as METHODS_OF_NODE } from "node:http";
import findMyWay, { type HTTPMethod } from "find-my-way";
import type { Gateway, Handler, Route } from "../gateway.ts";

/** Node.js refuses longer headers. */
const MAX_PATH = 16 * 1024;
const METHODS = METHODS_OF_NODE as HTTPMethod[];

/** A route with the gateway that added it. */
export interface Endpoint {
  readonly gateway: Gateway;
  readonly route: Route;
  readonly handler: Handler;
}

export interface Routes {
  readonly endpoints: readonly Endpoint[];
  readonly fallback: Endpoint | null;
  /** The endpoint of a call, with what stands for each `:name`; both exactly as written, since a path is what a proxy's rules see. */
  find(method: string, path: string): { endpoint: Endpoint; params: Record<string, string> } | null;
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
  const router = findMyWay<findMyWay.HTTPVersion.V1>({ maxParamLength: MAX_PATH, ignoreTrailingSlash: true });
  let fallback: Endpoint | null = null;
  for (const gateway of gateways) {
    gateway.routes?.({
      route(route, handler) {
        const endpoint = { gateway, route, handler, pattern: patternOf(route.path) };
        endpoints.push(endpoint);
        const methods = route.methods === "any" ? METHODS : (route.methods as HTTPMethod[]);
        const paths = route.path.endsWith("/*") ? [route.path.slice(0, -2), route.path] : [route.path];
        for (const path of paths) router.on([...methods], path, () => {}, endpoint);
      },
      fallback(handler) {
        const route: Route = { methods: "any", path: "/*", policy: { kind: "public" }, isPage: true };
        fallback = { gateway, route, handler };
      },
    });
  }
  const find: Routes["find"] = (method, path) => {
    // The router decodes what it is given.
    const found = router.find(method as HTTPMethod, path.includes("%") ? path.replaceAll("%", "%25") : path);
    // It takes nothing for a name, too.
    if (!found || Object.entries(found.params).some(([name, value]) => name !== "*" && value === "")) return null;
    return { endpoint: found.store as Endpoint, params: found.params as Record<string, string> };
  };
  const matching = (path: string) => endpoints.filter(({ pattern }) => pattern.test(path));
  const ownerOf = (path: string) =>
    gateways.find(({ prefixes = [] }) => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)));
  const isPage = (path: string) => matching(path).length === 0 && ownerOf(path) === undefined;
  return { endpoints, fallback, find, matching, ownerOf, isPage };
}

/** A last `*` stands for the rest, also for none; a slash at the end of a path changes nothing. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/\/\*$/, "")
    .replace(/[.+?()[\]{}|^$\\]/g, "\\$&")
    .replace(/:\w+/g, "([^/]+)");
  return new RegExp(`^${source}${path.endsWith("/*") ? "(?:/.*)?" : "/?"}$`);
}
