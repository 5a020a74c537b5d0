import { retentionRules } from "@pult/api/retention/retention.ts";
import { type Command, FLAG, TEXT, UsageError, wholeNumber } from "../command.ts";

/** `resolvedMessages` is given as `--resolved-messages`. */
const KINDS = new Map(
  retentionRules().map(({ kind }) => [kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), kind]),
);

export const RETENTION_COMMANDS: readonly Command[] = [
  {
    name: "retention show",
    summary: "how many days each kind of data is kept; null is for ever",
    example: "",
    run: ({ api }) => api.auth.retention.get.query(),
  },
  {
    name: "retention set",
    summary: "how many days to keep each named kind (the audit log at least 30), or `never` to keep it for ever",
    options: Object.fromEntries([...KINDS.keys()].map((option) => [option, TEXT])),
    example: "--resolved-messages 365 --audit-log never",
    run({ api }, given) {
      const days: Record<string, number | null> = {};
      for (const [option, kind] of KINDS) {
        const value = given.text(option);
        if (value !== undefined) days[kind] = value === "never" ? null : wholeNumber(value, `--${option}`);
      }
      if (Object.keys(days).length === 0) throw new UsageError("Name a kind and its days; --help lists the kinds");
      return api.auth.retention.set.mutate(days);
    },
  },
  {
    name: "retention run",
    summary: "deletes now what is older than its days, which happens every hour anyway; --dry-run counts it",
    options: { "dry-run": FLAG },
    example: "--dry-run",
    run: ({ api }, given) => api.auth.retention.run.mutate({ dryRun: given.flag("dry-run") }),
  },
];
