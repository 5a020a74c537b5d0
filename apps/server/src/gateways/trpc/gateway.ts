import type { Gateway } from "../../gateway.ts";
import type { GatewayServices } from "../services.ts";
import { encodeTrpcRefusal } from "./errors.ts";
import { createTrpcHttp } from "./http.ts";
import { proceduresOf } from "./path.ts";

/** The product's own API. Each procedure declares its policy. */
export function createTrpcGateway({ parts: { deps }, limits, secure }: GatewayServices): Gateway {
  return {
    name: "trpc",
    prefixes: ["/trpc"],
    routes(app) {
      app.route(
        { methods: "any", path: "/trpc/*", policy: { kind: "delegated" }, cost: (url) => proceduresOf(url).length },
        createTrpcHttp({ deps, limits, secure }),
      );
    },
    encodeError: (refusal, url) => encodeTrpcRefusal(url, refusal),
  };
}
