import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { instant } from "./instant.ts";
import { describeOnBothDatabases } from "./testing/test-deps.ts";

describeOnBothDatabases("A moment that a caller names", (world) => {
  it.each(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-03-10T12:00:00+14:00"])(
    "can be kept: %s",
    async (text) => {
      const iso = new Date(instant.parse(text)).toISOString();
      expect(await world.query(sql`select extract(epoch from ${iso}::timestamptz)::float8 * 1000 as ms`)).toEqual([
        { ms: Date.parse(text) },
      ]);
    },
  );

  it.each([
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "2026-02-31T00:00:00Z",
    "yesterday",
  ])("is refused: %s", (text) => {
    expect(instant.safeParse(text).success).toBe(false);
  });
});
