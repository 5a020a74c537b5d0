import type { Entity } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { Select } from "../../../ui/select.tsx";
import { DUPLICATES, FOLLOW_UPS, useSegments } from "./use-segments.ts";

type SegmentSelectProps = {
  entity: Entity;
  current: string | null;
  onOpen: (id: string | null) => void;
  className?: string;
};

/** The same lists where there is no room beside the rows. */
export function SegmentSelect({ entity, current, onOpen, className }: SegmentSelectProps) {
  const t = useTranslations("contacts.segment");
  const { builtIn, mine, shared } = useSegments(entity);
  const options = [
    ...builtIn.map(({ id, label }) => ({ value: id ?? "", label })),
    ...(entity === "contact"
      ? [
          { value: FOLLOW_UPS, label: t("followUps") },
          { value: DUPLICATES, label: t("duplicates") },
        ]
      : []),
    ...[...mine, ...shared].map(({ id, label }) => ({ value: id ?? "", label })),
  ];
  return (
    <Select
      label={t("label")}
      value={current ?? ""}
      options={options}
      onChange={(id) => onOpen(id === "" ? null : id)}
      {...(className ? { className } : {})}
    />
  );
}
