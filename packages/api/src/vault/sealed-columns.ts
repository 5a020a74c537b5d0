import { credentials } from "@pult/db/schema/auth.ts";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { placeOfTotp } from "../auth/account/second-factor.ts";

/** A column whose values the vault has sealed. */
export interface SealedColumn {
  table: PgTable;
  /** Primary key, a uuid or text. */
  id: PgColumn;
  /** Null where there is no secret. */
  sealed: PgColumn;
  /** The place a row's secret is bound to. */
  placeOf(id: string): string;
}

/** Every column that holds sealed secrets: whoever seals something new adds it, or a rotation of the key would leave it behind. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: credentials, id: credentials.personId, sealed: credentials.totpSecret, placeOf: placeOfTotp },
];
