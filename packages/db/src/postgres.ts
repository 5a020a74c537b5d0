import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { OpenDatabase } from "./database.ts";
import { migratePostgres } from "./migrate.ts";
import { withPreparedStatements } from "./prepared-statements.ts";
import { schema } from "./schema.ts";

export interface PostgresOptions {
  /** Connections at most. Default 10. */
  max?: number;
}

/**
 * Opens PostgreSQL 15 or newer and brings its tables up to date.
 * @param url `postgres://user:password@host:port/database`; a unix socket as `?host=/directory`
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<OpenDatabase> {
  const { address, socketDir } = splitSocketDir(url);
  const client = postgres(address, {
    ...(socketDir ? { host: socketDir } : {}),
    onnotice: () => {},
    connection: { application_name: "pult", TimeZone: "UTC" },
    max: options.max ?? 10,
    // Ids and counts are far below 2^53; PGlite answers numbers too.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  });
  try {
    const [row] = await client<{ version: string }[]>`select current_setting('server_version_num') as version`;
    if (Number(row?.version ?? 0) < 150_000)
      throw new Error(`PostgreSQL 15 or newer is needed, this is ${row?.version}`);
    const db = drizzle(withPreparedStatements(client), { schema });
    await migratePostgres(db);
    return {
      db,
      kind: "postgres",
      close: () => client.end({ timeout: 5 }),
    };
  } catch (error) {
    await client.end({ timeout: 1 });
    throw error;
  }
}

/** postgres.js does not read libpq's `?host=/directory`, so it is taken out here. */
function splitSocketDir(url: string): { address: string; socketDir: string | null } {
  const parsed = new URL(url);
  const socketDir = parsed.searchParams.get("host");
  if (!socketDir?.startsWith("/")) return { address: url, socketDir: null };
  parsed.searchParams.delete("host");
  return { address: parsed.href, socketDir };
}
