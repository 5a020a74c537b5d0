import type { Context } from "@pult/api/context.ts";
import { malformed } from "@pult/api/errors.ts";
import type { Photo } from "@pult/api/media/schema.ts";
import { uploadPhoto } from "@pult/api/support/photos.ts";
import { MAX_PHOTO_BYTES } from "@pult/api/support/schema.ts";
import type { Call, Gateway } from "../gateway.ts";
import { createBackupRoutes } from "../http/admin-backup.ts";
import { sendJson } from "../http/answers.ts";
import { type Readiness, readiness } from "../http/health.ts";
import { contextOf } from "../http/identify.ts";
import { readMultipart } from "../http/multipart.ts";
import type { GatewayServices } from "./services.ts";
import { receiveUpload } from "./telegram-crm/media.ts";

const READ = ["GET", "HEAD"];

/** What the product's own clients and operators use beside tRPC: health, uploads, backups, the sandbox's controls, pages. */
export function createPlatformGateway({ app, workers, web }: GatewayServices): Gateway {
  const { deps, env, integrations } = app;
  const backups = createBackupRoutes(env.DATA_DIR);
  const check = () => readiness(app, workers);
  let checking: Promise<Readiness> | null = null;

  const notFound = ({ response }: Call) => sendJson(response, 404, { error: "Not found" });
  const page = (call: Call) => web()?.serve(call.request, call.response) ?? notFound(call);

  return {
    name: "platform",
    prefixes: ["/api"],
    routes(app) {
      app.route({ methods: READ, path: "/health", policy: { kind: "public" } }, () => ({ status: "ok" }));
      app.route({ methods: READ, path: "/health/ready", policy: { kind: "public" } }, async ({ response }) => {
        // Requests that come while the database is asked share its answer.
        checking ??= check().finally(() => {
          checking = null;
        });
        const ready = await checking;
        sendJson(response, ready.status === "ok" ? 200 : 503, ready);
      });
      app.route(
        { methods: ["POST"], path: "/api/media", policy: { kind: "customerOrStaff", scope: "support:write" } },
        (call) => receivePhoto(contextOf(deps, call), call),
      );
      app.route(
        {
          methods: ["POST"],
          path: "/api/chats/media",
          policy: { kind: "customerOrStaff", scope: "chats:write" },
          slowBody: true,
        },
        async (call) => sendJson(call.response, 201, await receiveUpload(contextOf(deps, call), call)),
      );
      app.route({ methods: ["GET"], path: "/api/admin/backup", policy: { kind: "staff", scope: "*" } }, (call) =>
        backups.sendBackup(contextOf(deps, call), call),
      );
      app.route(
        { methods: ["POST"], path: "/api/admin/restore", policy: { kind: "staff", scope: "*" }, slowBody: true },
        (call) => backups.receiveBackup(contextOf(deps, call), call),
      );
      const { sandbox } = integrations;
      // It never runs on an address that other machines reach.
      app.route({ methods: "any", path: "/sandbox/api/*", policy: { kind: "public" } }, (call) => {
        const { request, response, url } = call;
        if (!sandbox) return notFound(call);
        return sandbox.handleControl(request, response, url.pathname.slice("/sandbox/api/".length));
      });
      app.route({ methods: "any", path: "/sandbox/*", policy: { kind: "public" }, isPage: true }, (call) =>
        sandbox ? page(call) : notFound(call),
      );
      app.fallback(page);
    },
  };
}

/** `POST /api/media`: one photo in the field `photo`. @throws DomainError `VALIDATION` without one, and as `uploadPhoto` */
async function receivePhoto(ctx: Context, { request, response }: Call): Promise<void> {
  const stored: Photo[] = [];
  await readMultipart(request, {
    maxFiles: 1,
    maxFileBytes: MAX_PHOTO_BYTES,
    async onFile(_name, content) {
      stored.push(await uploadPhoto(ctx, content));
    },
  });
  const [photo] = stored;
  if (!photo) throw malformed("photo: a file is required");
  sendJson(response, 201, photo);
}
