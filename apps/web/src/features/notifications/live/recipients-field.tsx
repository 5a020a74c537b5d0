import { Send } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useLanguageName } from "../../../i18n/use-language-name.ts";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { Select } from "../../../ui/select.tsx";
import { TopicsField } from "./topics-field.tsx";
import { useSubscribers } from "./use-audience.ts";
import type { Draft } from "./use-draft.ts";

type RecipientsFieldProps = { draft: Draft; set: (changes: Partial<Draft>) => void; known: readonly number[] };

const ALL = "";

function Customers({ draft: { language }, set }: Omit<RecipientsFieldProps, "known">) {
  const t = useTranslations("live.broadcast");
  const format = useFormatter();
  const languageName = useLanguageName();
  const { data } = useSubscribers();
  const count = (number: number) => format.number(number);
  const known = (data?.languages ?? []).flatMap(({ languageCode: value, count: number }) =>
    value === null
      ? []
      : [{ value, label: t("languageCount", { language: languageName(value), count: count(number) }) }],
  );
  return (
    <div className="flex flex-col gap-2">
      <Select
        look="field"
        label={t("language")}
        value={language ?? ALL}
        options={[{ value: ALL, label: t("allSubscribers", { count: data?.total ?? 0 }) }, ...known]}
        onChange={(value) => set({ language: value === ALL ? null : value })}
      />
      <p className="text-12 text-muted">{t("subscribersHint")}</p>
      {data?.link ? (
        <p className="flex items-center gap-2 text-12">
          <Icon of={Send} size={14} className="text-muted" />
          <a href={data.link} target="_blank" rel="noreferrer" className="num min-w-0 flex-1 truncate text-accent-text">
            {data.link}
          </a>
          <CopyButton size="sm" text={data.link} />
        </p>
      ) : null}
    </div>
  );
}

/** Who gets it: topics of the live group, or customers who subscribed. */
export function RecipientsField({ draft, set, known }: RecipientsFieldProps) {
  const t = useTranslations("live.broadcast");
  const options = (["topics", "customers"] as const).map((value) => ({ value, label: t(`to.${value}`) }));
  return (
    <div className="flex flex-col items-start gap-3 pb-1 [&>div]:w-full">
      <Segmented label={t("toLabel")} value={draft.to} options={options} onChange={(to) => set({ to })} />
      {draft.to === "topics" ? (
        <TopicsField topics={draft.topics} known={known} onChange={(topics) => set({ topics })} />
      ) : (
        <Customers draft={draft} set={set} />
      )}
    </div>
  );
}
