import type { ActionOutcome, Automation, AutomationRun } from "@pult/api/workflows/automations/schema.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { useEventText } from "../event-text.ts";
import { LOG_PAGE, LOG_QUERY, LogRow, LogSheet, ReplayButton } from "../log-sheet.tsx";

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
      return client.chats.automations.runs.query({ automationId, limit: LOG_PAGE, ...from }, { signal });
    },
    ...LOG_QUERY,
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

function RunRow({ run, onChanged }: { run: AutomationRun; onChanged: () => void }) {
  const t = useTranslations("automations");
  const client = useTRPCClient();
  const time = useTimeText();
  const eventText = useEventText();
  const outcomeText = useOutcomeText();
  const mayWrite = useMay()("chats:write");
  const { id: runId, state, chatTitle, createdAt, type, conditions, actions } = run;
  return (
    <LogRow
      title={chatTitle ?? eventText(type)}
      line={[time.moment(createdAt), eventText(type)].join(" · ")}
      tone={TONES[state]}
      state={t(`runState.${state}`)}
      facts={[
        ...conditions.map((one): [string, string] => [t(`condition.${one.type}`), t(one.holds ? "holds" : "holdsNot")]),
        ...actions.map((one): [string, string] => [t(`action.${one.type}`), outcomeText(one)]),
        [t("event"), run.eventId],
      ]}
    >
      {mayWrite && state === "failed" ? (
        <ReplayButton
          label={t("replay")}
          done={t("replayed")}
          failed={t("failed")}
          replay={() => client.chats.automations.replay.mutate({ runId })}
          onDone={onChanged}
        />
      ) : null}
    </LogRow>
  );
}

/** What an automation answered to, the newest first. */
export function RunSheet({ automation, onClose }: { automation: Automation; onClose: () => void }) {
  const t = useTranslations("automations");
  const list = useRuns(automation.id);
  return (
    <LogSheet
      title={t("runsOf", { name: automation.name })}
      label={t("runs")}
      empty={{ icon: Workflow, title: t("noRuns") }}
      more={{ more: t("more"), end: t("end") }}
      list={list}
      row={(run: AutomationRun) => <RunRow key={run.id} run={run} onChanged={() => void list.refetch()} />}
      onClose={onClose}
    />
  );
}
