import type { Database } from "@pult/db/database.ts";

/** The database, where each call of a method goes through `around`, which runs it, or not. */
export const intercept = (
  db: Database,
  method: "transaction" | "execute",
  around: (run: () => Promise<unknown>) => Promise<unknown>,
): Database =>
  Object.create(db, {
    [method]: { value: (...given: unknown[]) => around(() => Reflect.apply(db[method], db, given)) },
  });
