import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Lease, OpenDatabase } from "./database.ts";
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
  const connect: Connect = (special) =>
    postgres(address, {
      ...(socketDir ? { host: socketDir } : {}),
      onnotice: () => {},
      connection: { application_name: "pult", TimeZone: "UTC" },
      ...special,
    });
  const client = connect({ max: options.max ?? 10 });
  try {
    const [row] = await client<{ version: string }[]>`select current_setting('server_version_num') as version`;
    if (Number(row?.version ?? 0) < 150_000)
      throw new Error(`PostgreSQL 15 or newer is needed, this is ${row?.version}`);
    const db = drizzle(withPreparedStatements(client), { schema });
    await migratePostgres(db);
    return {
      db,
      kind: "postgres",
      tryLease: (name) => tryAdvisoryLease(connect, name),
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

type Connect = (special: { max: number; max_lifetime?: null; onclose?: () => void }) => postgres.Sql;

const LEASE_CHECK_MS = 5_000;

/**
 * A connection of its own holds the lock: one that is only reserved from a pool ends with the pool's time limit, and is written to after
 * its end.
 */
async function tryAdvisoryLease(connect: Connect, name: string): Promise<Lease | null> {
  const lost = new AbortController();
  let check: NodeJS.Timeout | null = null;
  let released = false;
  const end = () => {
    if (check) clearInterval(check);
    return connection.end({ timeout: 1 });
  };
  const connection = connect({
    max: 1,
    max_lifetime: null,
    onclose() {
      if (released) return;
      lost.abort();
      end().catch(() => {});
    },
  });
  const [row] = await connection<
    { held: boolean }[]
  >`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`;
  if (!row?.held || lost.signal.aborted) {
    released = true;
    await end();
    return null;
  }
  // Finds out that the other side is gone when nothing else is said on this connection.
  check = setInterval(() => connection`select 1`.catch(() => lost.abort()), LEASE_CHECK_MS);
  return {
    lost: lost.signal,
    async release() {
      if (released || lost.signal.aborted) return;
      released = true;
      await end();
    },
  };
}
