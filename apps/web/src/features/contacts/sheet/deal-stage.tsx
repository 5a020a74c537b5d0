import type { Deal } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Select } from "../../../ui/select.tsx";
import { useMoveDeal } from "../board/use-board.ts";
import { usePipelines } from "../data/use-setup.ts";

/** Where a deal stands: changed at once, as on the board. */
export function DealStage({ deal }: { deal: Deal }) {
  const t = useTranslations("contacts");
  const time = useTimeText();
  const move = useMoveDeal();
  const pipelines = usePipelines();
  const options = pipelines.flatMap((pipeline) =>
    pipeline.stages.map(({ id, name }) => ({
      value: id,
      label: pipelines.length > 1 ? `${pipeline.name}: ${name}` : name,
    })),
  );
  return (
    <div>
      <Select
        look="field"
        caption
        label={t("field.stageId")}
        value={deal.stageId}
        options={options}
        onChange={(stageId) => void move(deal, { stageId, beforeId: null })}
      />
      <p className="num mt-1.5 text-12 text-muted">
        {t("deal.since", { number: deal.number, date: time.date(deal.stageSince) })}
      </p>
    </div>
  );
}
