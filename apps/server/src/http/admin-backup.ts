import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { restore, takeBackup } from "@pult/api/backup/backup.ts";
import { backupError } from "@pult/api/backup/errors.ts";
import type { Context } from "@pult/api/context.ts";
import { openSpool, type Spool } from "@pult/db/backup/spool.ts";
import type { Call } from "../gateway.ts";
import { setDataHeaders } from "./security-headers.ts";

/** How long nothing may come of a body. */
const STALL_MS = 60_000;

/** @param directory holds both for a while, readable by this process alone */
export function createBackupRoutes(directory: string) {
  let isRestoring = false;
  return {
    /** `GET /api/admin/backup`: everything, as it goes into `POST /api/admin/restore`. @throws DomainError as `takeBackup` */
    async sendBackup(ctx: Context, { response }: Call): Promise<void> {
      const backup = await takeBackup(ctx, directory).catch(failForRoom);
      const day = ctx.now().toISOString().slice(0, 10);
      setDataHeaders(response);
      response.writeHead(200, {
        "Content-Type": "application/gzip",
        "Content-Disposition": `attachment; filename="pult-${day}.ndjson.gz"`,
        "Cache-Control": "no-store",
      });
      try {
        await pipeline(Readable.from(backup, { objectMode: false }), response);
      } catch (error) {
        // Its end is missing then, which its receiver can see.
        ctx.log.warn({ err: error }, "A backup was not taken to its end");
        response.destroy();
      }
    },

    /**
     * `POST /api/admin/restore[?replace=1][&dryRun=1]`, the file as the body. It is received whole before anything is done.
     * @throws DomainError as `restore`, `CONFLICT` while another one is being restored
     */
    async receiveBackup(ctx: Context, { request, url }: Call) {
      const isAsked = (name: string) => url.searchParams.get(name) === "1";
      const spool = await openSpool(directory);
      try {
        await receive(request, spool).catch(failForRoom);
        if (isRestoring) throw backupError("restoring");
        isRestoring = true;
        const input = { read: () => spool.read(), replace: isAsked("replace"), dryRun: isAsked("dryRun") };
        return await restore(ctx, input).finally(() => (isRestoring = false));
      } finally {
        await spool.close();
      }
    },
  };
}

async function receive(request: IncomingMessage, spool: Spool): Promise<void> {
  const stalled = () => setTimeout(() => request.destroy(), STALL_MS);
  let timer = stalled();
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      clearTimeout(timer);
      timer = stalled();
      await spool.write(chunk);
    }
  } catch (error) {
    if (!request.destroyed) throw error;
    throw backupError("incomplete", {}, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function failForRoom(error: unknown): never {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  throw backupError("noRoom", {}, { cause: error });
}
