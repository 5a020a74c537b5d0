import type { Context } from "@pult/api/context.ts";
import { malformed } from "@pult/api/errors.ts";
import { removeUploads } from "@pult/api/media/files.ts";
import { MAX_FILE_BYTES, uploadAttachment } from "@pult/api/support/attachments.ts";
import { attachmentOf } from "@pult/api/support/content.ts";
import { uploaderOf } from "@pult/api/support/customer.ts";
import { uploadPhoto } from "@pult/api/support/photos.ts";
import { presentAttachment } from "@pult/api/support/stored.ts";
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
        (call) => receiveMedia(contextOf(deps, call), call),
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

/**
 * `POST /api/media`: a photo in the field `photo`, or a file of any kind in the field `file`; or the bytes of a file as the body, with its name in
 * the query. @throws DomainError `VALIDATION` without one, and as `uploadPhoto` and `uploadAttachment`
 */
async function receiveMedia(ctx: Context, { request, response, url }: Call): Promise<void> {
  const type = request.headers["content-type"] ?? "";
  if (type !== "" && !/^(multipart\/|application\/(json|x-www-form-urlencoded))/i.test(type)) {
    const name = url.searchParams.get("name");
    sendJson(response, 200, await storeFile(ctx, { name, content: request }));
    return;
  }
  const stored: object[] = [];
  await readMultipart(request, {
    maxFiles: 1,
    maxFileBytes: MAX_FILE_BYTES,
    async onFile(field, content, name) {
      stored.push(field === "file" ? await storeFile(ctx, { name, content }) : await uploadPhoto(ctx, content));
    },
  });
  const [file] = stored;
  if (!file) throw malformed("photo: a file is required");
  sendJson(response, 201, file);
}

async function storeFile(ctx: Context, { name, content }: { name: string | null; content: AsyncIterable<Uint8Array> }) {
  const file = await uploadAttachment(ctx, { source: content, owner: uploaderOf(ctx.actor), name });
  if (file.sizeBytes === 0) {
    await removeUploads(ctx, [file.id]);
    throw malformed("file: the file is empty");
  }
  return presentAttachment(attachmentOf(file), ctx.mediaLinks);
}
