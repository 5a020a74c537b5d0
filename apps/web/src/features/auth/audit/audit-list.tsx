import type { AuditEntryShown } from "@pult/api/auth/audit/schema.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type Messages, useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { cx } from "../../../ui/cx.ts";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Facts, OpeningRow } from "../../../ui/opening-row.tsx";

export type AuditFilter = { search: string; action: string };

export const filterInput = ({ search, action }: AuditFilter) => ({ search, ...(action ? { action } : {}) });

/** The log, newest first, page by page; read again at every visit. */
export function useAuditList(filter: AuditFilter) {
  const trpc = useTRPC();
  return useInfiniteQuery(
    trpc.auth.audit.list.infiniteQueryOptions(filterInput(filter), {
      getNextPageParam: (page) => page.nextCursor,
      staleTime: 0,
      refetchOnWindowFocus: true,
    }),
  );
}

type Known = keyof Messages["audit"]["action"];

/** `auth.keyCreated` as a key of messages, where a dot would mean a level. */
const keyOf = (action: string) => action.replaceAll(".", "_") as Known;

/** What was done, in words; an action that has none yet by its own name. */
export function useActionText() {
  const t = useTranslations("audit.action");
  return (action: string): string => (t.has(keyOf(action)) ? t(keyOf(action)) : action);
}

type List = ReturnType<typeof useAuditList>;

const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 md:grid-cols-[120px_minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1fr)_112px_16px]";

function useActorText() {
  const t = useTranslations("audit.actor");
  return ({ kind, name, id }: AuditEntryShown["actor"]): string => {
    if (kind === "system" || kind === "anonymous") return name || t(kind);
    return kind === "agent" ? name || t(kind) : `${t(kind)} ${name || id || ""}`.trim();
  };
}

type Kind = keyof Messages["audit"]["kind"];

/** What something is called; what has no name, by its kind. Its id is among the details. */
function useTargetText() {
  const t = useTranslations("audit.kind");
  const kindText = (kind: string) => (t.has(kind as Kind) ? t(kind as Kind) : kind);
  return {
    kindText,
    targetText: (target: AuditEntryShown["target"]) => (target ? (target.name ?? kindText(target.kind)) : ""),
  };
}

/** A value as it stands in the record; what has parts, as JSON. */
const valueText = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);

function Details({ entry }: { entry: AuditEntryShown }) {
  const t = useTranslations("audit");
  const time = useTimeText();
  const { kindText } = useTargetText();
  const { actor, target, details } = entry;
  const rows: [string, string][] = [
    [t("detail.at"), time.full(entry.at)],
    [t("detail.action"), entry.action],
    [t("detail.actor"), [t(`actor.${actor.kind}`), actor.name, actor.id].filter(Boolean).join(" · ")],
    [t("detail.target"), target ? [kindText(target.kind), target.name, target.id].filter(Boolean).join(" · ") : ""],
    [t("detail.address"), entry.ip],
    [t("detail.userAgent"), entry.userAgent],
    ...Object.entries(details).map(([key, value]): [string, string] => [key, valueText(value)]),
  ];
  return <Facts rows={rows} className="bg-surface-2 px-4 py-3 md:pl-[148px]" />;
}

function Entry({ entry }: { entry: AuditEntryShown }) {
  const time = useTimeText();
  const actionText = useActionText();
  const actorText = useActorText();
  const { targetText } = useTargetText();
  const actor = actorText(entry.actor);
  const target = targetText(entry.target);
  return (
    <OpeningRow
      className={cx(GRID, "items-center px-4 py-1.5 md:min-h-10 md:py-1")}
      cells={
        <>
          <span className="num truncate text-muted max-md:hidden" title={time.full(entry.at)}>
            {time.moment(entry.at)}
          </span>
          <span className="min-w-0">
            <span className="block truncate font-medium">{actionText(entry.action)}</span>
            <span className="block truncate text-12 text-muted md:hidden">
              {[time.moment(entry.at), actor, target].filter(Boolean).join(" · ")}
            </span>
          </span>
          <span className="truncate text-fg-2 max-md:hidden" title={actor}>
            {actor}
          </span>
          <span className="truncate text-fg-2 max-md:hidden" title={target}>
            {target}
          </span>
          <span className="truncate font-mono text-12 text-fg-2 max-md:hidden">{entry.ip}</span>
        </>
      }
    >
      <Details entry={entry} />
    </OpeningRow>
  );
}

export function AuditList({ entries, list }: { entries: readonly AuditEntryShown[]; list: List }) {
  const t = useTranslations("audit");
  return (
    <div className="scroll-pane min-h-0 flex-1">
      <div
        aria-hidden
        className={cx(
          GRID,
          "sticky top-0 z-10 h-8 items-center border-line border-b bg-surface px-4 font-medium text-12 text-muted max-md:hidden",
        )}
      >
        {(["at", "action", "actor", "target", "address"] as const).map((column) => (
          <span key={column}>{t(`detail.${column}`)}</span>
        ))}
      </div>
      <ul aria-label={t("title")}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      <LoadMore list={list} more={t("more")} end={t("end")} />
    </div>
  );
}
