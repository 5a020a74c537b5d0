import { tellChatsError } from "@pult/api/chats/told.ts";
import type { Deps } from "@pult/api/context.ts";
import { HTTP_STATUS } from "@pult/api/errors.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { Gateway, GatewayApp, Route } from "../../gateway.ts";
import { documented } from "../../http/documented.ts";
import type { GatewayServices } from "../services.ts";
import * as api from "./api.ts";
import { beginCall } from "./call-log.ts";
import { createTelegramMedia } from "./media.ts";
import * as mediaApi from "./media-api.ts";
import { createTelegramRest, MAX_JSON_BYTES } from "./rest.ts";
import { telegramSockets } from "./sockets.ts";
import { createTus } from "./tus.ts";

/** The Telegram CRM protocol. @see PROTOCOL.md */
export function createTelegramCrmGateway({ app, limits }: GatewayServices): Gateway {
  const { deps } = app;
  // Whatever `LEGACY_AUTH` says, it needs a token.
  const readPolicy: EndpointPolicy = { kind: "customerOrStaff", scope: "chats:read" };
  const writePolicy: EndpointPolicy = { kind: "customerOrStaff", scope: "chats:write" };
  return {
    name: "telegramCrm",
    audience: "chats",
    rateLimitScope: "telegramCrm",
    prefixes: ["/api/telegram"],
    statuses: HTTP_STATUS,
    socketIo: telegramSockets(deps),
    begin: (exchange) => beginCall(exchange, deps.log),
    encodeError: ({ error }) => ({ error: tellChatsError(error) }),
    routes(app) {
      const rest = createTelegramRest({ deps, limits });
      const { limitLinking: before } = rest;
      // The document knows no 405.
      const rules = { wrongMethod: 404, maxBytes: MAX_JSON_BYTES } as const;
      const read = { ...rules, policy: readPolicy };
      const write = { ...rules, policy: writePolicy };
      documented(app, api.init, { ...write, handler: rest.init });
      documented(app, api.requestCode, { ...write, before, handler: rest.code });
      documented(app, api.signIn, { ...write, before, handler: rest.enter });
      documented(app, api.password, { ...write, before, handler: rest.password });
      documented(app, api.listSessions, { ...read, handler: rest.sessions });
      documented(app, api.getSession, { ...read, handler: rest.session });
      documented(app, api.deleteSession, { ...write, handler: rest.unlink });
      documented(app, api.listChats, { ...read, handler: rest.chats });
      documented(app, api.getChat, { ...read, handler: rest.chat });
      documented(app, api.listMessages, { ...read, handler: rest.messages });
      documented(app, api.sendMessage, { ...write, handler: rest.send });
      documented(app, api.listAssociations, { ...read, handler: rest.associations });
      documented(app, api.addAssociation, { ...write, handler: rest.associate });
      documented(app, api.removeAssociation, { ...write, handler: rest.disassociate });
      documented(app, api.removeAssociationById, { ...write, handler: rest.disassociateById });
      documented(app, api.listContacts, { ...read, handler: rest.contacts });
      addFiles(app, { deps, read, write });
    },
  };
}

type Rules = Pick<Route, "policy" | "wrongMethod">;

function addFiles(app: GatewayApp, { deps, read, write }: { deps: Deps; read: Rules; write: Rules }): void {
  const media = createTelegramMedia({ deps });
  const file = { ...read, methods: ["GET", "HEAD"], isSigned: media.isSigned };
  documented(app, mediaApi.upload, { ...write, slowBody: true, handler: media.upload });
  documented(app, mediaApi.download, { ...file, handler: media.download });
  documented(app, mediaApi.thumbnail, { ...file, handler: media.thumbnail });
  documented(app, mediaApi.describe, { ...read, handler: media.describe });
  const tus = createTus({ deps });
  const paths = ["/api/telegram/media/uploads", "/api/telegram/media/uploads/:id"];
  for (const path of paths) app.route({ methods: ["OPTIONS"], path, policy: { kind: "public" } }, tus.options);
  documented(app, mediaApi.createUpload, { ...write, handler: tus.create });
  documented(app, mediaApi.findUpload, { ...write, handler: tus.find });
  documented(app, mediaApi.appendToUpload, { ...write, slowBody: true, handler: tus.append });
  documented(app, mediaApi.removeUpload, { ...write, handler: tus.remove });
}
