import { OpenAPIHono } from "@hono/zod-openapi";
import type { Gateway, Route } from "../gateway.ts";
import { type OpenApiDocument, renderOpenApi } from "./openapi-page.ts";
import { collectRoutes } from "./routes.ts";

const READ = ["GET", "HEAD"];

/** `/openapi.json`, and `/openapi` for people: every route that gateways declare by `createRoute()`. */
export function createOpenApiGateway(gateways: readonly Gateway[]): Gateway {
  let made: OpenApiDocument | null = null;
  const document = () => {
    made ??= createOpenApi(gateways);
    return made;
  };
  return {
    name: "openapi",
    routes(app) {
      app.route({ methods: READ, path: "/openapi.json", policy: { kind: "public" } }, document);
      app.route({ methods: READ, path: "/openapi", policy: { kind: "public" } }, ({ response }) => {
        const page = renderOpenApi(document());
        response.writeHead(200, {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Length": Buffer.byteLength(page),
          "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
          "Cache-Control": "no-store",
        });
        response.end(page);
      });
    },
  };
}

export function createOpenApi(gateways: readonly Gateway[]): OpenApiDocument {
  const app = new OpenAPIHono();
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "apiKey", { type: "apiKey", in: "header", name: "X-API-Key" });
  for (const { route } of collectRoutes(gateways).endpoints) {
    if (route.openapi) registry.registerPath({ ...route.openapi, security: securityOf(route) });
  }
  return app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Pult", version: "1" } });
}

const securityOf = ({ policy }: Route): Record<string, string[]>[] =>
  policy.kind === "public" || policy.kind === "secret" ? [] : [{ bearer: [] }, { apiKey: [] }];
