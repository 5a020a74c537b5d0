import type { ActionOutcome, Automation, AutomationRun } from "@pult/api/workflows/automations/schema.ts";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { RotateCw, Workflow } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Facts, OpeningRow } from "../../../ui/opening-row.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useEventText } from "../event-text.ts";

const PAGE_SIZE = 30;
/** How often a list that is looked at is read again. */
const REFRESH_MS = 3_000;

const TONES = {
  pending: "warning",
  done: "success",
  failed: "danger",
  skipped: "neutral",
  limited: "warning",
  missed: "warning",
} as const;

function useRuns(automationId: string) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: ["automationRuns", automationId],
    queryFn: ({ pageParam, signal }) => {
      const from = pageParam === null ? {} : { offsetId: pageParam };
      return client.chats.automations.runs.query({ automationId, limit: PAGE_SIZE, ...from }, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
}

/** What became of an action; a refusal whose words need more than the key is told in English. */
function useOutcomeText() {
  const t = useTranslations();
  return ({ state, error, errorKey }: ActionOutcome): string => {
    if (error === null) return t(`automations.runState.${state}`);
    const key = `errors.${errorKey}` as "errors.offline";
    const words: unknown = errorKey && t.has(key) ? t.raw(key) : error;
    return typeof words === "string" && !words.includes("{") ? words : error;
  };
}

function Replay({ run, onDone }: { run: AutomationRun; onDone: () => void }) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const { mutate, isPending } = useMutation(
    trpc.chats.automations.replay.mutationOptions({
      onSuccess: () => showToast({ icon: RotateCw, title: t("replayed") }),
      onError: failed(t("failed")),
      onSettled: onDone,
    }),
  );
  return (
    <Button
      size="sm"
      className="mt-2"
      aria-disabled={isPending}
      onClick={() => !isPending && mutate({ runId: run.id })}
    >
      <Icon of={RotateCw} size={14} />
      {t("replay")}
    </Button>
  );
}

function RunRow({ run, onChanged }: { run: AutomationRun; onChanged: () => void }) {
  const t = useTranslations("automations");
  const time = useTimeText();
  const eventText = useEventText();
  const outcomeText = useOutcomeText();
  const mayWrite = useMay()("chats:write");
  const { state, chatTitle, createdAt, type, conditions, actions } = run;
  return (
    <OpeningRow
      className="grid grid-cols-[minmax(0,1fr)_auto_16px] items-center gap-x-3 px-4 py-1.5"
      cells={
        <>
          <span className="min-w-0">
            <span className="block truncate font-medium">{chatTitle ?? eventText(type)}</span>
            <span className="num block truncate text-12 text-muted">
              {[time.moment(createdAt), eventText(type)].join(" · ")}
            </span>
          </span>
          <Chip tone={TONES[state]}>{t(`runState.${state}`)}</Chip>
        </>
      }
    >
      <div className="bg-surface-2 px-4 py-3">
        <Facts
          rows={[
            ...conditions.map((one): [string, string] => [
              t(`condition.${one.type}`),
              t(one.holds ? "holds" : "holdsNot"),
            ]),
            ...actions.map((one): [string, string] => [t(`action.${one.type}`), outcomeText(one)]),
            [t("event"), run.eventId],
          ]}
        />
        {mayWrite && state === "failed" ? <Replay run={run} onDone={onChanged} /> : null}
      </div>
    </OpeningRow>
  );
}

/** What an automation answered to, the newest first. */
export function RunSheet({ automation, onClose }: { automation: Automation; onClose: () => void }) {
  const t = useTranslations("automations");
  const list = useRuns(automation.id);
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => void list.refetch()} />;
    const runs = list.data.pages.flatMap(({ items }) => items);
    if (runs.length === 0) return <EmptyState icon={Workflow} title={t("noRuns")} />;
    return (
      <div className="scroll-pane min-h-0 flex-1">
        <ul aria-label={t("runs")}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} onChanged={() => void list.refetch()} />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </div>
    );
  };
  return (
    <Sheet onClose={onClose} title={t("runsOf", { name: automation.name })}>
      {content()}
    </Sheet>
  );
}
