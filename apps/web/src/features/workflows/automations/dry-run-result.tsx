import type { DryRun, Trigger } from "@pult/api/workflows/automations/schema.ts";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Chip } from "../../../ui/chip.tsx";

export const DRY_RUN_DAYS = 7;

type Run = DryRun["runs"][number];

/** What would have been done, one line for each action. */
function Planned({ actions }: Pick<Run, "actions">) {
  const t = useTranslations();
  const refusalOf = (key: string | null) => (key === null ? null : t(`errors.${key}` as "errors.offline"));
  if (actions.length === 0) return null;
  return (
    <ul className="mt-0.5 text-12 text-fg-2">
      {actions.map(({ type, text, errorKey }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an automation may do the same thing twice, and the list never changes
        <li key={index} className="break-words">
          {[t(`automations.action.${type}`), text ?? refusalOf(errorKey)].filter(Boolean).join(": ")}
        </li>
      ))}
    </ul>
  );
}

/** What the rule would have done, newest first. */
export function DryRunResult({ found, trigger }: { found: DryRun; trigger: Trigger["type"] }) {
  const t = useTranslations("automations");
  const time = useTimeText();
  const { count, examined } = found;
  const isOfRecords = trigger === "dealMoved" || trigger === "tagSet";
  const said = isOfRecords
    ? t("dryRunFoundChanges", { count, changes: examined, days: DRY_RUN_DAYS })
    : t("dryRunFound", { count, messages: examined, days: DRY_RUN_DAYS });
  return (
    <section aria-label={t("dryRun")} className="flex flex-col gap-1">
      <p role="status" className="font-medium">
        {said}
      </p>
      {found.isCut ? <p className="text-12 text-muted">{t("dryRunCut")}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keys */}
      <ul tabIndex={0} aria-label={t("dryRun")} className="max-h-64 overflow-y-auto">
        {found.runs.map((run) => (
          <li
            key={`${run.accountId} ${run.chatId} ${run.at} ${run.title} ${run.text}`}
            className="flex items-start gap-2 border-line border-t py-1.5"
          >
            <div className="min-w-0 flex-1">
              <span className="block truncate">{run.title}</span>
              <span className="num block truncate text-12 text-muted">
                {[time.moment(run.at), run.text].filter(Boolean).join(" · ")}
              </span>
              <Planned actions={run.actions} />
            </div>
            <Chip tone={run.holds && !run.isLimited ? "success" : "neutral"}>
              {t(run.isLimited ? "wouldBeLimited" : run.holds ? "wouldRun" : "wouldNotRun")}
            </Chip>
          </li>
        ))}
      </ul>
    </section>
  );
}
