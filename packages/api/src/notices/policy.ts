import { type Why, why } from "../outbox/why.ts";
import type { QuietHours } from "./quiet-hours.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { Severity } from "./schema.ts";

/** What decides about a push before it leaves. */
export interface Standing {
  now: Date;
  severity: Severity;
  expiresAt: Date | null;
  /** Whether the person wants the kind on any way. */
  isWanted: boolean;
  quietHours: QuietHours | null;
  /** 0 for each by itself. */
  batchSeconds: number;
  /** When the last push about the same left. */
  lastLeftAt: Date | null;
  /** Null for no limit. */
  maxPerHour: number | null;
  /** When the person's pushes of the last hour left, newest first. */
  leftAt: readonly Date[];
}

export type Admission =
  | { state: "leaves" }
  | { state: "skipped"; why: Why }
  | { state: "waits"; until: Date; why: Why };

const HOUR_MS = 3_600_000;

/** Whether a push may leave now. What waits is asked for again then; nothing is dropped for being too much. */
export function admit(standing: Standing): Admission {
  const { now, severity, expiresAt, isWanted } = standing;
  if (!isWanted) return { state: "skipped", why: why("turnedOff") };
  if (expiresAt && expiresAt <= now) return { state: "skipped", why: why("expired") };
  if (severity === "critical") return { state: "leaves" };
  return waitForQuiet(standing) ?? waitForBatch(standing) ?? waitForSlot(standing) ?? { state: "leaves" };
}

/** The end of the quiet hours that it is in. */
export function waitForQuiet({
  now,
  quietHours,
}: Pick<Standing, "now" | "quietHours">): Extract<Admission, { state: "waits" }> | null {
  const until = quietHours && quietUntil(quietHours, now);
  if (!until) return null;
  return { state: "waits", until, why: why("quietHours", { until: quietHours.to, timeZone: quietHours.timeZone }) };
}

function waitForBatch({ now, batchSeconds, lastLeftAt }: Standing): Admission | null {
  const until = new Date((lastLeftAt?.getTime() ?? 0) + batchSeconds * 1_000);
  if (until <= now) return null;
  return { state: "waits", until, why: why("gathers", { seconds: batchSeconds }) };
}

function waitForSlot({ now, maxPerHour, leftAt }: Standing): Admission | null {
  const oldest = maxPerHour === null ? undefined : leftAt[maxPerHour - 1];
  const until = new Date((oldest?.getTime() ?? 0) + HOUR_MS);
  if (until <= now) return null;
  return { state: "waits", until, why: why("cap", { limit: maxPerHour ?? 0 }) };
}
