import { HTTP_STATUS, requestError } from "@pult/api/errors.ts";
import { fetchPhotoUrl } from "../../adapters/photo-url.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { Gateway } from "../../gateway.ts";
import { documented } from "../../http/documented.ts";
import { serveUpload } from "../../http/uploads.ts";
import type { GatewayServices } from "../services.ts";
import * as api from "./api.ts";
import { createSupportRest } from "./rest.ts";
import { supportSockets } from "./sockets.ts";

/** The support protocol. @see PROTOCOL.md */
export function createSupportGateway({ app, limits }: GatewayServices): Gateway {
  const { deps, env, integrations } = app;
  const write: EndpointPolicy = { kind: "documented", scope: "support:write" };
  const read: EndpointPolicy = { kind: "documented", scope: "support:read" };

  return {
    name: "support",
    audience: "support",
    rateLimitScope: "support",
    prefixes: ["/message_history", "/check_device", "/uploads"],
    // A caller without the right gets 401.
    statuses: { ...HTTP_STATUS, FORBIDDEN: 401, CONFIRMATION_REQUIRED: 401 },
    socketIo: supportSockets({ deps, limits, legacyAuth: env.LEGACY_AUTH }),
    encodeError: ({ message }) => ({ success: false, error: message }),
    routes(app) {
      const rest = createSupportRest({
        deps,
        limits,
        legacyAuth: env.LEGACY_AUTH,
        fetchPhoto: (url) =>
          fetchPhotoUrl(url, { hosts: env.PHOTO_URL_HOSTS, exemptOrigin: integrations.exemptOrigin }),
      });
      // The document knows no 405.
      const wrongMethod = 404;
      documented(app, api.sendMessage, { policy: write, wrongMethod, handler: rest.sendMessage });
      documented(app, api.registerDevice, { policy: write, wrongMethod, handler: rest.registerDevice });
      documented(app, api.messageHistory, { policy: read, wrongMethod, handler: rest.messageHistory });
      documented(app, api.checkDevice, { policy: read, wrongMethod, handler: rest.checkDevice });
      documented(app, api.upload, {
        policy: { kind: "secret" },
        async verify({ url, ip, params }) {
          if (deps.mediaLinks.allows(params.file ?? "", url.searchParams)) return;
          await limits.count({ actor: { kind: "anonymous" }, ip, scope: "http" });
          throw requestError("unauthorized");
        },
        async handler(call) {
          await serveUpload(deps, { ...call, key: call.params.file ?? "" });
          return undefined;
        },
      });
    },
  };
}
