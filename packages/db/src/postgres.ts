import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Lease, OpenDatabase } from "./database.ts";
import { migratePostgres } from "./migrate.ts";
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
    max: options.max ?? 10,
    ...(socketDir ? { host: socketDir } : {}),
    onnotice: () => {},
    connection: { application_name: "pult", TimeZone: "UTC" },
  });
  try {
    const [row] = await client<{ version: string }[]>`select current_setting('server_version_num') as version`;
    if (Number(row?.version ?? 0) < 150_000)
      throw new Error(`PostgreSQL 15 or newer is needed, this is ${row?.version}`);
    const db = drizzle(client, { schema });
    await migratePostgres(db);
    return {
      db,
      kind: "postgres",
      tryLease: (name) => tryAdvisoryLease(client, name),
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

const LEASE_CHECK_MS = 5_000;

async function tryAdvisoryLease(client: postgres.Sql, name: string): Promise<Lease | null> {
  const connection = await client.reserve();
  const lost = new AbortController();
  const [row] = await connection<
    { held: boolean }[]
  >`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`;
  if (!row?.held) {
    connection.release();
    return null;
  }
  const check = setInterval(() => {
    connection`select 1`.catch(() => {
      clearInterval(check);
      lost.abort();
    });
  }, LEASE_CHECK_MS);
  return {
    lost: lost.signal,
    async release() {
      clearInterval(check);
      if (lost.signal.aborted) return;
      await connection`select pg_advisory_unlock(hashtextextended(${name}, 0))`.catch(() => {});
      connection.release();
    },
  };
}
