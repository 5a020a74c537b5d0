import { credentials } from "@pult/db/schema/auth.ts";
import { placeOfTotp } from "../auth/account/second-factor.ts";
import type { SealedColumn } from "../slice.ts";
import { slices } from "../slices.ts";

/** Every column that holds sealed secrets; one that is not named keeps the old key after a rotation. */
export const sealedColumns = (): SealedColumn[] => [
  { table: credentials, id: credentials.personId, sealed: credentials.totpSecret, placeOf: placeOfTotp },
  ...slices.flatMap((slice) => slice.sealedColumns),
];
