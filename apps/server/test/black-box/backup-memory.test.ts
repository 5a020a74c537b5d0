import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { backupOf, linesOf } from "../support/backup-file.ts";
import { call } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { residentMiB } from "../support/process-stats.ts";

/** The heap may grow to this much, MiB: it has about half of that at the start, and the messages alone are 82 MB. */
const HEAP = 96;
const MESSAGES = 20_000;
const TEXT = "The same words again and again. ".repeat(128);

/** The backup of an empty installation, with messages put into it: 4 MB of lines for each thousand. */
function withMessages(empty: Buffer, count: number): Buffer<ArrayBuffer> {
  const lines = linesOf(empty);
  const trailer = JSON.parse(lines.pop() ?? "");
  const at = lines.findIndex((line) => line.startsWith('{"table":"messages"'));
  const { columns } = JSON.parse(lines[at] ?? "") as { columns: string[] };
  const rows = Array.from({ length: count }, (_, index) => {
    const row: Record<string, string> = {
      id: String(index + 1),
      conversation_id: String((index % 1_000) + 1),
      kind: "customer",
      text: TEXT,
      author_name: "Demo customer",
      source: "app",
      photo_count: "0",
      created_at: "2026-03-10 12:00:00+00",
    };
    return JSON.stringify(columns.map((column) => row[column] ?? null));
  });
  const body = `${lines.toSpliced(at + 1, 0, ...rows).join("\n")}\n`;
  trailer.rows.messages = count;
  trailer.sha256 = createHash("sha256").update(body).digest("hex");
  return gzipSync(`${body}${JSON.stringify(trailer)}\n`);
}

test("restores and backs up 82 MB of messages in less memory than they take", async () => {
  const server = await startDesk({}, { env: { NODE_OPTIONS: `--max-old-space-size=${HEAP}` } });
  const empty = await backupOf(server);
  const raw = withMessages(empty, MESSAGES);
  const before = residentMiB(server.pid);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, residentMiB(server.pid));
  }, 20);
  try {
    const restored = await call(server, "/api/admin/restore", { raw, token: ADMIN_KEY });
    expect([restored.status, restored.body]).toMatchObject([200, { rows: { messages: MESSAGES } }]);
    expect(linesOf(await backupOf(server)).length).toBeGreaterThan(MESSAGES);
    // The heap's growth and buffers of streams are 140 MiB; held beside the heap, the messages would be another 80.
    expect(most - before).toBeLessThan(200);
  } finally {
    clearInterval(watch);
    await server.stop();
  }
});
