import { createHash } from "node:crypto";
import type { Context } from "../../context.ts";
import { VaultError } from "../../vault/vault.ts";
import { auditActorOf } from "../audit.ts";
import { authError } from "../errors.ts";
import type { AuditFilter } from "./schema.ts";

/** A walk through the pages of an export. */
export interface ExportWalk {
  /** Id of the last entry that was returned. */
  after: number;
  /** What is walked through, as a digest. */
  filter: string;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** Long enough for all pages, and too short to come back for later entries. */
const WALK_MS = 60 * 60_000;

type Caller = Pick<Context, "actor" | "vault" | "now">;

/** A cursor is bound to its caller: the export is recorded for them alone. */
const placeOf = ({ actor }: Caller): string => {
  const { kind, id } = auditActorOf(actor);
  return `auditExport/${kind}/${id}`;
};

const digestOf = (filter: AuditFilter): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(filter).sort()))
    .digest("base64url");

export const newWalk = ({ now }: Caller, filter: AuditFilter): ExportWalk => ({
  after: 0,
  filter: digestOf(filter),
  endsAt: now().getTime() + WALK_MS,
});

/** Sealed: a forged cursor would read pages without a record of the export. */
export function sealCursor(caller: Caller, { after, filter, endsAt }: ExportWalk): string {
  return caller.vault.seal(placeOf(caller), JSON.stringify([after, filter, endsAt]));
}

/** @throws DomainError `VALIDATION` for one that was not answered here, to another caller, for something else, or too long ago */
export function openCursor(caller: Caller, { cursor, filter }: { cursor: string; filter: AuditFilter }): ExportWalk {
  const walk = openOrNull(caller, cursor);
  if (!walk || walk.filter !== digestOf(filter) || walk.endsAt <= caller.now().getTime())
    throw authError("exportCursorInvalid");
  return walk;
}

function openOrNull(caller: Caller, cursor: string): ExportWalk | null {
  try {
    const [after, filter, endsAt] = JSON.parse(caller.vault.open(placeOf(caller), cursor)) as [number, string, number];
    return { after, filter, endsAt };
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}
