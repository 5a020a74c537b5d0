import type { Deal, Stage } from "@pult/api/crm/schema.ts";
import { AlarmClock, Clock3 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { usePipelines } from "../data/use-setup.ts";
import type { RecordColumn } from "../list/record-table.tsx";
import { NameCell, NONE, text, useCommonColumns } from "../list/use-columns.tsx";
import { useMoney } from "../money.ts";

const isOverdue = ({ nextStepAt, closedAt }: Deal): boolean =>
  closedAt === null && nextStepAt !== null && Date.parse(nextStepAt) < Date.now();

/** What is to be done for a deal, and by when; red with a mark once that has passed. */
export function NextStep({ deal }: { deal: Deal }) {
  const t = useTranslations("contacts.deal");
  const time = useTimeText();
  const { nextStep, nextStepAt } = deal;
  const isLate = isOverdue(deal);
  const isNone = !nextStep && !nextStepAt;
  const text = isNone ? t("noNextStep") : nextStep;
  return (
    <span className={cx("flex min-w-0 items-center gap-1.5", isLate && "text-danger", isNone && "text-muted")}>
      <Icon of={isLate ? AlarmClock : Clock3} size={12} className={isLate ? "" : "text-muted"} />
      <span dir="auto" title={text ?? undefined} className="min-w-0 truncate text-start">
        {text}
      </span>
      {nextStepAt ? (
        <time dateTime={nextStepAt} title={time.full(nextStepAt)} className="num shrink-0">
          {isLate ? <span className="sr-only">{t("late")} </span> : null}
          {time.short(nextStepAt)}
        </time>
      ) : null}
    </span>
  );
}

export function useDealColumns(): RecordColumn<Deal>[] {
  const t = useTranslations("contacts.column");
  const common = useCommonColumns();
  const { money } = useMoney();
  const pipelines = usePipelines();
  return useMemo(() => {
    const stages = new Map(pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => [stage.id, stage])));
    return [
      {
        id: "name",
        label: t("deal"),
        sort: "name",
        from: "always",
        render: ({ number, name, contactName, companyName, stageId }) => (
          <NameCell
            lead={<span className="num w-14 shrink-0 text-12 text-muted">D-{number}</span>}
            name={name}
            second={[contactName ?? companyName, stages.get(stageId)?.name].filter(Boolean).join(" · ")}
          />
        ),
      },
      {
        id: "contact",
        label: t("contact"),
        width: "14%",
        from: "wide",
        render: ({ contactName, companyName }) => text(contactName ?? companyName),
      },
      {
        id: "stage",
        label: t("stage"),
        width: "12%",
        from: "wide",
        render: ({ stageId }) => <StageChip stage={stages.get(stageId)} />,
      },
      {
        id: "amount",
        label: t("amount"),
        width: "104px",
        sort: "amount",
        from: "always",
        isRight: true,
        render: ({ amount, currency }) =>
          amount ? <span className="font-medium text-fg">{money(amount, currency)}</span> : NONE,
      },
      common.owner,
      {
        id: "next",
        label: t("nextStep"),
        width: "18%",
        sort: "nextStepAt",
        from: "wide",
        render: (deal) => <NextStep deal={deal} />,
      },
    ];
  }, [t, common, money, pipelines]);
}

const STAGE_TONE = { open: "neutral", won: "success", lost: "danger" } as const;

export function StageChip({ stage }: { stage: Stage | undefined }) {
  const t = useTranslations("contacts.stageKind");
  if (!stage) return NONE;
  const title = stage.kind === "open" ? undefined : t(stage.kind);
  return (
    <Chip tone={STAGE_TONE[stage.kind]} {...(title ? { title } : {})}>
      {stage.name}
    </Chip>
  );
}
