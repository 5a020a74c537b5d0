import type { Deps } from "../../context.ts";
import type { SessionRow } from "../access.ts";

/** Columns of `telegram_sessions` that the vault seals. */
export const SECRET_COLUMNS = ["apiHash", "session", "phoneNumber", "codeHash"] as const;
type SecretColumn = (typeof SECRET_COLUMNS)[number];

export const secretPlace = (id: string, column: SecretColumn): string => `telegramSessions/${id}/${column}`;

/** @returns what is stored in the column */
export const sealSecret = (
  { vault }: Pick<Deps, "vault">,
  place: { id: string; column: SecretColumn },
  value: string,
) => vault.seal(secretPlace(place.id, place.column), value);

/** @throws VaultError */
export function openSecret({ vault }: Pick<Deps, "vault">, row: SessionRow, column: SecretColumn): string | null {
  const sealed = row[column];
  return sealed === null ? null : vault.open(secretPlace(row.id, column), sealed);
}

/** `+1000•••0002`: enough to tell one's numbers apart. */
export function maskPhone(phoneNumber: string): string {
  const digits = phoneNumber.replace(/\D/g, "");
  const shown = digits.length > 8 ? 4 : 2;
  return `+${digits.slice(0, shown)}•••${digits.slice(-shown)}`;
}
