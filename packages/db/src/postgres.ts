import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { OpenDatabase } from "./database.ts";
import { migratePostgres } from "./migrate.ts";
import { schema } from "./schema.ts";

export interface PostgresOptions {
  /** Connections at most. Default 10. */
  max?: number;
  /** Default 30. */
  connectSeconds?: number;
  /** For one statement; default no limit. */
  statementMs?: number;
}

/**
 * Opens PostgreSQL 15 or newer and brings its tables up to date.
 * @param url `postgres://user:password@host:port/database`; a unix socket as `?host=/directory`
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<OpenDatabase> {
  const client = connect(url, options);
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

/** Further connections to a database that is open, or to a copy of it. */
export function openReader(url: string, options: PostgresOptions): OpenDatabase {
  const client = connect(url, options);
  return {
    db: drizzle(withPreparedStatements(client), { schema }),
    kind: "postgres",
    close: () => client.end({ timeout: 1 }),
  };
}

function connect(url: string, options: PostgresOptions): postgres.Sql<{ bigint: number }> {
  const { address, socketDir } = splitSocketDir(url);
  return postgres(address, {
    ...(socketDir ? { host: socketDir } : {}),
    onnotice: () => {},
    connection: {
      application_name: "pult",
      TimeZone: "UTC",
      // Compiling takes longer than any statement of ours.
      jit: "off",
      ...(options.statementMs ? { statement_timeout: options.statementMs } : {}),
    },
    max: options.max ?? 10,
    connect_timeout: options.connectSeconds ?? 30,
    // Ids and counts are far below 2^53; PGlite answers numbers too.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  });
}

/** postgres.js does not read libpq's `?host=/directory`, so it is taken out here. */
function splitSocketDir(url: string): { address: string; socketDir: string | null } {
  const parsed = new URL(url);
  const socketDir = parsed.searchParams.get("host");
  if (!socketDir?.startsWith("/")) return { address: url, socketDir: null };
  parsed.searchParams.delete("host");
  return { address: parsed.href, socketDir };
}

type Client = postgres.Sql | postgres.TransactionSql;

/**
 * The same client with every statement that has parameters prepared once per connection and name. Drizzle asks for one-off statements:
 * PostgreSQL then parses each anew, and postgres.js waits a round trip for the types of its parameters.
 */
function withPreparedStatements<Sql extends Client>(client: Sql): Sql {
  return new Proxy(client, {
    get(target, key, receiver) {
      if (key === "unsafe") {
        return (text: string, parameters: never[] = [], options: object = {}) =>
          target.unsafe(text, parameters, { ...options, prepare: parameters.length > 0 });
      }
      if (key === "begin" || key === "savepoint") {
        const open = Reflect.get(target, key, receiver) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const work = args.pop() as (inner: Client) => unknown;
          return open(...args, (inner: Client) => work(withPreparedStatements(inner)));
        };
      }
      return Reflect.get(target, key, receiver);
    },
  });
}
