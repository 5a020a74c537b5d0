import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Context } from "../context.ts";
import type { PersonReferences, Slice } from "../slice.ts";
import { type MediaFile, releaseUploads, removeReleased, selectUploads, storedFileKeys, sweepFiles } from "./files.ts";

/** Stored files of every kind. What claims them exports them, erases them and lets go of them. */
export const mediaSlice: Slice = {
  name: "media",
  logs: [],
  retention: [],
  personalData: {
    readScope: "auth:read",
    writeScope: "auth:write",
    tables: { media_files: { path: "uploads" } },
    conversations: async () => [],
    lock: async () => {},
    export: async (ctx, person) => ({ uploads: await exportFiles(ctx, await selectUploads(ctx.db, ownersOf(person))) }),
    planErasure: async (ctx) => async (tx, person) => {
      const photos = await releaseUploads(tx, ownersOf(person));
      return { counts: { photos }, remaining: [], cut: [], forget: [], committed: () => removeErased(ctx) };
    },
    // Uploads belong to an identity, which moves.
    merge: async () => null,
    unmerge: async () => {},
  },
  outbox: {},
  workers: [],
  notices: [],
  sealedColumns: [],
  metrics: [],
  storedFiles: storedFileKeys,
  inventory: async () => ({}),
  sweep: sweepFiles,
};

/** As whom people upload. @see identityOf */
const ownersOf = ({ identities, agents }: PersonReferences): string[] => [
  ...identities.map(({ namespace, externalId }) => `${namespace}:${externalId}`),
  ...agents.map(({ personId }) => `agent:${personId}`),
];

async function removeErased(ctx: Context): Promise<void> {
  await removeReleased(ctx).catch((error: unknown) => {
    ctx.log.warn({ err: error }, "Failed to remove the files of an erased person; the next sweep tries again");
  });
}

/** A file with its bytes, or where to load them from. */
export interface ExportedFile extends Omit<MediaFile, "fileKey" | "thumbKey" | "owner" | "claimedBy"> {
  /** Who uploaded it. */
  ownerRef: string | null;
  fileName: string;
  /** Base64; null when all these files together are more than 20 MB. */
  content: string | null;
  url: string;
}

const INLINE_BYTES = 20 * 1024 * 1024;

/** Files as an export holds them, in the same order. */
export async function exportFiles(ctx: Context, files: readonly MediaFile[]): Promise<ExportedFile[]> {
  const isInline = files.reduce((sum, file) => sum + file.sizeBytes, 0) <= INLINE_BYTES;
  const exported: ExportedFile[] = [];
  for (const { fileKey, thumbKey: _, claimedBy: __, owner: ownerRef, ...rest } of files) {
    const url = `${ctx.config.origin}${ctx.mediaLinks.path(fileKey)}`;
    const content = isInline ? await contentOf(ctx, fileKey) : null;
    exported.push({ ...rest, ownerRef, fileName: fileKey, content, url });
  }
  return exported;
}

async function contentOf({ media }: Context, key: string): Promise<string | null> {
  const opened = await media.open(key);
  return opened ? (await buffer(Readable.from(opened.read()))).toString("base64") : null;
}
