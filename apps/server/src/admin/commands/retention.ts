import { RETENTION_KINDS, type RetentionKind } from "@pult/api/retention/schema.ts";
import { type Command, FLAG, TEXT, UsageError, wholeNumber } from "../command.ts";

/** `resolvedMessages` is said as `--resolved-messages`. */
const optionOf = (kind: RetentionKind): string => kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const OPTIONS = Object.fromEntries(RETENTION_KINDS.map((kind) => [optionOf(kind), TEXT]));

export const RETENTION_COMMANDS: readonly Command[] = [
  {
    name: "retention show",
    summary: "how many days each kind of data is kept; null is for ever",
    example: "",
    run: ({ api }) => api.auth.retention.get.query(),
  },
  {
    name: "retention set",
    summary:
      "how many days to keep what is named (the audit log 30 at least), or `never` to delete it never; the rest stays as it is",
    options: OPTIONS,
    example: "--resolved-messages 365 --audit-log never",
    run({ api }, given) {
      const days: Partial<Record<RetentionKind, number | null>> = {};
      for (const kind of RETENTION_KINDS) {
        const value = given.text(optionOf(kind));
        if (value !== undefined) days[kind] = value === "never" ? null : wholeNumber(value, `--${optionOf(kind)}`);
      }
      if (Object.keys(days).length === 0) throw new UsageError("Say what to keep and how long; --help lists it");
      return api.auth.retention.set.mutate(days);
    },
  },
  {
    name: "retention run",
    summary: "deletes now what is kept no longer, which happens every hour anyway; --dry-run counts it",
    options: { "dry-run": FLAG },
    example: "--dry-run",
    run: ({ api }, given) => api.auth.retention.run.mutate({ dryRun: given.flag("dry-run") }),
  },
];
