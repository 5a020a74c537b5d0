import { gunzipSync } from "node:zlib";
import type { Peer } from "./calls.ts";
import { ADMIN_KEY } from "./installation.ts";

/** What `GET /api/admin/backup` answers. */
export async function backupOf({ origin }: Peer): Promise<Buffer<ArrayBuffer>> {
  const answer = await fetch(`${origin}/api/admin/backup`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  if (answer.status !== 200 || answer.headers.get("content-type") !== "application/gzip")
    throw new Error(`No backup: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

export const linesOf = (file: Buffer): string[] => gunzipSync(file).toString().trimEnd().split("\n");

/** Rows by table, and files; what a backup or a restore itself adds or makes anew is left out. */
export function contentsOf(file: Buffer): Record<string, unknown[]> {
  const contents: Record<string, unknown[]> = {};
  let current: unknown[] = [];
  for (const line of linesOf(file).slice(1, -1)) {
    const value = JSON.parse(line);
    if (Array.isArray(value) || typeof value === "string") current.push(value);
    else {
      current = [];
      contents[value.table ?? `file ${value.file}`] = current;
    }
  }
  contents.topic_heads = (contents.topic_heads ?? []).map((row) => (row as string[]).toSpliced(1, 1));
  contents.audit_log = (contents.audit_log ?? []).filter((row) => !/auth\.(restored|backupTaken)/.test(String(row)));
  for (const [name, rows] of Object.entries(contents)) if (!name.startsWith("file ")) rows.sort();
  return contents;
}

/** What a restore leaves as the backup has it: it ends sessions and uses up one-time tokens, so that those are only counted. */
export function restorable({ sessions = [], one_time_tokens: tokens = [], ...contents }: Record<string, unknown[]>) {
  return { ...contents, sessions: sessions.length, tokens: tokens.length };
}
